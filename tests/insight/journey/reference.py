"""A journey by its words: every customer's facts are walked one by one, nothing is clever."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

OF_THE_BANK = ("application_status", "application_completed", "application_rejected")


@dataclass(frozen=True)
class Terms:
    """What of a journey matters here. expected, failures: by stage."""

    stages: int
    quiet: timedelta
    expected: Sequence[timedelta | None]
    meant: frozenset[tuple[str, str, int]]
    within: timedelta
    complaint_days: int
    keyed: bool
    first: datetime
    end: datetime
    as_of: datetime


@dataclass(frozen=True)
class Fact:
    """One fact as the journey sees it. stage: its place or None; outcome: 0, 1 success, 2 rejected, 3 withdrawn."""

    who: str
    at: datetime
    key: str | None
    name: str
    channel: str | None
    enters: bool = False
    outcome: int = 0
    stage: int | None = None
    touch: int | None = None
    failed: bool = False
    fields: frozenset[str] = frozenset()
    status: str | None = None

    @property
    def own(self) -> bool:
        return self.channel not in (None, "system") and self.name not in OF_THE_BANK


@dataclass
class Visit:
    stage: int
    facts: list[Fact]
    left_at: datetime | None = None


@dataclass
class Case:
    who: str
    key: str | None
    facts: list[Fact]
    after: list[Fact] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    ended: str = ""

    @property
    def ended_at(self) -> datetime | None:
        return self.facts[-1].at if self.facts[-1].outcome else None

    def gone_on(self, stage: int) -> bool:
        places = [visit.stage for visit in self.visits]
        return stage in places and (
            self.ended == "success" or any(place > stage for place in places[places.index(stage) :])
        )


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """By time; of one moment: entry, facts of earlier touchpoints first, facts of no stage, outcomes by their kind."""

    def place(fact: Fact) -> tuple[object, ...]:
        rank = 0 if fact.enters else 2 if fact.outcome else 1
        stage = (10**9, 0) if fact.stage is None else (fact.stage, fact.touch)
        return fact.at, rank, fact.outcome, stage, fact.channel or "", fact.name, fact.key or ""

    return sorted(facts, key=place)


def cases(facts: Iterable[Fact], terms: Terms) -> tuple[list[Case], int, int]:
    """The cases that entered in the period, how many were joined midway, and the facts of no case, by customer."""
    found: list[Case] = []
    midway = lost = 0
    by_who: dict[str, list[Fact]] = {}
    for fact in in_order(f for f in facts if f.at < terms.as_of):
        by_who.setdefault(fact.who, []).append(fact)
    for who, line in by_who.items():
        groups: dict[str, list[Fact]] = {}
        name, number, before = None, 0, None
        for fact in line:
            if terms.keyed:
                name = fact.key if fact.key is not None else name
            else:
                anew = before is None or before.outcome or fact.at - before.at > terms.quiet
                number += bool(anew)
                name = str(number)
            before = fact
            if name is None:
                lost += terms.first <= fact.at < terms.end
            else:
                groups.setdefault(name, []).append(fact)
        for key, mine in groups.items():
            enters = [i for i, fact in enumerate(mine) if fact.enters]
            if not enters:
                midway += terms.first <= mine[0].at < terms.end
            elif terms.first <= mine[enters[0]].at < terms.end:
                found.append(_case(who, key, mine[enters[0] :], terms))
    return found, midway, lost


def _case(who: str, key: str, facts: list[Fact], terms: Terms) -> Case:
    outcomes = [i for i, fact in enumerate(facts) if fact.outcome]
    cut = outcomes[0] + 1 if outcomes else len(facts)
    case = Case(who, key, facts[:cut], facts[cut:])
    if outcomes:
        case.ended = ("", "success", "rejected", "withdrawn")[case.facts[-1].outcome]
    else:
        case.ended = "abandoned" if terms.as_of - case.facts[-1].at > terms.quiet else "waiting"
    for fact in case.facts:
        if fact.stage is None:
            continue
        if case.visits and case.visits[-1].stage == fact.stage:
            case.visits[-1].facts.append(fact)
        else:
            case.visits.append(Visit(fact.stage, [fact]))
    for visit, onward in zip(case.visits, [*case.visits[1:], None], strict=False):
        visit.left_at = onward.facts[0].at if onward else case.ended_at
    return case


def took(visit: Visit) -> timedelta | None:
    """How long it was; None while it is not over, and where the outcome is all there is."""
    if visit.left_at is None or all(fact.outcome for fact in visit.facts):
        return None
    return visit.left_at - visit.facts[0].at


def is_late(case: Case, visit: Visit, terms: Terms) -> bool:
    limit = terms.expected[visit.stage]
    if limit is None:
        return False
    lasts = took(visit)
    if visit.left_at is None and case.ended == "waiting":
        lasts = terms.as_of - visit.facts[0].at
    return lasts is not None and lasts > limit


def changes(case: Case) -> list[tuple[int, str, str]]:
    """stage, from, to."""
    own = [fact for fact in case.facts if fact.stage is not None and fact.own]
    return [
        (b.stage, a.channel, b.channel)  # type: ignore[misc]
        for a, b in pairwise(own)
        if a.channel != b.channel
    ]


def typed_again(every: Iterable[Fact], terms: Terms) -> set[int]:
    """Facts, by their identity, in which a name was typed in that was typed in not so long before."""
    found = set()
    last: dict[tuple[str, str], datetime] = {}
    for fact in in_order(f for f in every if f.at < terms.as_of):
        for name in fact.fields:
            before = last.get((fact.who, name))
            if before is not None and fact.at - before <= terms.within:
                found.add(id(fact))
            last[fact.who, name] = fact.at
    return found


def during(case: Case, visit: Visit, at: datetime, terms: Terms, days: int) -> bool:
    """Whether something said then belongs to the visit."""
    if at < visit.facts[0].at:
        return False
    if visit is not case.visits[-1]:
        return at < (visit.left_at or at)
    if case.ended_at is not None:
        return at - case.ended_at <= timedelta(days=days)
    return at - case.facts[-1].at <= terms.quiet + timedelta(days=days)
