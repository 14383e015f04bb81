"""Branches, staff, products, customers, accounts, assignments and holdings as Arrow tables of the contracts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from liuke.sim import words
from liuke.sim.accounts import CARD, CURRENT, LOAN, SLOT_TYPES, SLOTS, TERM, WEALTH
from liuke.sim.assessments import assessed_on
from liuke.sim.bank import Bank, Customers
from liuke.sim.columns import dates, digits, money, pick, same, table
from liuke.sim.config import calendar_day
from liuke.sim.draws import Ints, Stream, uniform
from liuke.sim.facts import CURRENCY, labels
from liuke.sim.money import Holdings
from liuke.sim.world import World
from liuke.tables import ACCOUNT, ASSIGNMENT, BRANCH, CUSTOMER, HOLDING, PRODUCT, STAFF

_PRODUCT_IDS = pa.array([row[0] for row in words.PRODUCTS])
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def wrong_check_digit(first17: str) -> str:
    """An identity number whose last character is never the right one of GB 11643 (MOD 11-2)."""
    right = sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11
    return first17 + _CHECKS[(right + 1) % 11]


def id_numbers(index: Ints, born: Ints, female: npt.NDArray[np.bool_]) -> list[str]:
    """Identity numbers that no person has: region 999999 and a wrong check digit."""
    rows = zip(index.tolist(), born.tolist(), female.tolist(), strict=True)
    return [
        wrong_check_digit(f"999999{calendar_day(b):%Y%m%d}{(i * 7 % 100):02d}{(i * 2 + (not f)) % 10}")
        for i, b, f in rows
    ]


def organisation(bank: Bank) -> dict[str, pa.Table]:
    """branch, staff and product: the same all story long."""
    s = bank.staff
    rows = range(len(s.branch_name))
    people = range(len(s.person_name))
    p = list(zip(*words.PRODUCTS, strict=True))
    return {
        "branch": table(
            BRANCH,
            branch_id=[s.branch_id(r) for r in rows],
            name=list(s.branch_name),
            parent_id=[None if s.branch_parent[r] < 0 else s.branch_id(s.branch_parent[r]) for r in rows],
            level=list(s.branch_level),
            city=list(s.branch_city),
        ),
        "staff": table(
            STAFF,
            staff_id=[s.staff_id(r) for r in people],
            name=list(s.person_name),
            branch_id=[s.branch_id(b) for b in s.person_branch],
            role=list(s.person_role),
            phone=[f"1619{r:07d}" for r in people],
            daily_capacity=list(s.person_capacity),
            active=[True for _ in people],
        ),
        "product": table(
            PRODUCT,
            product_id=list(p[0]),
            name=list(p[1]),
            category=list(p[2]),
            risk_level=list(p[3]),
            annual_rate=list(p[4]),
            term_days=list(p[5]),
        ),
    }


def customers(world: World, who: Ints) -> pa.Table:
    """Customer rows of some positions as they stand in `world`."""
    bank = world.bank
    c = bank.customers.take(who)
    closed = world.closed[who]
    cities = pa.array(list(words.CITIES))
    streets = pa.array([f"{city}市{street}" for city in words.CITIES for street in words.STREETS])
    house = digits(1 + c.index * 13 % 400)
    street = streets.take(pa.array(c.city * len(words.STREETS) + c.index * 7 % len(words.STREETS)))
    return table(
        CUSTOMER,
        customer_id=labels(bank).customers.take(pa.array(who)),
        name=_own_names(bank, who),
        id_number=id_numbers(c.index, c.born, c.female),
        phone=digits(16_100_000_000 + c.index * 7 % 90_000_000),
        gender=pa.array(["male", "female"]).take(pa.array(c.female.astype(np.int8))),
        birth_date=dates(c.born),
        address=pc.binary_join_element_wise(street, house, "号", ""),
        city=cities.take(pa.array(c.city)),
        registered_city=_registered(c),
        occupation=pa.array(words.OCCUPATIONS).take(pa.array(c.occupation)),
        branch_id=pa.array([bank.staff.branch_id(r) for r in range(len(bank.staff.branch_name))]).take(
            pa.array(c.branch)
        ),
        opened_on=dates(c.opened),
        closed_on=dates(closed, missing=closed < 0),
        risk_appetite=pa.array(["C1", "C2", "C3", "C4", "C5"]).take(pa.array(c.risk - 1)),
        risk_assessed_on=dates(assessed_on(bank, who, world.day)),
        tier=pa.array(words.TIERS).take(pa.array(c.tier)),
    )


def _registered(c: Customers) -> pa.Array:
    """City of household registration: about three young people in ten and one older in eight moved here.

    Of those who moved, a third comes from another city of the bank's province.
    """
    places = [*words.CITIES, *words.HOME_PLACES]
    moved = uniform(c.key, 0, Stream.HOME) < np.where(c.age < 40, 0.31, 0.12)
    u, near = uniform(c.key, 0, Stream.HOME_WHERE), len(words.CITIES)
    other = (c.city + 1 + (u * 3 * (near - 1)).astype(np.int64)) % near
    far = near + (u * 11 % 1.0 * len(words.HOME_PLACES)).astype(np.int64)
    return pa.array(places).take(pa.array(np.where(moved, np.where(u < 1 / 3, other, far), c.city)))


def _own_names(bank: Bank, who: Ints) -> pa.Array:
    pool = labels(bank).payees
    return pool.take(pa.array(len(pool) - len(bank.customers) + who))


def assignments(world: World, who: Ints) -> pa.Table:
    """Owner managers of some positions, from the customer's first day to the last."""
    c, closed = world.bank.customers.take(who), world.closed[who]
    names = labels(world.bank)
    return table(
        ASSIGNMENT,
        customer_id=names.customers.take(pa.array(who)),
        staff_id=names.staff.take(pa.array(c.rm)),
        role=same("owner", len(who)),
        since=dates(c.opened),
        until=dates(closed, missing=closed < 0),
    )


def accounts(world: World, who: Ints) -> pa.Table:
    """Account rows of some positions, all their types."""
    bank, names = world.bank, labels(world.bank)
    has = bank.customers.has[:, who]
    slot, place = np.nonzero(has)
    owner = who[place]
    c, closed = bank.customers.take(owner), world.closed[owner]
    branches = pa.array([bank.staff.branch_id(r) for r in range(len(bank.staff.branch_name))])
    return table(
        ACCOUNT,
        account_id=names.accounts.take(pa.array(slot * names.n + owner)),
        customer_id=names.customers.take(pa.array(owner)),
        account_type=pa.array(SLOT_TYPES).take(pa.array(slot)),
        product_id=pick(_PRODUCT_IDS, _account_product(bank, slot, owner)),
        branch_id=branches.take(pa.array(c.branch)),
        currency=same(CURRENCY, len(owner)),
        opened_on=dates(c.opened),
        closed_on=dates(closed, missing=closed < 0),
    )


def _account_product(bank: Bank, slot: Ints, owner: Ints) -> Ints:
    """Current, card and loan accounts are products themselves; term and wealth show theirs in holdings."""
    rows = np.full(SLOTS, -1)
    rows[CURRENT], rows[CARD] = 0, len(words.PRODUCTS) - 1
    big = bank.customers.opening[LOAN, owner] < -12 * bank.customers.income[owner]
    result: Ints = np.where(slot == LOAN, np.where(big, 13, 14), rows[slot])
    return result


def holdings(world: World, changes: list[Holdings]) -> pa.Table:
    """Holding rows; an ended one is a newer version of the same key."""
    parts = changes or [_none()]
    h = Holdings(*(np.concatenate([getattr(p, n) for p in parts]) for n in Holdings.__slots__))
    names, index = labels(world.bank), world.bank.customers.index[h.who]
    return table(
        HOLDING,
        holding_id=digits((index * 10 + h.row + 1) * 10_000 + h.number, "H"),
        customer_id=names.customers.take(pa.array(h.who)),
        product_id=_PRODUCT_IDS.take(pa.array(h.product)),
        amount=money(h.amount),
        currency=same(CURRENCY, len(h.who)),
        started_on=dates(h.start),
        matures_on=dates(h.matures),
        ended_on=dates(h.ended, missing=h.ended < 0),
    )


def _none() -> Holdings:
    return Holdings(*(np.zeros(0, np.int64) for _ in range(8)))


def running_holdings(world: World) -> list[Holdings]:
    """Holdings not ended at the end of the world's day."""
    found = []
    for slot in (TERM, WEALTH):
        row = slot - 1
        who = np.flatnonzero(world.hold_product[row] >= 0)
        found.append(
            Holdings(
                who, np.full(len(who), row), world.hold_count[row, who], world.hold_product[row, who],
                world.balance[slot, who], world.hold_start[row, who], world.hold_end[row, who],
                np.full(len(who), -1),
            )
        )  # fmt: skip
    return found
