"""The state of the synthetic bank at the end of a day: a value that one day's step turns into the next."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from liuke.sim.accounts import SAVING_SLOTS, SLOTS
from liuke.sim.bank import Bank
from liuke.sim.case_steps import Steps, no_steps
from liuke.sim.choices import first_choices
from liuke.sim.config import ordinal
from liuke.sim.draws import Bools, Floats, Ints

CALM: Final = 0
LEAVING: Final = 1
DIP: Final = 2
RECOVERING: Final = 3
DORMANT: Final = 4
"""Phases of a customer. LEAVING drains for good; DIP looks the same and comes back by itself."""

CAUSES: Final = ("complaint", "rate", "life", "neglect", "temporary")
KINDS_OF_CUSTOMER: Final = ("persuadable", "sure_thing", "lost_cause", "do_not_disturb")
PERSUADABLE: Final = 0
SURE_THING: Final = 1
LOST_CAUSE: Final = 2
DO_NOT_DISTURB: Final = 3

NEVER: Final = -1


@dataclass(slots=True)
class Complaints:
    """Open complaints: position of the customer, day, second, row of words.GRIEVANCES, channel, planned end."""

    who: Ints
    day: Ints
    second: Ints
    what: Ints
    channel: Ints
    resolve_on: Ints
    resolve_second: Ints

    def take(self, chosen: npt.NDArray[np.generic]) -> Complaints:
        """Some of the rows."""
        return Complaints(*(getattr(self, f.name)[chosen] for f in fields(self)))

    def joined(self, more: Complaints) -> Complaints:
        """These rows and then `more`."""
        return Complaints(*(np.concatenate([getattr(self, f.name), getattr(more, f.name)]) for f in fields(self)))

    def __len__(self) -> int:
        return len(self.who)


def no_complaints() -> Complaints:
    """No rows."""
    return Complaints(*(np.zeros(0, np.int64) for _ in range(7)))


@dataclass(slots=True)
class World:
    """Everything that changes, at the end of `day` (ordinal). Arrays have one entry per customer of `bank`.

    balance: (5, n) fen. hold_*: (2, n) running holding of term and wealth; hold_count numbers them.
    closed: day the customer left or -1. activity: 0..1 factor on what the customer does by himself.
    onset, cause, kind, length, turn_on, close_on, base_aum, drained, owed: the current or last episode: its first
    day, causes and kinds as rows of CAUSES and KINDS_OF_CUSTOMER, days until drained, day of turning back by
    himself, day of closing, AUM at onset, fen sent away, fen that will come back.
    lean_until, lean_cause: see `leaning`. agrees: bits of choices.PURPOSES the customer agrees to at present.
    applied_on: day on which the last application began. steps: those of applications that are still to come.
    """

    bank: Bank
    day: int
    balance: Ints
    hold_product: Ints
    hold_start: Ints
    hold_end: Ints
    hold_count: Ints
    closed: Ints
    satisfaction: Floats
    activity: Floats
    phase: Ints
    onset: Ints
    cause: Ints
    kind: Ints
    length: Ints
    turn_on: Ints
    close_on: Ints
    since: Ints
    calm_until: Ints
    base_aum: Ints
    drained: Ints
    owed: Ints
    matured_on: Ints
    upset_until: Ints
    lean_until: Ints
    lean_cause: Ints
    agrees: Ints
    applied_on: Ints
    complaints: Complaints = field(default_factory=no_complaints)
    steps: Steps = field(default_factory=no_steps)

    def copy(self) -> World:
        """The same state in fresh arrays."""
        arrays = {f.name: getattr(self, f.name).copy() for f in fields(self) if f.name in _ARRAYS}
        return replace(self, **arrays, complaints=self.complaints)

    def take(self, chosen: Ints) -> World:
        """The state of some customers only; `chosen` are positions, each at most once.

        No customer influences another and every draw belongs to one customer, so the small world's future equals
        that of the same customers in the large one.
        """
        arrays = {f.name: getattr(self, f.name)[..., chosen].copy() for f in fields(self) if f.name in _ARRAYS}
        place = np.full(len(self.closed), NEVER, np.int64)
        place[chosen] = np.arange(len(chosen))
        kept = self.complaints.take(place[self.complaints.who] >= 0)
        kept.who = place[kept.who]
        steps = self.steps.of(chosen, len(self.closed))
        return replace(self, bank=self.bank.take(chosen), complaints=kept, steps=steps, **arrays)

    def copies(self, chosen: Ints, times: int) -> World:
        """Some customers `times` times over, all one after the other; without open complaints and steps to come."""
        return replace(self, complaints=no_complaints(), steps=no_steps()).take(np.tile(chosen, times))

    @property
    def alive(self) -> Bools:
        """Customers of the bank at the end of the day."""
        living: Bools = (self.closed < 0) & (self.bank.customers.opened <= self.day)
        return living

    @property
    def aum(self) -> Ints:
        """Assets in fen: savings slots; they are never negative."""
        total: Ints = self.balance[list(SAVING_SLOTS)].sum(axis=0)
        return total


_ARRAYS = frozenset(f.name for f in fields(World)) - {"bank", "day", "complaints", "steps"}


def first_world(bank: Bank) -> World:
    """The state on the eve of the first day: opening balances of those who are customers already."""
    c, n = bank.customers, len(bank.customers)
    start = ordinal(bank.config.start)

    def zeros() -> Ints:
        return np.zeros(n, np.int64)

    def never() -> Ints:
        return np.full(n, NEVER, np.int64)

    balance = np.where(c.opened < start, c.opening, np.zeros((SLOTS, 1), np.int64))
    return World(
        bank=bank,
        day=start - 1,
        balance=balance,
        hold_product=c.hold_product.copy(),
        hold_start=c.hold_start.copy(),
        hold_end=c.hold_end.copy(),
        hold_count=(c.hold_product >= 0).astype(np.int64),
        closed=never(),
        satisfaction=c.satisfaction.copy(),
        activity=np.ones(n),
        phase=zeros(),
        onset=never(),
        cause=never(),
        kind=never(),
        length=zeros(),
        turn_on=never(),
        close_on=never(),
        since=zeros(),
        calm_until=zeros(),
        base_aum=zeros(),
        drained=zeros(),
        owed=zeros(),
        matured_on=never(),
        upset_until=never(),
        lean_until=never(),
        lean_cause=never(),
        agrees=first_choices(c.key),
        applied_on=never(),
    )
