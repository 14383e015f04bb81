"""When a customer is best reached: hour by weekday, learned from when they were active and when they answered.

A customer leaves few traces, so three steps keep chance from looking like a habit: traces are spread over the
neighbouring hours (a triangular kernel), each weekday is drawn towards the customer's own mean day, and the whole
towards the evenness of the permitted hours, each by so many traces' worth of weight (additive smoothing with the
coarser level as prior, MacKay and Peto 1995). Ours and modest: it orders hours, it predicts no answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from liuke.insight.known import BankTables

LOOK_BACK_DAYS: Final = 180
SLOT_SECONDS: Final = 1800
"""Traces are counted by half hour, which no time zone's offset cuts (but for Nepal's and Chatham's quarters)."""
WEIGHTS: Final[Mapping[str, float]] = {"event": 1.0, "interaction": 2.0, "reached": 4.0, "missed": -1.0}
"""A call answered tells more about the next call than a log-in; one not answered speaks against its hour."""
FEWEST: Final = 12.0
"""Below this weight of traces nothing is recommended."""
DAY_PRIOR: Final = 8.0
WEEK_PRIOR: Final = 12.0
_KERNEL: Final = ((-1, 0.25), (0, 0.5), (1, 0.25))


@dataclass(frozen=True, slots=True)
class ContactWindow:
    """Hours at which the bank may call: from `opens` to before `closes`, local, on `weekdays` (0 = Monday).

    The default is the house's, see docs: 09:00-20:00 on workdays; a bank may widen it, never past 08:00-21:00.
    """

    opens: int = 9
    closes: int = 20
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)

    def __post_init__(self) -> None:
        if not 8 <= self.opens < self.closes <= 21:
            raise ValueError("a contact window lies within 08:00-21:00")


@dataclass(frozen=True, slots=True)
class BestSpan:
    """Two hours in a row. weekdays: where they are best; `hour` is the first, local. lift: against an even day."""

    weekdays: tuple[int, ...]
    hour: int
    lift: float


@dataclass(frozen=True, slots=True)
class ContactHours:
    """shares: weekday → share of each permitted hour; all of the week add up to 1. traces: weight behind it.

    best: the best two hours of the week first, at most two; empty when the traces are too few to say.
    """

    window: ContactWindow
    shares: Mapping[int, tuple[float, ...]]
    traces: float
    best: tuple[BestSpan, ...]

    @property
    def enough(self) -> bool:
        """Whether anything may be recommended."""
        return bool(self.best)


def slot_rows(tables: BankTables, since: ir.DateValue) -> ir.Table:
    """Traces by half hour since `since`: source (event, interaction, reached, missed), slot (since 1970), count."""
    parts = [
        _slots(tables.event, since, ibis.literal("event")),
        _slots(tables.interaction, since, ibis.literal("interaction")),
        _slots(
            tables.contact.filter(tables.contact.channel == "phone"),
            since,
            ibis.ifelse(tables.contact.result == "not_reached", "missed", "reached"),
        ),
    ]
    return ibis.union(*parts)


def _slots(rows: ir.Table, since: ir.DateValue, source: ir.StringValue) -> ir.Table:
    mine = rows.filter(rows.business_date >= since)
    slots = mine.select(source=source, slot=mine.occurred_at.epoch_seconds() // SLOT_SECONDS)
    return slots.group_by("source", "slot").aggregate(traces=slots.count())


def local_traces(rows: Iterable[Mapping[str, Any]], zone: ZoneInfo) -> dict[tuple[int, int], float]:
    """The rows of `slot_rows` as weight per (weekday, local hour)."""
    found: dict[tuple[int, int], float] = {}
    for row in rows:
        local = datetime.fromtimestamp(int(row["slot"]) * SLOT_SECONDS, UTC).astimezone(zone)
        place = (local.weekday(), local.hour)
        # Twenty views in one half hour are one sign of being there.
        weight = min(int(row["traces"]), 3) ** 0.5 * WEIGHTS[row["source"]]
        found[place] = found.get(place, 0.0) + weight
    return found


def best_hours(traces: Mapping[tuple[int, int], float], window: ContactWindow | None = None) -> ContactHours:
    """The rhythm within the permitted hours. traces: (weekday, hour) → weight; outside the window they only spread
    into its edges.
    """
    allowed = window or ContactWindow()
    hours = range(allowed.opens, allowed.closes)
    spread = {day: [_near(traces, day, hour) for hour in hours] for day in allowed.weekdays}
    mean_day = [sum(spread[day][i] for day in allowed.weekdays) for i in range(len(hours))]
    weight = sum(mean_day)
    even = 1.0 / len(hours)
    usual = [(n + WEEK_PRIOR * even) / (weight + WEEK_PRIOR) for n in mean_day]
    raw = {
        day: [n + DAY_PRIOR * u * len(allowed.weekdays) / 5 for n, u in zip(spread[day], usual, strict=True)]
        for day in allowed.weekdays
    }
    total = sum(map(sum, raw.values()))
    shares = {day: tuple(n / total for n in row) for day, row in raw.items()}
    best = _best(shares, allowed) if weight >= FEWEST else ()
    return ContactHours(allowed, shares, weight, best)


def _near(traces: Mapping[tuple[int, int], float], day: int, hour: int) -> float:
    return max(0.0, sum(part * traces.get((day, hour + by), 0.0) for by, part in _KERNEL))


def _best(shares: Mapping[int, tuple[float, ...]], window: ContactWindow) -> tuple[BestSpan, ...]:
    """The best two hours on the days that share them, and the best apart from those."""
    spans = max(1, window.closes - window.opens - 1)
    even = 2.0 / (len(window.weekdays) * (window.closes - window.opens))
    worth = {
        (day, i): row[i] + (row[i + 1] if i + 1 < len(row) else 0.0)
        for day, row in shares.items()
        for i in range(spans)
    }
    found: list[BestSpan] = []
    taken: set[int] = set()
    while len(found) < 2:
        left = {place: value for place, value in worth.items() if all(abs(place[1] - i) > 1 for i in taken)}
        if not left or max(left.values()) <= even * 1.15:
            break
        (_day, start), top = max(left.items(), key=lambda pair: (pair[1], -pair[0][1], -pair[0][0]))
        days = tuple(sorted(day for day in shares if worth[day, start] >= 0.85 * top))
        found.append(BestSpan(days, window.opens + start, top / even))
        taken.add(start)
    return tuple(found)


__all__ = ["BestSpan", "ContactHours", "ContactWindow", "best_hours", "local_traces", "slot_rows"]
