"""The slow, obviously right evaluator. It defines what rules mean; docs/triggers.md says the same in words.

It keeps every event and works everything out anew at each arrival. The fast core must agree with it on any stream,
cut into any batches, stopped and started anywhere (tests/act/triggers).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, takewhile
from typing import Any
from zoneinfo import ZoneInfo

from liuke.act.triggers.conditions import (
    AllOf,
    AnyOf,
    Consecutive,
    Drop,
    Leaf,
    Sequence,
    When,
    is_timed,
    leaves,
)
from liuke.act.triggers.durations import DAY, SECOND
from liuke.act.triggers.event import Event
from liuke.act.triggers.looking import (
    NEVER,
    Case,
    Eyes,
    Seen,
    in_view,
    is_barred,
    is_followed,
    newest_chain,
    pane_of,
    panes,
    period_sums,
    steps_in_view,
)
from liuke.act.triggers.match import MOST_EVIDENCE, REMEMBERED, By, Match
from liuke.act.triggers.periods import beginning, midnight, period_of
from liuke.act.triggers.ruleset import Rule, RuleSet
from liuke.act.triggers.values import SCALE, scaled

LATENESS = DAY
AHEAD = 300 * SECOND


@dataclass(frozen=True, slots=True)
class Found:
    """That a condition holds: the events that make it, and its numbers (Match)."""

    events: tuple[Seen, ...]
    count: int
    total: float
    first: int
    last: int


@dataclass(slots=True)
class Reference:
    """Rules over a stream. lateness: an event that arrives more than this after it happened is not counted.

    ahead: one whose time lies further than this beyond its arrival is not believed.
    """

    rules: RuleSet
    zone: ZoneInfo
    lateness: int = LATENESS
    ahead: int = AHEAD
    clock: int = NEVER
    arrivals: int = 0
    seen: set[tuple[str, int]] = field(default_factory=set)
    cases: dict[tuple[str, str], Case] = field(default_factory=dict)
    counters: Counter[str] = field(default_factory=Counter)
    per_rule: Counter[tuple[str, str]] = field(default_factory=Counter)

    def feed(self, events: Iterable[Event]) -> list[Match]:
        """What these events make true, in order of arrival; deadlines that pass on the way fire before the event."""
        return [match for event in events for match in self._arrives(event)]

    def advance(self, now: int) -> list[Match]:
        """What the clock makes true until `now`."""
        return list(self._clock_to(now))

    def change(self, rules: RuleSet) -> None:
        """Other rules from now on. A rule of the same code and meaning keeps its customers; others start empty."""
        old = {code: rule.meaning for code, rule in self.rules.rules.items()}
        kept = {code for code, rule in rules.rules.items() if old.get(code) == rule.meaning}
        self.cases = {key: case for key, case in self.cases.items() if key[0] in kept}
        self.rules = rules

    def _arrives(self, event: Event) -> Iterator[Match]:
        yield from self._clock_to(event.received_at)
        self.counters["events"] += 1
        readers = [rule for rule in self.rules.rules.values() if self._concerns(rule, event)]
        refusal = self._refusal(event, readers)
        if refusal:
            self.counters[refusal] += 1
            if refusal == "late":
                self.per_rule.update((r.code, "late") for r in readers if self._is_positive(r, event))
            return
        self.seen.add((event.event_id, event.occurred_at))
        self.arrivals += 1
        for rule in readers:
            yield from self._told(rule, Seen(event, self.arrivals))

    def _refusal(self, event: Event, readers: list[Rule]) -> str | None:
        """Why the event is not counted."""
        if not readers:
            return "unread"
        if not event.customer_id:
            return "anonymous"
        if event.occurred_at > self.clock + self.ahead:
            return "ahead"
        if event.occurred_at < self.clock - self.lateness:
            return "late"
        return "duplicate" if (event.event_id, event.occurred_at) in self.seen else None

    def _told(self, rule: Rule, seen: Seen) -> Iterator[Match]:
        """One rule learns of one event."""
        eyes = self._eyes(rule)
        found = [leaf for leaf, _ in leaves(rule.spec.condition)]
        case = self.cases.setdefault((rule.code, str(seen.event.customer_id)), Case())
        case.history.append(seen)
        positive = [leaf for leaf in found if eyes.is_of(leaf, seen.event)]
        if positive:
            self.per_rule[rule.code, "seen"] += 1
            case.moment = max(case.moment, seen.at)
        if any([self._counts(leaf, seen, case, eyes) for leaf in positive]):  # noqa: C419 every leaf must see it
            yield from self._held(rule, case, self._truth(rule.spec.condition, case, eyes, seen), "event", case.moment)
        self._wait(rule, case, eyes)

    def _counts(self, leaf: Leaf, seen: Seen, case: Case, eyes: Eyes) -> bool:
        """Whether the event, just taken in, is one an event-fired condition looks at. Remembers it where needed."""
        if isinstance(leaf, Drop):
            if pane_of(leaf, seen.at, eyes) >= self._next_check(leaf, eyes) - _view(leaf):
                case.remembered = [*case.remembered, seen][-REMEMBERED:]
            return False
        if isinstance(leaf, When):
            return True
        if isinstance(leaf, Consecutive):
            back = period_of(case.moment, leaf.every, self.zone) - period_of(seen.at, leaf.every, self.zone)
            counts = seen.at > case.floor and back < leaf.periods
            case.remembered = [*case.remembered, seen][-REMEMBERED:] if counts else case.remembered
            return counts
        if isinstance(leaf, Sequence):
            return leaf.then_no is None and any(seen in step for step in steps_in_view(leaf, case, eyes))
        return seen in in_view(leaf, case, eyes)

    def _truth(self, node: Any, case: Case, eyes: Eyes, now: Seen | None, timed: Found | None = None) -> Found | None:
        """Whether the condition holds: at the arrival of `now`, or when the clock fires its timed part `timed`."""
        if isinstance(node, AllOf | AnyOf):
            parts = [self._truth(child, case, eyes, now, timed) for child in node.children]
            held = [part for part in parts if part]
            enough = held and (isinstance(node, AnyOf) or len(held) == len(parts))
            events = tuple({s.arrival: s for part in held for s in part.events}.values())
            return Found(events, held[0].count, held[0].total, held[0].first, held[0].last) if enough else None
        if is_timed(node):
            return timed
        return self._holds(node, case, eyes, now)

    def _holds(self, leaf: Any, case: Case, eyes: Eyes, now: Seen | None) -> Found | None:
        """Whether one event-fired condition holds."""
        if isinstance(leaf, When):
            if now is None or not eyes.is_of(leaf, now.event) or is_barred(leaf.without, now.at, case, eyes):
                return None
            return Found((now,), 1, 0.0, now.at, now.at)
        if isinstance(leaf, Consecutive):
            least = leaf.at_least if leaf.of is None else round(leaf.at_least * SCALE)
            sums = period_sums(leaf, case, eyes)
            if any(s < least for s in sums):
                return None
            start = period_of(case.moment, leaf.every, self.zone) - leaf.periods + 1
            total = 0.0 if leaf.of is None else sum(sums) / SCALE
            first = beginning(start, leaf.every, self.zone)
            return Found(tuple(case.remembered), leaf.periods, total, first, case.moment)
        if isinstance(leaf, Sequence):
            chain = newest_chain(leaf, case, eyes)
            return Found(tuple(chain), len(chain), 0.0, chain[0].at, chain[-1].at) if chain else None
        return self._counted(leaf, case, eyes)

    def _counted(self, leaf: Any, case: Case, eyes: Eyes) -> Found | None:
        """Whether a count, a sum or a number of different values is reached."""
        found = in_view(leaf, case, eyes)
        total = 0
        if hasattr(leaf, "sum"):
            total = sum(scaled(eyes.value(s.event, leaf.of)) for s in found)
            reached = total >= round(leaf.at_least * SCALE)
        else:
            reached = len(found) >= leaf.at_least
        if not found or not reached or is_barred(leaf.without, found[0].at, case, eyes):
            return None
        return Found(tuple(found), len(found), total / SCALE, found[0].at, found[-1].at)

    def _held(self, rule: Rule, case: Case, found: Found | None, by: By, moment: int) -> Iterator[Match]:
        """The match, unless the rule's days, its cool-down or an earlier match are in the way."""
        spec = rule.spec
        if found is None or not self._in_effect(rule, moment):
            return
        if case.last is not None and (spec.re_entry == "never" or moment < case.last + spec.cooldown):
            self.per_rule[rule.code, "cooled"] += 1
            return
        self.per_rule[rule.code, "matched"] += 1
        [customer] = {str(s.event.customer_id) for s in case.history}
        yield Match(
            rule=rule.code, version=spec.version, meaning=rule.meaning, customer_id=customer, matched_at=moment, by=by,
            evidence=tuple(s.event.event_id for s in found.events)[:MOST_EVIDENCE],
            count=found.count, total=found.total, first=found.first, last=found.last, shadow=spec.shadow,
        )  # fmt: skip
        case.last = moment
        if spec.re_entry == "fresh":
            periodic = any(isinstance(leaf, Consecutive) for leaf, _ in leaves(spec.condition))
            self._consume(case, by, periodic=periodic)

    def _consume(self, case: Case, by: By, *, periodic: bool) -> None:
        """Nothing up to the match counts again; after a deadline, nothing up to the end of its sequence."""
        if by == "event":
            case.floor = case.moment
            case.remembered = [] if periodic else case.remembered
        elif case.chain is not None:
            case.floor = max(case.floor, case.chain.at)

    def _wait(self, rule: Rule, case: Case, eyes: Eyes) -> None:
        """Which chain of a sequence with `then_no` is waited for, and until when."""
        for leaf, _ in leaves(rule.spec.condition):
            if not isinstance(leaf, Sequence) or leaf.then_no is None:
                continue
            chain = newest_chain(leaf, case, eyes)
            end = chain[-1] if chain and not is_followed(leaf, chain, case, eyes) else None
            if end is None:
                case.chain = case.due = None
            elif end != case.chain:
                case.chain = end
                case.due = max(end.at + leaf.then_no.within, self.clock) + eyes.settle

    def _clock_to(self, now: int) -> Iterator[Match]:
        """Fires every deadline and check up to `now`, per customer in order of time."""
        before, self.clock = self.clock, max(self.clock, now)
        for (code, _), case in list(self.cases.items()):
            rule = self.rules.rules[code]
            for leaf, _ in leaves(rule.spec.condition):
                if isinstance(leaf, Drop):
                    yield from self._checks(rule, leaf, case, before)
                elif is_timed(leaf) and case.due is not None and case.due <= self.clock:
                    yield from self._deadline(rule, leaf, case)

    def _deadline(self, rule: Rule, leaf: Any, case: Case) -> Iterator[Match]:
        """The wait after a chain is over and nothing came."""
        eyes = self._eyes(rule)
        chain = newest_chain(leaf, case, eyes)
        timed = Found(tuple(chain), len(chain), 0.0, chain[0].at, chain[-1].at)
        case.due = None
        found = self._truth(rule.spec.condition, case, eyes, None, timed)
        yield from self._held(rule, case, found, "clock", chain[-1].at + leaf.then_no.within)

    def _checks(self, rule: Rule, leaf: Drop, case: Case, before: int) -> Iterator[Match]:
        """Every check of a drop whose time came after `before`."""
        eyes = self._eyes(rule)
        start = self._next_check(leaf, eyes, before)
        due = takewhile(lambda p: self._begins(leaf, p) + eyes.settle <= self.clock, count(start))
        for pane in due:
            wide, long = leaf.within // leaf.every, leaf.baseline // leaf.every
            recent = panes(leaf, case, pane - wide, pane, eyes)
            expected = panes(leaf, case, pane - wide - long, pane - wide, eyes) * wide / long
            moment, first = self._begins(leaf, pane), self._begins(leaf, pane - wide)
            if expected >= leaf.at_least and recent <= leaf.below * expected:
                shown = round(expected * SCALE) / SCALE
                timed = Found(tuple(case.remembered), recent, shown, first, moment)
                found = self._truth(rule.spec.condition, case, eyes, None, timed)
                yield from self._held(rule, case, found, "clock", moment)
            if all(panes(leaf, case, p, p + 1, eyes) == 0 for p in range(pane - _view(leaf), pane + 1)):
                case.remembered = []

    def _next_check(self, leaf: Drop, eyes: Eyes, after: int | None = None) -> int:
        """The first pane whose beginning is checked after the moment, by default the clock."""
        moment = self.clock if after is None else after
        return pane_of(leaf, max(moment - eyes.settle, 10**15), eyes) + 1

    def _begins(self, leaf: Drop, pane: int) -> int:
        return beginning(pane * (leaf.every // DAY), "day", self.zone)

    def _in_effect(self, rule: Rule, moment: int) -> bool:
        start, end = rule.spec.effective.from_, rule.spec.effective.to
        begun = start is None or moment >= midnight(start, self.zone)
        return begun and (end is None or moment < midnight(end + timedelta(days=1), self.zone))

    def _concerns(self, rule: Rule, event: Event) -> bool:
        eyes = self._eyes(rule)
        return any(eyes.concerns(leaf, event) for leaf, _ in leaves(rule.spec.condition))

    def _is_positive(self, rule: Rule, event: Event) -> bool:
        eyes = self._eyes(rule)
        return any(eyes.is_of(leaf, event) for leaf, _ in leaves(rule.spec.condition))

    def _eyes(self, rule: Rule) -> Eyes:
        return Eyes(self.rules.catalogue, self.zone, rule.spec.settle, self.ahead)


def _view(leaf: Drop) -> int:
    """Panes a check looks back over."""
    return (leaf.within + leaf.baseline) // leaf.every
