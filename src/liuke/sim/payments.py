"""Payments as the app sees them: begun, payee, verification, confirmation, done, failed or broken off, within minutes.

What is done is a transfer or bill of the ledger that its customer pays after having logged in that day; tries that
fail or are broken off come before it, and some come to nothing after it. They move no money.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from liuke.sim import pains
from liuke.sim.behaviour import LOGIN, Events
from liuke.sim.case_steps import DAY_S
from liuke.sim.draws import Bools, Floats, Ints, Stream, uniform
from liuke.sim.ledger import APP, Kind, Postings
from liuke.sim.script import skewed
from liuke.sim.seasons import Day
from liuke.sim.world import World

NAMES: Final = (
    "pay_start", "pay_payee", "pay_verify", "pay_verify_failed", "pay_confirm", "pay_done", "pay_failed", "pay_cancel",
)  # fmt: skip
START, PAYEE, VERIFY, VERIFY_FAILED, CONFIRM, DONE, FAILED, CANCEL = range(len(NAMES))
REASONS: Final = ("", "timeout", "limit", "wrong_code")
NO_REASON, TIMEOUT, LIMIT, WRONG_CODE = range(len(REASONS))
_PAID_IN_APP: Final = (Kind.TRANSFER, Kind.BILL, Kind.SENT_AWAY)
_AFTER_LOGIN_S: Final = 1_500
_QUIET_S: Final = 2_000
"""Two tries that nothing ends lie further apart than a payment is quiet (half an hour)."""
_LATER_S: Final = 9_500
_CANCELS, _GIVES_UP, _WRONG = 0.06, 0.08, 0.09
"""Per payment done: tries broken off before it, and left without a word after it; share of codes typed in wrongly."""


@dataclass(frozen=True, slots=True)
class Paying:
    """One row per step of a payment: position, second of the day, row of NAMES, row of REASONS, row of VERSIONS."""

    who: Ints
    second: Ints
    name: Ints
    reason: Ints
    version: int

    def __len__(self) -> int:
        return len(self.who)


class _Told:
    """Steps as they are told."""

    def __init__(self) -> None:
        self.who, self.second, self.name, self.reason = (list[Ints]() for _ in range(4))

    def tell(self, who: Ints, second: Ints, name: int, reason: Ints | int = NO_REASON) -> None:
        self.who.append(who)
        self.second.append(second)
        self.name.append(np.full(len(who), name))
        self.reason.append(reason if isinstance(reason, np.ndarray) else np.full(len(who), reason))

    def paying(self, version: int) -> Paying:
        """All rows."""
        who, second, name, reason = (np.concatenate(part) for part in (self.who, self.second, self.name, self.reason))
        return Paying(who, second, name, reason, version)


def pay(world: World, day: Day, events: Events, postings: Postings) -> Paying:
    """The day's payments in the app, at most one done per customer."""
    who, done = _paid(world, events, postings)
    version = pains.version_on(world.bank.config, day.number)
    key = world.bank.customers.key[who]
    u, pace = uniform(key, day.number, Stream.PAY_TRY), uniform(key, day.number, Stream.PAY_PACE)
    verify, more = uniform(key, day.number, Stream.PAY_VERIFY), uniform(key, day.number, Stream.PAY_MORE)
    told = _Told()
    start = done - 60 - skewed(pace, 50.0, 0.6, 240)
    _complete(told, who, start, done, verify)
    share = pains.PAY_FAILED_AT_RELEASE if version == 1 else pains.PAY_FAILED
    odds = share / (1.0 - share)
    _fail(told, who, start, done, u / odds, more, version == 1)
    _cancel(told, who, start, (u >= odds) & (u < odds + _CANCELS), more)
    _give_up(told, who, done, more < _GIVES_UP, pace)
    return told.paying(version)


def _paid(world: World, events: Events, postings: Postings) -> tuple[Ints, Ints]:
    """Whose payment in the app is looked at, and the second of the posting: the last one after the log-in."""
    since = np.full(len(world.closed), DAY_S)
    logins = events.name == LOGIN
    since[events.who[logins]] = events.second[logins]
    rows = np.flatnonzero(np.isin(postings.kind, _PAID_IN_APP) & (postings.channel == APP))
    who, second = postings.who[rows], postings.second[rows]
    chosen = second > since[who] + _AFTER_LOGIN_S
    last = np.full(len(world.closed), -1)
    last[who[chosen]] = second[chosen]
    found = np.flatnonzero(last >= 0)
    return found, last[found]


def _complete(told: _Told, who: Ints, start: Ints, done: Ints, u: Floats) -> None:
    """A payment that goes through: codes may be wrong once or twice."""
    length = done - start
    told.tell(who, start, START)
    told.tell(who, start + length // 5, PAYEE)
    told.tell(who, start + 2 * length // 5, VERIFY)
    for times, place in ((1, 5), (2, 6)):
        wrong = u < _WRONG**times
        told.tell(who[wrong], (start + place * length // 10)[wrong], VERIFY_FAILED, WRONG_CODE)
    told.tell(who, start + 4 * length // 5, CONFIRM)
    told.tell(who, done, DONE)


def _fail(told: _Told, who: Ints, start: Ints, done: Ints, u: Floats, more: Floats, bad_release: bool) -> None:
    """A try that the bank or the app does not carry out, where `u` is below 1.

    Half of them come just before and are tried again at once; the others are payments of their own, hours later, that
    nobody tries again (unless the day is over by then).
    """
    later = done + _LATER_S + (more * 4_000).astype(np.int64)
    alone = (u < 0.5) & (later < DAY_S - 200)
    chosen = u < 1.0
    who, begin = who[chosen], np.where(alone, later, start - 420)[chosen]
    slow = more[chosen] < (0.9 if bad_release else 0.4)
    for name, after in ((START, 0), (PAYEE, 25), (VERIFY, 60), (CONFIRM, 95)):
        told.tell(who, begin + after, name)
    told.tell(who, begin + 110 + 40 * slow, FAILED, np.where(slow, TIMEOUT, LIMIT))


def _cancel(told: _Told, who: Ints, start: Ints, chosen: Bools, u: Floats) -> None:
    """A try before that the customer breaks off at the payee or at the verification."""
    who, begin, verified = who[chosen], (start - 420)[chosen], u[chosen] < 0.5
    told.tell(who, begin, START)
    told.tell(who, begin + 30, PAYEE)
    told.tell(who[verified], (begin + 60)[verified], VERIFY)
    told.tell(who, begin + 90, CANCEL)


def _give_up(told: _Told, who: Ints, done: Ints, chosen: Bools, u: Floats) -> None:
    """Another payment later, left where it is."""
    begin = done + _QUIET_S + (u * 5_000).astype(np.int64)
    chosen = chosen & (begin < DAY_S - 60)
    told.tell(who[chosen], begin[chosen], START)
    far = chosen & (u > 0.4)
    told.tell(who[far], (begin + 25)[far], PAYEE)
    told.tell(who[far & (u > 0.7)], (begin + 50)[far & (u > 0.7)], VERIFY)
