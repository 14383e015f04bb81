"""What a funnel says: steps with conversion and times, its course over the days of entry, groups, who stopped where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.behaviour.breakdown import Group, group_of, told, top_values
from liuke.insight.behaviour.durations import Every
from liuke.stats.compare import Interval, difference_of_proportions, proportion

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
EDGES: Final = (
    10, 30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 6 * _HOUR, 12 * _HOUR,
    _DAY, 2 * _DAY, 3 * _DAY, 7 * _DAY, 14 * _DAY, 30 * _DAY, 60 * _DAY, 90 * _DAY, 180 * _DAY, 366 * _DAY,
)  # fmt: skip
"""Where the bars of the time to convert end, seconds."""


@dataclass(frozen=True, slots=True)
class StepReading:
    """One step. number: from 1. people: who got there. share: of those who entered; from_previous: of those who got to
    the step before, with Wilson's interval; None for nobody. median, p90: seconds since the step before, of those who
    got there. waiting: stopped just before it with their window still open.
    """

    number: int
    people: int
    share: float | None
    from_previous: Interval | None
    median: float | None
    p90: float | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Bar:
    """So many people converted after more than `above` and at most `upto` seconds; the first bar holds 0 too."""

    above: int
    upto: int
    people: int


@dataclass(frozen=True, slots=True)
class EntryDay:
    """Who entered from this day on (a day, a week, a month) and got to the end. is_mature: nobody's window is open."""

    day: date
    people: int
    converted: int
    waiting: int

    @property
    def is_mature(self) -> bool:
        """Whether the share can only have been what it is."""
        return self.waiting == 0

    @property
    def share(self) -> float | None:
        """Converted of those who entered."""
        return self.converted / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class FunnelReading:
    """steps: in order. people: who entered. waiting: of them who may still go on. took: how long the whole way took
    those who got to the end, median and p90 in seconds; bars: the same as a histogram.
    """

    steps: tuple[StepReading, ...]
    median: float | None
    p90: float | None
    bars: tuple[Bar, ...]

    @property
    def people(self) -> int:
        """Who entered."""
        return self.steps[0].people

    @property
    def converted(self) -> int:
        """Who got to the end."""
        return self.steps[-1].people

    @property
    def waiting(self) -> int:
        """Who did not get to the end and may still: the shares are floors while there are any."""
        return sum(step.waiting for step in self.steps)

    @property
    def conversion(self) -> Interval | None:
        """The share that got to the end."""
        return proportion(self.converted, self.people)


def read_steps(engine: Engine, found: ir.Table, steps: int, window: timedelta) -> FunnelReading:
    """found: entrants (entrants.py) of a funnel of so many steps."""
    [row] = engine.arrow(found.aggregate(**_measures(found, steps))).to_pylist()
    return _reading(row, steps, _bars(engine, found, steps, window))


def read_groups(engine: Engine, found: ir.Table, steps: int) -> dict[Group, FunnelReading]:
    """Per value the same without a histogram, most people first, then who has none, then the rest.

    found: entrants with `value` (breaking.py).
    """
    shown = top_values(engine, found.group_by("value").aggregate(people=found.count()))
    marked = found.mutate(_group=group_of(found.value, shown))
    rows = engine.arrow(marked.group_by("_group").aggregate(**_measures(marked, steps))).to_pylist()
    readings = {told(row["_group"]): _reading(row, steps, ()) for row in rows}
    places = {"value": 0, "missing": 1, "rest": 2}
    order = sorted(readings, key=lambda g: (places[g.kind], -readings[g].people, g.value or ""))
    return {group: readings[group] for group in order}


def read_trend(
    engine: Engine, found: ir.Table, steps: int, by: Every = "day"
) -> tuple[EntryDay, ...]:  # fmt: skip
    """By day of entry, or by the first day of its week (Monday) or month; spans without entrants are left out."""
    begins = found.day if by == "day" else found.day.truncate("W" if by == "week" else "M").cast("date")
    rows = found.mutate(_from=begins)
    table = rows.group_by("_from").aggregate(
        people=rows.count(), converted=(rows.depth == steps).sum(), waiting=rows.is_open.sum()
    )
    return tuple(
        EntryDay(row["_from"], row["people"], row["converted"], row["waiting"] or 0)
        for row in engine.arrow(table.order_by("_from")).to_pylist()
    )


def compared(now: FunnelReading, before: FunnelReading, level: float = 0.95) -> tuple[Interval | None, ...]:
    """Per step the share of entrants that got there now minus before (Newcombe's interval), None where nobody entered.

    Who entered in both is taken for two people, which widens the interval at worst.
    """
    pairs = zip(now.steps, before.steps, strict=True)
    return tuple(
        difference_of_proportions(a.people, now.people, b.people, before.people, level) for a, b in pairs
    )  # fmt: skip


def stopped_at(found: ir.Table, step: int, *, waiting: bool = False) -> ir.Table:
    """customer_id of who got to the step and not to the next. waiting: also those who may still go on.

    Visitors that are no known customer are left out.
    """
    rows = found.filter(found.depth == step) if waiting else found.filter(found.depth == step, ~found.is_open)
    return rows.filter(~rows.who.startswith("~")).select(customer_id="who")


def reached(found: ir.Table, step: int) -> ir.Table:
    """customer_id of who got to the step."""
    rows = found.filter(found.depth >= step)
    return rows.filter(~rows.who.startswith("~")).select(customer_id="who")


def _measures(found: ir.Table, steps: int) -> dict[str, ir.Value]:
    made: dict[str, ir.Value] = {}
    for k in range(1, steps + 1):
        made[f"people_{k}"] = (found.depth >= k).sum()
        made[f"waiting_{k}"] = ((found.depth == k - 1) & found.is_open).sum()
        if k > 1:
            took = _seconds(found[f"at_{k - 1}"], found[f"at_{k}"])
            made |= {f"median_{k}": took.quantile(0.5), f"p90_{k}": took.quantile(0.9)}
    whole = _seconds(found.at_1, found[f"at_{steps}"])
    return {**made, "median": whole.quantile(0.5), "p90": whole.quantile(0.9)}


def _seconds(begun: ir.Column, over: ir.Column) -> ir.FloatingColumn:
    return over.delta(begun, unit="microsecond").cast("float64") / 1e6


def _reading(row: dict[str, Any], steps: int, bars: tuple[Bar, ...]) -> FunnelReading:
    people = [row[f"people_{k}"] or 0 for k in range(1, steps + 1)]
    read = tuple(
        StepReading(
            k, people[k - 1], people[k - 1] / people[0] if people[0] else None,
            proportion(people[k - 1], people[k - 2]) if k > 1 else None,
            _time(row, f"median_{k}"), _time(row, f"p90_{k}"), row[f"waiting_{k}"] or 0,
        )
        for k in range(1, steps + 1)
    )  # fmt: skip
    median, p90 = (_time(row, name) if steps > 1 else None for name in ("median", "p90"))
    return FunnelReading(read, median, p90, bars)


def _time(row: dict[str, Any], name: str) -> float | None:
    """To the millisecond: engines interpolate quantiles with different last digits."""
    return round(row[name], 3) if row.get(name) is not None else None


def _bars(engine: Engine, found: ir.Table, steps: int, window: timedelta) -> tuple[Bar, ...]:
    """Empty for a funnel of one step."""
    if steps < 2:
        return ()
    edges = _edges(window)
    took = _seconds(found.at_1, found[f"at_{steps}"])
    done = found.filter(found.depth == steps)
    place = sum((ibis.ifelse(took > edge, 1, 0) for edge in edges[:-1]), start=ibis.literal(0))
    rows = engine.arrow(done.select(place=place).group_by("place").aggregate(people=ibis._.count())).to_pylist()
    counts = {row["place"]: row["people"] for row in rows}
    above: Sequence[int] = (0, *edges[:-1])
    return tuple(Bar(above[i], edge, counts.get(i, 0)) for i, edge in enumerate(edges))


def _edges(window: timedelta) -> tuple[int, ...]:
    whole = int(window.total_seconds())
    return (*(edge for edge in EDGES if edge < whole), whole)
