"""Retention as slowly and plainly as it can be said: person by person, cohort by cohort, day by day."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

LENGTH = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Fact:
    who: str
    at: datetime
    is_start: bool
    is_return: bool


@dataclass(frozen=True)
class Question:
    first: date
    last: date
    as_of: date
    every: str
    periods: int
    kind: str = "first_time"
    counting: str = "on"
    clock: str = "calendar"
    look_back_days: int = 0
    lost_after: int = 1

    def label(self, day: date) -> date:
        """The first day of the calendar period of a day."""
        if self.every == "month":
            return day.replace(day=1)
        return day - timedelta(days=day.weekday()) if self.every == "week" else day

    def later(self, label: date, k: int) -> date:
        """The first day of the k-th calendar period after that of `label`."""
        for _ in range(k):
            label = self.label(label + {"day": 1, "week": 7, "month": 31}[self.every] * timedelta(days=1))
        return label

    def labels(self) -> list[date]:
        days = [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]
        return sorted({self.label(day) for day in days})

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(ZONE).date()


Entry = tuple[date, str, frozenset[int], bool]
"""Cohort, person, periods with a return, whether it is the person's first cohort."""


def entries(facts: Iterable[Fact], q: Question) -> list[Entry]:
    people = defaultdict(list)
    for fact in facts:
        if q.day_of(fact.at) <= q.as_of:
            people[fact.who].append(fact)
    return [entry for who, mine in people.items() for entry in _of_person(who, sorted(mine, key=lambda f: f.at), q)]


def _of_person(who: str, facts: list[Fact], q: Question) -> list[Entry]:
    starts = [f.at for f in facts if f.is_start]
    back = q.look_back_days if q.kind == "first_time" else 0
    starts = [at for at in starts if q.first - timedelta(days=back) <= q.day_of(at) <= q.last]
    if q.kind == "first_time":
        starts = starts[:1]
    begun: dict[date, datetime] = {}
    for at in starts:
        if q.day_of(at) >= q.first:
            begun.setdefault(q.label(q.day_of(at)), at)
    returns = [f.at for f in facts if f.is_return]
    found = []
    for label, anchor in begun.items():
        came = {k for k in range(q.periods + 1) for at in returns if _is_in(at, label, anchor, k, q)}
        found.append((label, who, frozenset(came), label == min(begun)))
    return found


def _is_in(at: datetime, label: date, anchor: datetime, k: int, q: Question) -> bool:
    if q.clock == "rolling":
        return anchor + k * LENGTH[q.every] <= at < anchor + (k + 1) * LENGTH[q.every]
    return q.later(label, k) <= q.day_of(at) < q.later(label, k + 1)


def is_over(label: date, k: int, q: Question) -> bool:
    end_of_knowledge = datetime.combine(q.as_of + timedelta(days=1), datetime.min.time(), ZONE)
    if q.clock == "rolling":
        last = min(q.later(label, 1) - timedelta(days=1), q.last)
        latest = datetime.combine(last + timedelta(days=1), datetime.min.time(), ZONE)
        return latest + (k + 1) * LENGTH[q.every] <= end_of_knowledge
    return q.later(label, k + 1) - timedelta(days=1) <= q.as_of


def has_begun(label: date, k: int, q: Question) -> bool:
    if q.clock == "rolling":
        earliest = datetime.combine(max(label, q.first), datetime.min.time(), ZONE)
        return earliest + k * LENGTH[q.every] < datetime.combine(q.as_of + timedelta(days=1), datetime.min.time(), ZONE)
    return q.later(label, k) <= q.as_of


def cells(found: list[Entry], q: Question) -> dict[tuple[date, int], tuple[int, int, bool]]:
    """(cohort, period) → people, returned, is_mature."""
    made = {}
    for label in q.labels():
        mine = [came for cohort, _, came, _ in found if cohort == label]
        for k in range(q.periods + 1):
            if has_begun(label, k, q):
                later = q.counting == "on_or_after"
                returned = sum(any(j >= k for j in came) if later else k in came for came in mine)
                made[label, k] = (len(mine), returned, is_over(label, q.periods if later else k, q))
    return made


def lifetimes(found: list[Entry], q: Question) -> list[tuple[int, bool]]:
    """Of each person's first cohort: periods watched or until lost, and whether they were lost then."""
    made = []
    for label, _, came, is_new in found:
        if not is_new:
            continue
        lasted = 0
        for k in range(1, q.periods + 1):
            gap = range(k, k + q.lost_after)
            if gap[-1] > q.periods or not is_over(label, gap[-1], q):
                made.append((lasted, False))
                break
            if not any(j in came for j in gap):
                made.append((k, True))
                break
            lasted = k
        else:
            made.append((lasted, False))
    return made
