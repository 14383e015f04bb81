"""What the reference sees of one customer for one rule: everything kept, everything worked out anew when asked.

Each function takes the whole history and answers one question about it; nothing is carried from call to call but what
`Case` holds. Written to be read; the fast core must give the same answers.
"""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from liuke.act.triggers.catalogue import Catalogue, properties_of
from liuke.act.triggers.conditions import (
    MOST_COUNTED,
    Consecutive,
    Count,
    Distinct,
    Drop,
    Leaf,
    Sequence,
    Sum,
    Without,
    patterns,
)
from liuke.act.triggers.durations import DAY
from liuke.act.triggers.event import Event
from liuke.act.triggers.patterns import Pattern
from liuke.act.triggers.periods import period_of
from liuke.act.triggers.values import Value, meets, read, scaled

STEP_MEMORY = 8
"""Of each step of a sequence the newest so many events in view are considered."""
NEVER = -(2**62)


@dataclass(frozen=True, slots=True)
class Seen:
    """An accepted event and its place in the order of arrival. Events sort by event time, then arrival."""

    event: Event
    arrival: int

    @property
    def at(self) -> int:
        """Event time."""
        return self.event.occurred_at

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the order of events."""
        return (self.at, self.arrival)


@dataclass(slots=True)
class Case:
    """One customer under one rule.

    history: accepted events that meet any pattern of the rule, in order of arrival. moment: the greatest event time
    among those of conditions (not of without and then_no). floor: events up to it count no more. last: moment of the
    last match. chain, due: the last event of the sequence waited for, and until when; due is None once it fired.
    remembered: the last events that counted in a period or drop.
    """

    history: list[Seen] = field(default_factory=list)
    moment: int = NEVER
    floor: int = NEVER
    last: int | None = None
    chain: Seen | None = None
    due: int | None = None
    remembered: list[Seen] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Eyes:
    """What stays the same while looking. ahead: how far an event's time may lie beyond the clock."""

    catalogue: Catalogue
    zone: ZoneInfo
    settle: int
    ahead: int

    def means(self, pattern: Pattern, event: Event) -> bool:
        """Whether the event is of the pattern."""
        if event.name != pattern.event:
            return False
        kinds = properties_of(self.catalogue, event.name)
        return all(
            meets(read(event.value(t.property_), kinds[t.property_]), t.op, t.operand(kinds[t.property_]))
            for t in pattern.where
        )

    def value(self, event: Event, of: str) -> Value:
        """A property as its kind."""
        return read(event.value(of), properties_of(self.catalogue, event.name)[of])

    def is_of(self, leaf: Leaf, event: Event) -> bool:
        """Whether the event is one the condition is about, not one of its without or then_no."""
        steps = [s.pattern for s in leaf.sequence] if isinstance(leaf, Sequence) else [leaf.pattern]
        return any(self.means(p, event) for p in steps)

    def concerns(self, leaf: Leaf, event: Event) -> bool:
        """Whether the condition has any use for the event."""
        return any(self.means(p, event) for p, _ in patterns(leaf))


def in_view(leaf: Count | Sum | Distinct, case: Case, eyes: Eyes) -> list[Seen]:
    """The events that count now, old to new: after the floor, within the span, the newest so many."""
    found = _between(leaf.pattern, case, leaf.within, eyes)
    if isinstance(leaf, Distinct):
        newest = {eyes.value(s.event, leaf.of): s for s in found}
        newest.pop(None, None)
        found = sorted(newest.values(), key=lambda s: s.place)
    return found[-(MOST_COUNTED if isinstance(leaf, Sum) else leaf.at_least) :]


def steps_in_view(leaf: Sequence, case: Case, eyes: Eyes) -> list[list[Seen]]:
    """For each step the events in view, old to new."""
    wait = leaf.then_no.within + eyes.settle + eyes.ahead if leaf.then_no else 0
    return [_between(s.pattern, case, leaf.within + wait, eyes)[-STEP_MEMORY:] for s in leaf.sequence]


def newest_chain(leaf: Sequence, case: Case, eyes: Eyes) -> list[Seen]:
    """The steps in order, ending as late as possible and then each as late as possible; empty when there is none."""
    *before, final = steps_in_view(leaf, case, eyes)
    for end in reversed(final):
        chain = [end]
        for step in reversed(before):
            earlier = [s for s in step if s.place < chain[0].place]
            if not earlier:
                break
            chain.insert(0, earlier[-1])
        if len(chain) == len(leaf.sequence) and chain[-1].at - chain[0].at <= leaf.within:
            return chain
    return []


def is_followed(leaf: Sequence, chain: Many[Seen], case: Case, eyes: Eyes) -> bool:
    """Whether what must not follow is known to have followed."""
    assert leaf.then_no is not None
    return any(eyes.means(leaf.then_no.pattern, s.event) and s.place > chain[-1].place for s in case.history)


def is_barred(without: Without | None, first: int, case: Case, eyes: Eyes) -> bool:
    """Whether what must not have happened is known to have happened."""
    if without is None:
        return False
    times = [s.at for s in case.history if eyes.means(without.pattern, s.event)]
    if without.within is not None:
        return any(at > case.moment - without.within for at in times)
    return any(at >= first for at in times)


def period_sums(leaf: Consecutive, case: Case, eyes: Eyes) -> list[int]:
    """The measure of each of the last periods, old to new; sums in ten-thousandths."""
    running = period_of(case.moment, leaf.every, eyes.zone)
    sums = [0] * leaf.periods
    for s in case.history:
        back = running - period_of(s.at, leaf.every, eyes.zone)
        if s.at > case.floor and 0 <= back < leaf.periods and eyes.means(leaf.pattern, s.event):
            sums[-1 - back] += 1 if leaf.of is None else scaled(eyes.value(s.event, leaf.of))
    return sums


def pane_of(leaf: Drop, moment: int, eyes: Eyes) -> int:
    """The number of the stretch of `every` days the moment lies in."""
    return period_of(moment, "day", eyes.zone) // (leaf.every // DAY)


def panes(leaf: Drop, case: Case, start: int, stop: int, eyes: Eyes) -> int:
    """The measure over panes [start, stop); sums in whole units, negative numbers as 0.

    A pane holds at most what its bits do.
    """
    most = 2 ** pane_bits(leaf) - 1
    sums = dict.fromkeys(range(start, stop), 0)
    for s in case.history:
        pane = pane_of(leaf, s.at, eyes)
        if pane in sums and eyes.means(leaf.pattern, s.event):
            sums[pane] += 1 if leaf.of is None else max(0, whole(eyes.value(s.event, leaf.of)))
    return sum(min(total, most) for total in sums.values())


def pane_bits(leaf: Drop) -> int:
    """How large a number a pane holds: counts up to 65,535, sums up to 4,294,967,295 whole units."""
    return 16 if leaf.of is None else 32


def whole(value: Value) -> int:
    """A number in whole units."""
    return round(value) if isinstance(value, float) else 0


def _between(pattern: Pattern, case: Case, span: int, eyes: Eyes) -> list[Seen]:
    after = max(case.floor, case.moment - span)
    return sorted((s for s in case.history if s.at > after and eyes.means(pattern, s.event)), key=lambda s: s.place)
