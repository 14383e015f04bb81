"""The day's postings: every change of every balance, and nothing else changes a balance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, auto

import numpy as np

from liuke.sim.accounts import CURRENT, SLOTS
from liuke.sim.draws import Bools, Ints

CHANNELS = ("branch", "atm", "app", "web", "pos", "phone", "system", "other")
BRANCH, ATM, APP, WEB, POS, PHONE, SYSTEM, OTHER = range(8)
NONE = -1


class Kind(IntEnum):
    """Kinds of postings; KIND_FACTS says how each is described in the contract."""

    SALARY = 0
    PENSION = auto()
    INCOMING = auto()
    INTEREST = auto()
    MATURED_OUT = auto()
    MATURED_IN = auto()
    YIELD = auto()
    PURCHASE = auto()
    BILL_AUTO = auto()
    BILL = auto()
    TRANSFER = auto()
    CASH = auto()
    BUY = auto()
    BUY_IN = auto()
    REDEEM = auto()
    REDEEM_IN = auto()
    LOAN_PAY = auto()
    LOAN_PAY_IN = auto()
    LOAN_INTEREST = auto()
    CARD_PAY_AUTO = auto()
    CARD_PAY = auto()
    CARD_PAY_IN = auto()
    FEE = auto()
    SENT_AWAY = auto()
    BROUGHT_BACK = auto()
    OPENING = auto()
    CLOSING = auto()


KIND_FACTS: dict[Kind, tuple[str, str, str]] = {
    Kind.SALARY: ("salary", "counterparty", "代发工资"),
    Kind.PENSION: ("salary", "counterparty", "养老金"),
    Kind.INCOMING: ("transfer", "counterparty", "转账汇入"),
    Kind.INTEREST: ("interest", "bank", "结息"),
    Kind.MATURED_OUT: ("wealth", "bank", "产品到期转出"),
    Kind.MATURED_IN: ("wealth", "bank", "产品到期兑付"),
    Kind.YIELD: ("interest", "bank", "到期收益"),
    Kind.PURCHASE: ("card", "customer", "消费"),
    Kind.BILL_AUTO: ("bill", "standing_order", "代扣缴费"),
    Kind.BILL: ("bill", "customer", "生活缴费"),
    Kind.TRANSFER: ("transfer", "customer", "转账汇出"),
    Kind.CASH: ("cash", "customer", "取现"),
    Kind.BUY: ("wealth", "customer", "购买产品"),
    Kind.BUY_IN: ("wealth", "bank", "产品起息"),
    Kind.REDEEM: ("wealth", "customer", "提前赎回"),
    Kind.REDEEM_IN: ("wealth", "bank", "赎回入账"),
    Kind.LOAN_PAY: ("repayment", "standing_order", "贷款还款"),
    Kind.LOAN_PAY_IN: ("repayment", "bank", "贷款还款入账"),
    Kind.LOAN_INTEREST: ("interest", "bank", "贷款利息"),
    Kind.CARD_PAY_AUTO: ("repayment", "standing_order", "信用卡自动还款"),
    Kind.CARD_PAY: ("repayment", "customer", "信用卡还款"),
    Kind.CARD_PAY_IN: ("repayment", "bank", "信用卡还款入账"),
    Kind.FEE: ("fee", "bank", "短信服务费"),
    Kind.SENT_AWAY: ("transfer", "customer", "转账汇出"),
    Kind.BROUGHT_BACK: ("transfer", "counterparty", "本人转入"),
    Kind.OPENING: ("transfer", "counterparty", "开户转入"),
    Kind.CLOSING: ("transfer", "customer", "销户转出"),
}
"""(transaction_type, initiator, description)."""

BY_CUSTOMER = np.array([KIND_FACTS[k][1] == "customer" for k in Kind])


@dataclass(frozen=True, slots=True)
class Postings:
    """Sorted by customer, slot, second. `who` is a position; amount is signed fen; after is the balance then.

    name: index into the day's pool of names or -1; category: merchant category or -1; bank: other bank or -1.
    first, last: whether the row is the first or last of its account that day; number: 0.. within the customer.
    """

    who: Ints
    slot: Ints
    second: Ints
    amount: Ints
    kind: Ints
    channel: Ints
    name: Ints
    category: Ints
    bank: Ints
    after: Ints
    last: Bools
    number: Ints

    def initiated(self, n: int) -> Ints:
        """Customer-initiated postings per customer position."""
        return np.bincount(self.who[BY_CUSTOMER[self.kind]], minlength=n)


class Ledger:
    """Collects one day's postings. `room` is what may still leave each current account today.

    room starts as the balance at the day's beginning and only shrinks, so no order of postings within the day can
    take a savings account below zero.
    """

    def __init__(self, balance: Ints, alive: Bools) -> None:
        self.room = np.where(alive, balance[CURRENT], 0)
        self._parts: list[tuple[Ints, tuple[Ints | int, ...]]] = []

    def add(  # noqa: PLR0913 - a posting has that many facts
        self,
        who: Ints,
        slot: Ints | int,
        amount: Ints,
        second: Ints | int,
        kind: Kind | Ints,
        *,
        channel: Ints | int = SYSTEM,
        name: Ints | int = NONE,
        category: Ints | int = NONE,
        bank: Ints | int = NONE,
    ) -> None:
        """Notes postings that are known to be possible; positions unique within the call and slot."""
        if len(who):
            self._parts.append((who, (slot, second, amount, kind, channel, name, category, bank)))

    def affordable(self, who: Ints, amount: Ints) -> Bools:
        """Which of these payments from current accounts fit; their amount is taken from `room`."""
        fits: Bools = (amount > 0) & (amount <= self.room[who])
        self.room[who[fits]] -= amount[fits]
        return fits

    def post(self, balance: Ints) -> Postings:
        """Sorts the day, works out running balances and writes the new balances into `balance` (5, n)."""
        who, slot, second, amount, kind, channel, name, category, bank = self._sorted()
        size = len(who)
        account = who * SLOTS + slot
        first, last = _edges(account)
        running = np.cumsum(amount)
        begins = np.flatnonzero(first)
        before = balance[slot[begins], who[begins]] - (running[begins] - amount[begins])
        after = running + np.repeat(before, np.diff(np.append(begins, size)))
        balance[slot[last], who[last]] = after[last]
        new, _ = _edges(who)
        starts = np.flatnonzero(new)
        number = np.arange(size) - np.repeat(starts, np.diff(np.append(starts, size)))
        return Postings(who, slot, second, amount, kind, channel, name, category, bank, after, last, number)

    def _sorted(self) -> Ints:
        """The postings as rows who, slot, second, amount, kind, channel, name, category, bank; columns in order."""
        table = np.empty((9, sum(len(who) for who, _ in self._parts)), np.int64)
        at = 0
        for who, others in self._parts:
            end = at + len(who)
            for row, value in enumerate((who, *others)):
                table[row, at:end] = value
            at = end
        return table[:, np.argsort((table[0] * SLOTS + table[1]) * 86_400 + table[2], kind="stable")]


def _edges(sorted_codes: Ints) -> tuple[Bools, Bools]:
    """Flags of the first and the last row of every run of equal codes."""
    change = sorted_codes[1:] != sorted_codes[:-1]
    one = np.ones(min(1, len(sorted_codes)), bool)
    return np.concatenate([one, change]), np.concatenate([change, one])
