"""What moves money on one day. Each function adds postings to the ledger; amounts are fen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from liuke.sim import payees, words
from liuke.sim.accounts import CARD, CURRENT, LOAN, TERM, WEALTH
from liuke.sim.bank import draw_product, product_terms
from liuke.sim.draws import Bools, Floats, Ints, Stream, bell, uniform
from liuke.sim.leaning import pull
from liuke.sim.ledger import APP, ATM, BRANCH, POS, SYSTEM, Kind, Ledger, Postings
from liuke.sim.seasons import Day, second_of_day
from liuke.sim.world import CALM, DIP, DORMANT, LEAVING, NEVER, RECOVERING, World

_PRODUCT_RATE = np.array([row[4] or 0.0 for row in words.PRODUCTS])
_TERMS = product_terms()
_SLOT_STEP = 256
LEAVING_DEPTH = 0.95


@dataclass(frozen=True, slots=True)
class Holdings:
    """Holdings that began or ended on the day: position, row (0 term, 1 wealth), number, product, fen, days."""

    who: Ints
    row: Ints
    number: Ints
    product: Ints
    amount: Ints
    start: Ints
    matures: Ints
    ended: Ints


@dataclass(slots=True)
class Business:
    """The day's hand-over between the processes."""

    world: World
    day: Day
    ledger: Ledger
    acting: Bools
    holdings: list[Holdings] = field(default_factory=list)

    def u(self, stream: Stream, who: Ints | None = None) -> Floats:
        """The day's draws of a stream, of everybody or of some positions."""
        key = self.world.bank.customers.key
        return uniform(key if who is None else key[who], self.day.number, stream)

    def on(self, flags: Bools) -> Ints:
        """Positions of acting customers with the flag."""
        return np.flatnonzero(flags & self.acting)


def move_money(world: World, day: Day) -> tuple[Postings, list[Holdings]]:
    """One day's postings, with the new balances and holdings written into `world` (in place)."""
    alive = world.alive
    closing = alive & (world.close_on == day.number) & _may_close(world)
    work = Business(world, day, Ledger(world.balance, alive & ~closing), alive & ~closing)
    _close(work, np.flatnonzero(closing))
    _open(work)
    _salaries(work)
    _incoming(work)
    _interest_and_fees(work)
    _maturities(work)
    _bills(work)
    _repayments(work)
    _purchases(work)
    _transfers_and_cash(work)
    _send_away(work)
    _bring_back(work)
    _buy(work)
    return work.ledger.post(world.balance), work.holdings


def _may_close(world: World) -> Bools:
    able: Bools = (world.balance[LOAN] == 0) & (world.aum + world.balance[CARD] >= 0)
    return able


def _close(work: Business, who: Ints) -> None:
    world, cash = work.world, work.world.balance[CURRENT, who].copy()
    if not len(who):
        return
    for slot in (TERM, WEALTH):
        cash += _redeem(work, who[world.hold_product[slot - 1, who] >= 0], slot, 36_000, whole=who)
    debt = world.balance[CARD, who]
    owing = debt < 0
    work.ledger.add(who[owing], CURRENT, debt[owing], 36_300, Kind.CARD_PAY, channel=BRANCH)
    work.ledger.add(who[owing], CARD, -debt[owing], 36_300, Kind.CARD_PAY_IN)
    cash += debt
    rest = cash > 0
    bank = _elsewhere(work, who)
    work.ledger.add(
        who[rest], CURRENT, -cash[rest], 36_600, Kind.CLOSING, channel=BRANCH, name=payees.OWN + who[rest],
        bank=bank[rest],
    )  # fmt: skip
    world.closed[who] = work.day.number


def _elsewhere(work: Business, who: Ints) -> Ints:
    """The other bank where the customer keeps an account of his own."""
    return (work.world.bank.customers.key[who] % np.uint64(len(words.OTHER_BANKS))).astype(np.int64)


def _own_share(work: Business, who: Ints) -> Floats:
    """Share of ordinary transfers that go to or come from the customer's own account at another bank."""
    two_banks = uniform(work.world.bank.customers.key[who], 0, Stream.TWO_BANKS) < 0.35
    share: Floats = np.where(two_banks, 0.25, 0.02)
    return share


def _open(work: Business) -> None:
    c = work.world.bank.customers
    who = work.on(c.opened == work.day.number)
    work.ledger.add(
        who, CURRENT, c.opening[CURRENT, who], 35_000, Kind.OPENING, channel=BRANCH, name=payees.OWN + who,
        bank=_elsewhere(work, who),
    )  # fmt: skip


def _salaries(work: Business) -> None:
    c, w = work.world.bank.customers, work.world
    moved_away = (w.phase == DORMANT) | ((w.phase == LEAVING) & (work.day.number - w.since > 18))
    who = work.on((c.payday == work.day.date.day) & ~moved_away & (c.opened < work.day.number))
    amount = (c.income[who] * (0.97 + 0.08 * work.u(Stream.SALARY, who))).astype(np.int64)
    kind = np.where(c.paid_by[who] == 0, Kind.PENSION, Kind.SALARY)
    second = 32_400 + who % 5_400
    work.ledger.add(who, CURRENT, amount, second, kind, name=payees.EMPLOYER + c.paid_by[who])


def _incoming(work: Business) -> None:
    c, w = work.world.bank.customers, work.world
    trader = c.paid_by < 0
    chance = np.where(trader, 4.2, 0.7) / 30.0 * w.activity * (0.5 + 0.5 * work.day.spend)
    who = work.on(work.u(Stream.INCOMING) < chance)
    mean = c.income[who] * np.where(trader[who], 0.26, 0.07)
    amount = (mean * np.exp(0.6 * bell(work.u(Stream.INCOMING_AMOUNT, who)) - 0.18)).astype(np.int64) // 100 * 100
    u = work.u(Stream.INCOMING_WHO, who)
    own = ~trader[who] & (work.u(Stream.OWN_INCOMING, who) < _own_share(work, who))
    name = np.where(trader[who], payees.FIRM + u * len(words.FIRMS), payees.PERSON + u * payees.PERSONS)
    name = np.where(own, payees.OWN + who, name)
    bank = (u * 7919 % 1.0 * len(words.OTHER_BANKS)).astype(np.int64)
    bank = np.where(own, _elsewhere(work, who), bank)
    work.ledger.add(
        who, CURRENT, np.maximum(amount, 5_000), second_of_day(work.u(Stream.INCOMING_WHEN, who)), Kind.INCOMING,
        name=name.astype(np.int64), bank=bank,
    )  # fmt: skip


def _interest_and_fees(work: Business) -> None:
    w, when = work.world, work.day.date
    if when.month % 3 == 0 and when.day == 21:
        amount = (w.balance[CURRENT] * (0.0010 / 4)).astype(np.int64)
        who = work.on(amount > 0)
        work.ledger.add(who, CURRENT, amount[who], 7_200, Kind.INTEREST)
    if when.month % 3 == 1 and when.day == 1:
        who = work.on(w.bank.customers.app < 0.6)
        fee = np.full(len(who), 600)
        pays = work.ledger.affordable(who, fee)
        work.ledger.add(who[pays], CURRENT, -fee[pays], 10_800, Kind.FEE)


def _maturities(work: Business) -> None:
    w = work.world
    for slot in (TERM, WEALTH):
        row = slot - 1
        who = work.on(w.hold_end[row] == work.day.number)
        if not len(who):
            continue
        product, principal = w.hold_product[row, who], w.balance[slot, who]
        earned = (principal * _PRODUCT_RATE[product] * _TERMS[product] / 365.0).astype(np.int64)
        name = np.full(len(who), NEVER)
        work.ledger.add(who, slot, -principal, 3_600, Kind.MATURED_OUT, name=name)
        work.ledger.add(who, CURRENT, principal, 3_600, Kind.MATURED_IN)
        paid = earned > 0
        work.ledger.add(who[paid], CURRENT, earned[paid], 3_601, Kind.YIELD)
        _end_holding(work, who, row, principal)
        w.matured_on[who] = work.day.number


def _end_holding(work: Business, who: Ints, row: int, amount: Ints) -> None:
    w, n = work.world, len(who)
    work.holdings.append(
        Holdings(
            who, np.full(n, row), w.hold_count[row, who], w.hold_product[row, who], amount, w.hold_start[row, who],
            w.hold_end[row, who], np.full(n, work.day.number),
        )
    )  # fmt: skip
    w.hold_product[row, who], w.hold_start[row, who], w.hold_end[row, who] = NEVER, NEVER, NEVER


def _redeem(work: Business, who: Ints, slot: int, second: int, whole: Ints) -> Ints:
    """Ends the running holdings of `who` early; the money freed, per position of `whole`."""
    amount = work.world.balance[slot, who].copy()
    channel = np.where(work.world.bank.customers.app[who] > 0.35, APP, BRANCH)
    work.ledger.add(who, slot, -amount, second, Kind.REDEEM, channel=channel)
    work.ledger.add(who, CURRENT, amount, second, Kind.REDEEM_IN)
    if len(who):
        _end_holding(work, who, slot - 1, amount)
    freed = np.zeros(len(work.world.closed), np.int64)
    freed[who] = amount
    return freed[whole]


def _bills(work: Business) -> None:
    c = work.world.bank.customers
    due = c.bill_day == work.day.date.day
    by_hand = ~due & (work.u(Stream.BILL) < 1.1 / 30.0 * c.app * work.world.activity)
    for flags, kind, channel in ((due, Kind.BILL_AUTO, SYSTEM), (by_hand, Kind.BILL, APP)):
        who = work.on(flags)
        u = work.u(Stream.BILL_WHAT, who)
        amount = (3_000 + 24_000 * u * u + 0.004 * c.income[who]).astype(np.int64)
        pays = work.ledger.affordable(who, amount)
        who, u = who[pays], u[pays]
        name = payees.UTILITY + (u * 613 % 1.0 * len(words.UTILITIES)).astype(np.int64)
        second = np.full(len(who), 28_800) if kind == Kind.BILL_AUTO else second_of_day(u * 389 % 1.0)
        work.ledger.add(
            who, CURRENT, -amount[pays], second, kind, channel=channel, name=name, category=payees.BILL_CATEGORY
        )


def _repayments(work: Business) -> None:
    w, c, today = work.world, work.world.bank.customers, work.day.date.day
    who = work.on((c.repay_day == today) & (w.balance[LOAN] < 0))
    debt = -w.balance[LOAN, who]
    charge = (debt * 0.036 / 12).astype(np.int64)
    amount = np.minimum(debt + charge, charge + (0.0035 * debt + 0.03 * c.income[who]).astype(np.int64))
    pays = work.ledger.affordable(who, amount)
    who, amount, charge = who[pays], amount[pays], charge[pays]
    work.ledger.add(who, CURRENT, -amount, 21_600, Kind.LOAN_PAY)
    work.ledger.add(who, LOAN, -charge, 21_500, Kind.LOAN_INTEREST)
    work.ledger.add(who, LOAN, amount, 21_600, Kind.LOAN_PAY_IN)
    who = work.on(((c.repay_day + 10) % 28 + 1 == today) & (w.balance[CARD] < 0))
    amount = np.minimum(-w.balance[CARD, who], work.ledger.room[who])
    pays = work.ledger.affordable(who, amount)
    who, amount = who[pays], amount[pays]
    auto = c.auto_repay[who]
    kind, channel = np.where(auto, Kind.CARD_PAY_AUTO, Kind.CARD_PAY), np.where(auto, SYSTEM, APP)
    work.ledger.add(who, CURRENT, -amount, 64_800, kind, channel=channel)
    work.ledger.add(who, CARD, amount, 64_800, Kind.CARD_PAY_IN)


def _purchases(work: Business) -> None:
    w, c = work.world, work.world.bank.customers
    chance = c.purchases / 3.0 * work.day.spend * w.activity
    ease = np.clip(np.sqrt(np.maximum(w.balance[CURRENT], 0) / (c.cash_buffer + 1.0)), 0.45, 1.6)
    for turn, stream in enumerate((Stream.SPEND_1, Stream.SPEND_2, Stream.SPEND_3)):
        who = work.on(work.u(stream) < chance)
        key, number = c.key[who], work.day.number
        u = {s: uniform(key, number, s + turn * _SLOT_STEP) for s in _SPEND_DRAWS}
        category = payees.draw_category(u[Stream.SPEND_WHAT])
        scale = payees.SIZE[category] * np.exp(0.6 * bell(u[Stream.SPEND_AMOUNT]) - 0.18) * ease[who]
        amount = np.maximum((c.mean_purchase[who] * 1.25 * scale).astype(np.int64), 100)
        by_card = c.has[CARD, who] & (u[Stream.SPEND_CARD] < 0.4) & (amount < 2 * c.income[who] + w.balance[CARD, who])
        pays = by_card.copy()
        pays[~by_card] = work.ledger.affordable(who[~by_card], amount[~by_card])
        online = u[Stream.SPEND_CARD] * 89 % 1.0 < payees.ONLINE[category]
        work.ledger.add(
            who[pays], np.where(by_card, CARD, CURRENT)[pays], -amount[pays],
            second_of_day(u[Stream.SPEND_WHEN][pays]), Kind.PURCHASE, channel=np.where(online, APP, POS)[pays],
            name=payees.draw_merchant(category, u[Stream.SPEND_WHO])[pays], category=category[pays],
        )  # fmt: skip


_SPEND_DRAWS = (
    Stream.SPEND_WHAT,
    Stream.SPEND_AMOUNT,
    Stream.SPEND_CARD,
    Stream.SPEND_WHEN,
    Stream.SPEND_WHO,
)


def _transfers_and_cash(work: Business) -> None:
    w, c = work.world, work.world.bank.customers
    who = work.on(work.u(Stream.TRANSFER) < c.transfers * w.activity)
    amount = (c.income[who] * 0.09 * np.exp(0.6 * bell(work.u(Stream.TRANSFER_AMOUNT, who)) - 0.18)).astype(np.int64)
    amount = np.maximum(amount // 10_000 * 10_000, 10_000)
    pays = work.ledger.affordable(who, amount)
    who, amount = who[pays], amount[pays]
    u = work.u(Stream.TRANSFER_WHO, who)
    own = work.u(Stream.OWN_TRANSFER, who) < _own_share(work, who) + 0.3 * pull(w)[who]
    person = (payees.PERSON + u * payees.PERSONS).astype(np.int64)
    bank = (u * 7919 % 1.0 * len(words.OTHER_BANKS)).astype(np.int64)
    work.ledger.add(
        who, CURRENT, -amount, second_of_day(work.u(Stream.TRANSFER_WHEN, who)), Kind.TRANSFER,
        channel=np.where(u * 97 % 1.0 < c.app[who] + 0.2, APP, BRANCH),
        name=np.where(own, payees.OWN + who, person), bank=np.where(own, _elsewhere(work, who), bank),
    )  # fmt: skip
    who = work.on(work.u(Stream.CASH) < c.cash * w.activity)
    amount = (1 + (work.u(Stream.CASH_AMOUNT, who) ** 2 * 20).astype(np.int64)) * 10_000
    pays = work.ledger.affordable(who, amount)
    who, amount = who[pays], amount[pays]
    when = second_of_day(work.u(Stream.CASH_WHEN, who))
    work.ledger.add(who, CURRENT, -amount, when, Kind.CASH, channel=np.where(amount > 150_000, BRANCH, ATM))


def _send_away(work: Business) -> None:
    """Money of customers in an episode goes to their own accounts elsewhere, on about one day in five."""
    w, c = work.world, work.world.bank.customers
    who = work.on((w.phase == LEAVING) | (w.phase == DIP))
    who = who[work.u(Stream.DRAIN, who) < 0.19]
    if not len(who):
        return
    aum, base = w.aum[who], w.base_aum[who]
    elapsed = (work.day.number - w.since[who]).astype(float)
    depth = 0.34 + 0.3 * uniform(c.key[who], 0, Stream.DEPTH)
    gone = np.where(
        w.phase[who] == LEAVING,
        LEAVING_DEPTH * np.minimum(elapsed / (0.9 * w.length[who]), 1.0) ** 0.85,
        depth * np.minimum(elapsed / 18.0, 1.0),
    )
    wanted = np.maximum(aum - (base * (1.0 - gone)).astype(np.int64), 0)
    for slot in (WEALTH, TERM):
        short = (wanted > w.balance[CURRENT, who] + w.balance[CURRENT, who] // 2) & (w.hold_product[slot - 1, who] >= 0)
        enough_by_now = (slot == TERM) & (w.hold_product[WEALTH - 1, who] >= 0)
        _redeem(work, who[short & ~enough_by_now], slot, 34_200, whole=who[:0])
    amount = np.minimum(wanted, work.ledger.room[who]) // 10_000 * 10_000
    amount[amount < 0.015 * base] = 0
    pays = work.ledger.affordable(who, amount)
    who, amount = who[pays], amount[pays]
    w.drained[who] += amount
    when = second_of_day(work.u(Stream.DRAIN_WHEN, who))
    work.ledger.add(
        who, CURRENT, -amount, when, Kind.SENT_AWAY, channel=np.where(c.app[who] > 0.3, APP, BRANCH),
        name=payees.OWN + who, bank=_elsewhere(work, who),
    )  # fmt: skip


def _bring_back(work: Business) -> None:
    w = work.world
    who = work.on((w.phase == RECOVERING) & (w.owed > 0))
    who = who[work.u(Stream.RETURN, who) < 0.22]
    part = (w.owed[who] * (0.4 + 0.6 * work.u(Stream.RETURN_AMOUNT, who))).astype(np.int64) // 10_000 * 10_000
    amount = np.where(w.owed[who] < 100_000, w.owed[who], part)
    who, amount = who[amount > 0], amount[amount > 0]
    w.owed[who] -= amount
    work.ledger.add(
        who, CURRENT, amount, 37_000 + who % 20_000, Kind.BROUGHT_BACK, channel=APP, name=payees.OWN + who,
        bank=_elsewhere(work, who),
    )  # fmt: skip


def _buy(work: Business) -> None:
    """Idle money goes into a term deposit or a wealth product; money just matured is usually renewed this way."""
    w, c = work.world, work.world.bank.customers
    idle = (w.phase == CALM) | (w.phase == RECOVERING)
    rich = work.ledger.room > 1.6 * c.cash_buffer + 500_000
    who = work.on(idle & rich & (work.u(Stream.BUY) < 0.17))
    free = {s: c.has[s, who] & (w.hold_product[s - 1, who] < 0) for s in (TERM, WEALTH)}
    slot = np.where(free[WEALTH], WEALTH, TERM)
    amount = (work.ledger.room[who] - 1.1 * c.cash_buffer[who]).astype(np.int64) // 100_000 * 100_000
    amount[~(free[WEALTH] | free[TERM])] = 0
    pays = work.ledger.affordable(who, amount)
    who, slot, amount = who[pays], slot[pays], amount[pays]
    if not len(who):
        return
    second = second_of_day(work.u(Stream.BUY_WHEN, who), office=True)
    channel = np.where(c.app[who] > 0.35, APP, BRANCH)
    work.ledger.add(who, CURRENT, -amount, second, Kind.BUY, channel=channel)
    work.ledger.add(who, slot, amount, second, Kind.BUY_IN)
    u, row = work.u(Stream.BUY_WHAT, who), slot - 1
    product = np.where(slot == TERM, draw_product(u, TERM), draw_product(u, WEALTH))
    w.hold_count[row, who] += 1
    w.hold_product[row, who], w.hold_start[row, who] = product, work.day.number
    w.hold_end[row, who] = work.day.number + _TERMS[product]
    unset = np.full(len(who), NEVER)
    work.holdings.append(
        Holdings(who, row, w.hold_count[row, who], product, amount, w.hold_start[row, who], w.hold_end[row, who], unset)
    )
