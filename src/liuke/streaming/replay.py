"""回放 Replay: how often a rule would have matched in the past, for whom, and at what load for the RMs.

The past goes through the same core as the stream does. Nothing is decided and nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from liuke.act.triggers import Core, Match, Rule, check_reach, rule_set
from liuke.act.triggers.catalogue import Catalogue
from liuke.act.triggers.ruleset import awake
from liuke.clock import WorkCalendar
from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.streaming.core.heard import heard
from liuke.streaming.core.sight import Sight
from liuke.streaming.history import LOOK_BACK, events_of, names_of, past
from liuke.streaming.people import People


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a rule would have done from `first` to `last` (bank-local days, both included).

    matches, customers: of the bank's customers; share: of all of them. busiest: matches of the busiest day. desks: RMs
    and branches that would have got one; per_desk_day: mean matches a desk and workday; most_per_desk_day: of the
    busiest desk on its busiest day. by_day: matches of each day that had any; by_desk: of the ten busiest desks.
    too_wide: why it would not be activated, '' when it would.
    """

    rule: str
    first: date
    last: date
    events: int
    matches: int
    customers: int
    share: float
    busiest: int
    desks: int
    per_desk_day: float
    most_per_desk_day: int
    by_day: tuple[tuple[date, int], ...]
    by_desk: tuple[tuple[str, int], ...]
    too_wide: str
    newest: tuple[Match, ...] = ()


def replay(
    engine: Engine, sight: Sight, people: People, rule: Rule, catalogue: Catalogue, first: date,
    calendar: WorkCalendar, progress: Callable[[int], None] = lambda _: None,
) -> Replayed:  # fmt: skip
    """Replays the rule from `first` to the sight's day. catalogue: the one it was checked against.

    progress: told the number of events so far.

    Raises YourMistake when `first` lies after that day.
    """
    last, zone = sight.tables.as_of.day, sight.tables.zone
    if first > last:
        raise YourMistake(f"the first day {first} lies after the last {last}", then="swap --from and --to")
    began = datetime.combine(first, time(), zone).astimezone(UTC)
    matches: list[Match] = []
    events = 0
    core = Core.start(rule_set([awake(rule)], catalogue, switched_on=(rule.code,)), zone)
    for batch in events_of(engine, past(sight, began - LOOK_BACK, names_of([rule]), heard([rule]))):
        events += len(batch)
        matches += _from(core.feed(batch), began)
        progress(events)
    ends = datetime.combine(last + timedelta(days=1), time(), zone)
    matches += _from(core.advance(_micros(ends)), began)
    return _told(rule, matches, events, people, (first, last), calendar)


def _micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def _from(found: Sequence[Match], began: datetime) -> Iterator[Match]:
    return (match for match in found if match.matched_at >= _micros(began))


def _told(
    rule: Rule, matches: list[Match], events: int, people: People, span: tuple[date, date], calendar: WorkCalendar
) -> Replayed:
    known = people.of({match.customer_id for match in matches})
    ours = [match for match in matches if match.customer_id in known]
    whose = [(known[m.customer_id].staff_id or known[m.customer_id].branch_id or "", _day(m, calendar)) for m in ours]
    desks = {desk for desk, _ in whose if desk}
    days = sum(calendar.is_workday(span[0] + timedelta(days=n)) for n in range((span[1] - span[0]).days + 1))
    days_of = Counter(day for _, day in whose)
    customers, everybody = len({m.customer_id for m in ours}), people.count()
    return Replayed(
        rule=rule.code, first=span[0], last=span[1], events=events, matches=len(ours), customers=customers,
        share=customers / everybody if everybody else 0.0,
        busiest=max(days_of.values(), default=0), desks=len(desks),
        per_desk_day=len(ours) / (len(desks) * days) if desks and days else 0.0,
        most_per_desk_day=max(Counter(pair for pair in whose if pair[0]).values(), default=0),
        by_day=tuple(sorted(days_of.items())),
        by_desk=tuple(sorted(Counter(d for d, _ in whose if d).items(), key=lambda pair: (-pair[1], pair[0]))[:10]),
        too_wide=_too_wide(rule, customers, everybody),
        newest=tuple(sorted(ours, key=lambda m: (-m.matched_at, m.customer_id))[:20]),
    )  # fmt: skip


def _day(match: Match, calendar: WorkCalendar) -> date:
    return datetime.fromtimestamp(match.matched_at / 1e6, calendar.zone).date()


def _too_wide(rule: Rule, customers: int, everybody: int) -> str:
    try:
        check_reach(rule, customers, everybody)
    except YourMistake as error:
        return str(error.what)
    return ""
