"""Founding the bank: who the customers are, what they own, who looks after them. Static for the whole story."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from liuke.sim import words
from liuke.sim.accounts import CARD, CURRENT, LOAN, SLOTS, TERM, WEALTH
from liuke.sim.config import SimConfig, ordinal
from liuke.sim.draws import Bools, Floats, Ints, Keys, customer_keys

CUSTOMERS_PER_RM = 350
RMS_PER_BRANCH = 4


@dataclass(frozen=True, slots=True, eq=False)
class Customers:
    """Fixed facts and latent traits, one entry per customer; arrays of shape (slots, n) where noted.

    Days are ordinals (days since 1970-01-01); money is in fen. `has` is (5, n): which account types exist.
    `opening` is (5, n): balances before the first day, debts negative. `hold_product`, `hold_start`, `hold_end`
    are (2, n) for term deposit and wealth: product row or -1, first day, maturity.
    income, mean_purchase, cash_buffer: fen (per month, per purchase, kept liquid). rates are per day.
    """

    index: Ints
    key: Keys
    female: Bools
    born: Ints
    surname: Ints
    given: Ints
    city: Ints
    branch: Ints
    rm: Ints
    occupation: Ints
    tier: Ints
    opened: Ints
    risk: Ints
    has: Bools
    opening: Ints
    hold_product: Ints
    hold_start: Ints
    hold_end: Ints
    income: Ints
    paid_by: Ints
    payday: Ints
    purchases: Floats
    mean_purchase: Floats
    transfers: Floats
    cash: Floats
    cash_buffer: Ints
    bill_day: Ints
    repay_day: Ints
    auto_repay: Bools
    app: Floats
    satisfaction: Floats
    age: Floats

    def take(self, chosen: Ints) -> Customers:
        """The same facts for some customers only, in the order given."""
        return replace(self, **{f.name: getattr(self, f.name)[..., chosen] for f in fields(self)})

    def __len__(self) -> int:
        return len(self.index)


@dataclass(frozen=True, slots=True)
class Staff:
    """Branches and people. `parent` is a row of this table or -1; level is a code of the branch contract."""

    branch_name: tuple[str, ...]
    branch_city: tuple[str, ...]
    branch_parent: tuple[int, ...]
    branch_level: tuple[str, ...]
    person_name: tuple[str, ...]
    person_branch: tuple[int, ...]
    person_role: tuple[str, ...]
    person_capacity: tuple[int | None, ...]

    def branch_id(self, row: int) -> str:
        """Branch id of a row."""
        return f"B{row:04d}"

    def staff_id(self, row: int) -> str:
        """Staff id of a row."""
        return f"S{row:05d}"


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """A founded bank. Its customers may be a part of all (`take`): rows keep their index."""

    config: SimConfig
    customers: Customers
    staff: Staff

    def take(self, chosen: Ints) -> Bank:
        """The same bank with some of its customers only."""
        return replace(self, customers=self.customers.take(chosen))


def found_bank(config: SimConfig) -> Bank:
    """The bank before its first day; the same config gives the same bank."""
    rng = np.random.default_rng([config.seed, 20_260_101])
    staff, rm_rows = _found_staff(config, rng)
    return Bank(config, _found_customers(config, rng, staff, rm_rows), staff)


def customer_name(surname: int, given: int, female: bool) -> str:
    """Name from the vocabulary rows."""
    names = words.GIVEN_FEMALE if female else words.GIVEN_MALE
    return _surname(surname) + names[given % len(names)]


def _surname(row: int) -> str:
    single = len(words.SURNAMES)
    return words.SURNAMES[row] if row < single else words.COMPOUND_SURNAMES[row - single]


def draw_surnames(rng: np.random.Generator, n: int) -> Ints:
    """Surname rows, frequent ones first (Zipf-like), compound ones rare."""
    weights = np.concatenate(
        [1.0 / (np.arange(len(words.SURNAMES)) + 4.0), np.full(len(words.COMPOUND_SURNAMES), 2e-3)]
    )
    return np.searchsorted(np.cumsum(weights) / weights.sum(), rng.random(n)).astype(np.int64)


def _found_staff(config: SimConfig, rng: np.random.Generator) -> tuple[Staff, Ints]:
    """The tree 总行 → 分行 → 支行 and its people; also the staff rows of the RMs."""
    rms = max(1, round(config.customers / CUSTOMERS_PER_RM))
    outlets = max(1, round(rms / RMS_PER_BRANCH))
    cities = list(words.CITIES)[: max(1, min(len(words.CITIES), round(outlets / 3)))]
    name, city, parent, level = [f"{words.BANK}总行"], [cities[0]], [-1], ["head"]
    for c in cities:
        name, city, parent, level = [*name, f"{c}分行"], [*city, c], [*parent, 0], [*level, "city"]
    for k in range(outlets):
        c, turn = cities[k % len(cities)], k // len(cities)
        places = words.CITIES[c]
        street = words.STREETS[(turn // len(places) - 1) % len(words.STREETS)] if turn >= len(places) else ""
        number = turn // (len(places) * (len(words.STREETS) + 1))
        suffix = f"第{number + 1}" if number else ""
        name.append(f"{places[turn % len(places)]}{street}{suffix}支行")
        city, parent, level = [*city, c], [*parent, 1 + k % len(cities)], [*level, "branch"]
    first_outlet = 1 + len(cities)
    branch = [first_outlet + k % outlets for k in range(rms)]
    role = ["rm"] * rms + ["branch_head"] * len(name) + ["analyst", "compliance"]
    branch += [*range(len(name)), 0, 0]
    female = rng.random(len(role)) < 0.55
    people = tuple(
        customer_name(int(s), int(g), bool(f))
        for s, g, f in zip(draw_surnames(rng, len(role)), rng.integers(0, 50, len(role)), female, strict=True)
    )
    capacity = tuple(int(rng.integers(8, 15)) if r == "rm" else None for r in role)
    staff = Staff(tuple(name), tuple(city), tuple(parent), tuple(level), people, tuple(branch), tuple(role), capacity)
    return staff, np.array(branch[:rms], np.int64)


def _found_customers(config: SimConfig, rng: np.random.Generator, staff: Staff, rm_branch: Ints) -> Customers:
    n, start = config.customers, ordinal(config.start)
    age = np.clip(18 + 62 * rng.beta(1.7, 2.4, n), 18, 85)
    female = rng.random(n) < 0.51
    wealth_z, income_z = rng.standard_normal(n), rng.standard_normal(n)
    wealth_z = 0.9 * wealth_z + 0.45 * np.clip((age - 42) / 18, -1.2, 1.2)
    aum = np.clip(38_000 * np.exp(1.3 * wealth_z), 600, 4e7)
    retired = age > 60
    income = np.clip(7_600 * np.exp(0.28 * wealth_z + 0.35 * income_z), 2_400, 120_000) * np.where(retired, 0.6, 1.0)
    rm = rng.integers(0, len(rm_branch), n)
    opened = _opening_days(config, rng, n)
    money = _found_money(rng, start, aum, income, age, opened)
    born = start - (age * 365.25).astype(np.int64) - rng.integers(0, 365, n)
    city_rows = {c: row for row, c in enumerate(words.CITIES)}
    return Customers(
        index=np.arange(n),
        key=customer_keys(config.seed, np.arange(n)),
        female=female,
        born=born,
        surname=draw_surnames(rng, n),
        given=rng.integers(0, 50, n),
        city=np.array([city_rows[c] for c in staff.branch_city], np.int64)[rm_branch[rm]],
        branch=rm_branch[rm],
        rm=rm,
        occupation=_occupations(rng, age),
        tier=np.searchsorted(words.TIER_FLOORS_YUAN, aum, side="right") - 1,
        opened=opened,
        risk=np.clip(np.round(2.6 + 0.9 * rng.standard_normal(n) - (age - 45) / 30), 1, 5).astype(np.int64),
        satisfaction=np.clip(0.72 + 0.16 * rng.standard_normal(n), 0.15, 0.98),
        age=age,
        **money,
        **_habits(rng, income, age, money["has"][LOAN]),
    )


def _opening_days(config: SimConfig, rng: np.random.Generator, n: int) -> Ints:
    """Customer since: eight of nine before the story (up to 15 years), the rest during its first nine tenths."""
    start, days = ordinal(config.start), (config.end - config.start).days + 1
    before = start - 1 - (5_400 * rng.beta(1.1, 2.2, n)).astype(np.int64)
    during = start + (rng.random(n) * days * 0.9).astype(np.int64)
    return np.where(rng.random(n) < 1 / 9, during, before).astype(np.int64)


def _occupations(rng: np.random.Generator, age: Floats) -> Ints:
    rows = rng.choice([0, 0, 0, 0, 1, 2, 3, 4, 4, 5, 5, 6, 9], len(age))
    rows = np.where(age > 60, 7, rows)
    return np.where((age < 22) & (rng.random(len(age)) < 0.7), 8, rows).astype(np.int64)


def _found_money(
    rng: np.random.Generator, start: int, aum: Floats, income: Floats, age: Floats, opened: Ints
) -> dict[str, Any]:
    """Accounts, opening balances and running holdings."""
    n = len(aum)
    new = opened >= start
    buffer = np.minimum(income * rng.uniform(1.0, 2.0, n), 0.7 * aum + 0.3 * income)
    spare = np.maximum(aum - buffer, 0.0)
    has = np.zeros((SLOTS, n), bool)
    has[CURRENT] = True
    has[TERM] = (spare > 8_000) & (rng.random(n) < np.where(age > 50, 0.7, 0.35))
    has[WEALTH] = (spare > 8_000) & (rng.random(n) < np.where(age > 62, 0.45, 0.75))
    has[CARD] = (age > 21) & (age < 65) & (rng.random(n) < 0.42)
    has[LOAN] = (age > 24) & (age < 58) & (rng.random(n) < 0.16)
    held = _found_holdings(rng, start, spare, has, opened)
    opening = held["opening"]
    total = np.round(aum * 100).astype(np.int64)
    opening[CURRENT] = np.where(new, total, np.maximum(total - opening[TERM] - opening[WEALTH], 100))
    debt = rng.uniform(0.05, 0.8, n) * income * 100
    opening[CARD] = np.where(has[CARD] & ~new, -debt, 0).astype(np.int64)
    loan = np.where(rng.random(n) < 0.6, rng.uniform(14, 48, n), rng.uniform(2, 9, n)) * income * 100
    has[LOAN] &= ~new
    opening[LOAN] = np.where(has[LOAN], -loan, 0).astype(np.int64)
    return {
        "has": has,
        **held,
        "cash_buffer": np.round(buffer * 100).astype(np.int64),
    }


def _found_holdings(rng: np.random.Generator, start: int, spare: Floats, has: Bools, opened: Ints) -> dict[str, Ints]:
    """Running term deposits and wealth products of those who are customers already, bought some time ago."""
    n = len(spare)
    split = np.where(has[TERM] & has[WEALTH], rng.uniform(0.25, 0.75, n), has[TERM] * 1.0)
    opening = np.zeros((SLOTS, n), np.int64)
    hold_product, hold_start, hold_end = (np.full((2, n), -1, np.int64) for _ in range(3))
    for row, slot, part in ((0, TERM, split), (1, WEALTH, np.where(has[WEALTH], 1 - split, 0.0))):
        amount = np.where(has[slot], np.floor(spare * part / 1000) * 1000, 0.0)
        held = (amount > 0) & (opened < start)
        opening[slot] = np.where(held, amount * 100, 0).astype(np.int64)
        product = draw_product(rng.random(n), slot)
        term = product_terms()[product]
        begin = np.maximum(start - 1 - (rng.random(n) * term).astype(np.int64), opened)
        hold_product[row] = np.where(held, product, -1)
        hold_start[row], hold_end[row] = np.where(held, begin, -1), np.where(held, begin + term, -1)
    return {"opening": opening, "hold_product": hold_product, "hold_start": hold_start, "hold_end": hold_end}


def product_terms() -> Ints:
    """Term in days of every product row; 0 where it has none."""
    return np.array([row[5] or 0 for row in words.PRODUCTS], np.int64)


_CHOICES = {
    TERM: ((1, 0.2), (2, 0.3), (3, 0.35), (4, 0.15)),
    WEALTH: ((5, 0.2), (6, 0.35), (7, 0.25), (8, 0.1), (9, 0.1)),
}


def draw_product(u: Floats, slot: int) -> Ints:
    """Product rows bought with uniforms `u` into the term or wealth slot."""
    rows, weights = zip(*_CHOICES[slot], strict=True)
    place = np.searchsorted(np.cumsum(weights)[:-1], u, side="right")
    return np.array(rows, np.int64)[place]


def _habits(rng: np.random.Generator, income: Floats, age: Floats, owes: Bools) -> dict[str, Any]:
    """How people earn, spend and use the app; rates per day, money in fen."""
    n = len(income)
    retired = age > 60
    payroll = retired | (rng.random(n) < 0.66)
    purchases = np.clip(rng.gamma(3.2, 1.7, n) + 3.0, 3.0, 22) * np.where(age > 62, 0.8, 1.0)
    app = np.clip(rng.beta(2.2, 1.6, n) - np.maximum(age - 50, 0) / 60, 0.03, 0.97)
    return {
        "income": np.round(income * 100).astype(np.int64),
        "paid_by": np.where(retired, 0, np.where(payroll, 1 + rng.integers(0, len(words.EMPLOYERS), n), -1)),
        "payday": np.where(rng.random(n) < 0.55, 10, 15) * payroll,
        "purchases": purchases / 30.0,
        "mean_purchase": np.where(owes, 0.36, 0.52) * income * 100 / purchases,
        "transfers": rng.gamma(2.0, 0.6, n) / 30.0,
        "cash": np.where(age > 55, 1.2, 0.25) * rng.gamma(2.0, 0.5, n) / 30.0,
        "bill_day": np.where(rng.random(n) < 0.7, rng.integers(1, 28, n), 0),
        "repay_day": rng.integers(1, 28, n),
        "auto_repay": rng.random(n) < 0.55,
        "app": app,
    }
