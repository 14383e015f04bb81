"""Distributions: how often people do something, on how many days, and how large a number of theirs is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import numpy as np

from liuke.engine import Engine
from liuke.errors import Said, YourMistake, coded, guess
from liuke.insight.behaviour.day_bits import bit_columns, streamed
from liuke.insight.behaviour.occurrences import occurrences
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.rhythm.asked import Deed, check_found, done, known_days

EDGES: Final = (1, 2, 3, 4, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Where bars of counts end; the last one is open."""
MOST_BARS: Final = 20
_GREATEST: Final = 1e300


@dataclass(frozen=True, slots=True)
class CountBar:
    """people did it `first` to `last` times (or on so many days); last None: or more often. times: theirs together."""

    first: int
    last: int | None
    people: int
    times: int


@dataclass(frozen=True, slots=True)
class CountReading:
    """people who did it at all, times together. median, p90: times of the person in the middle, and of the one above
    whom a tenth is: the least number that at least that share of people do not exceed. None for nobody.
    """

    people: int
    times: int
    median: int | None
    p90: int | None
    bars: tuple[CountBar, ...]

    @property
    def mean(self) -> float | None:
        """Times per person who did it."""
        return self.times / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class NumberBar:
    """Values from `above` up to, not including, `below`; the last bar holds everything from `above` on (below None)."""

    above: float
    below: float | None
    values: int


@dataclass(frozen=True, slots=True)
class NumberReading:
    """facts: all that are meant. values: those with a number; missing: without any value; no_numbers: with one that is
    no number, which enter nothing. The statistics are of the values, None without any; quantiles interpolate.
    """

    facts: int
    values: int
    missing: int
    no_numbers: int
    total: float | None
    mean: float | None
    median: float | None
    p90: float | None
    least: float | None
    greatest: float | None
    bars: tuple[NumberBar, ...]
    notes: tuple[Said, ...] = ()


def times_per_person(engine: Engine, population: Population, deed: Deed, period: Period) -> CountReading:
    """How often each person did it in the period; who never did is in no bar."""
    known = known_days(population, period)
    found = done(engine, population, deed, (known.first, known.last))
    persons = found.group_by("who").aggregate(n=found.count())
    # People are counted by n in the engine; there are few different n.
    table = engine.arrow(persons.group_by("n").aggregate(people=persons.count()))
    return _counted(engine, population, deed, known, {row["n"]: row["people"] for row in table.to_pylist()})


def days_per_person(engine: Engine, population: Population, deed: Deed, period: Period) -> CountReading:
    """Frequency: on how many days of the period each person did it."""
    known = known_days(population, period)
    found = done(engine, population, deed, (known.first, known.last))
    number = found.day.delta(ibis.literal(known.first), unit="day").cast("int64")
    found = engine.layer(found.select("who", n=number))
    bits = bit_columns("d", found.n, known.days)
    people: Counter[int] = Counter()
    for days in streamed(engine, found.group_by("who").aggregate(**bits), list(bits)):
        people.update(dict(enumerate(np.bincount(np.bitwise_count(days).sum(axis=0, dtype=np.int64)).tolist())))
    return _counted(engine, population, deed, known, {n: count for n, count in people.items() if count})


def numbers(
    engine: Engine,
    population: Population,
    deed: Deed,
    period: Period,
    *,
    column: str | None = None,
    property_: str | None = None,
) -> NumberReading:
    """How large a numeric column or property of the facts is. One of the two is given.

    Raises YourMistake for a column that is no number and for facts without properties.
    """
    _check_number(deed, column, property_)
    known = known_days(population, period)

    def text(rows: ir.Table) -> ir.Value:
        if column is not None:
            return rows[column].cast("float64")
        return engine.json_text(rows[str(deed.what.facts.properties)], str(property_))

    found = occurrences(
        engine, population, [deed.what], (known.first, known.last), unit=deed.unit, carry=text
    )  # fmt: skip
    number = found.carried if column is not None else found.carried.try_cast("float64")
    # A text 'nan' or 'inf' reads as a number and would make every sum one; engines hold NaN to be the greatest.
    number = ibis.ifelse(number.abs() <= _GREATEST, number, ibis.null("float64"))
    rows = engine.materialise(found.select(number=number, is_missing=found.carried.isnull()))
    [row] = engine.arrow(rows.aggregate(**_statistics(rows))).to_pylist()
    bars = _number_bars(engine, rows, row)
    engine.release(rows)
    if not row["facts"]:
        check_found(engine, population, deed, known)
    return _number_reading(row, bars, column or str(property_))


def quantile_of(counts: Mapping[int, int], share: float) -> int | None:
    """The least number that at least `share` of people do not exceed. counts: people by number."""
    wanted, so_far = share * sum(counts.values()), 0
    for number in sorted(counts):
        so_far += counts[number]
        if so_far >= wanted:
            return number
    return None


def _counted(
    engine: Engine, population: Population, deed: Deed, period: Period, counts: Mapping[int, int]
) -> CountReading:  # fmt: skip
    """counts: people by number of times."""
    if not counts:
        check_found(engine, population, deed, period)
    edges: Sequence[int | None] = (*EDGES, None)
    bars, above = [], 0
    for edge in edges:
        mine = {n: people for n, people in counts.items() if n > above and (edge is None or n <= edge)}
        bars.append(CountBar(above + 1, edge, sum(mine.values()), sum(n * people for n, people in mine.items())))
        above = edge or above
    while len(bars) > 1 and not bars[-1].people:
        bars.pop()
    times = sum(n * people for n, people in counts.items())
    return CountReading(
        sum(counts.values()), times, quantile_of(counts, 0.5), quantile_of(counts, 0.9), tuple(bars)
    )  # fmt: skip


def _check_number(deed: Deed, column: str | None, property_: str | None) -> None:
    facts = deed.what.facts
    if (column is None) == (property_ is None):
        raise YourMistake(coded("number_one", "a distribution of numbers names one of column, property"))
    if property_ is not None and facts.properties is None:
        raise YourMistake(
            coded("no_properties", "rows of {table} have no properties; use `column`", table=deed.what.did),
            then="name a column of the rows",
        )
    numeric = [name for name, kind in facts.kinds.items() if kind == "number"]
    if column is not None and column not in numeric:
        raise YourMistake(
            coded("no_number_column", "{table} has no column of numbers called '{name}'; {hint}", table=deed.what.did,
                  name=column, **guess(column, numeric)),
            then="mend the column",
        )  # fmt: skip


def _statistics(rows: ir.Table) -> dict[str, ir.Value]:
    return {
        "facts": rows.count(),
        "values": rows.number.count(),
        "missing": rows.is_missing.cast("int64").sum(),
        "total": rows.number.sum(),
        "mean": rows.number.mean(),
        "median": rows.number.quantile(0.5),
        "p90": rows.number.quantile(0.9),
        "most": rows.number.quantile(0.99),
        "least": rows.number.min(),
        "greatest": rows.number.max(),
    }


def _number_bars(engine: Engine, rows: ir.Table, row: Mapping[str, Any]) -> tuple[NumberBar, ...]:
    """Bars of a round width; what is beyond the 99th percentile stands in the last one, so that few flatten nothing."""
    if not row["values"]:
        return ()
    width = round_width(row["most"] - row["least"])
    low = math.floor(row["least"] / width)
    count = min(math.floor(row["most"] / width) - low + 1, MOST_BARS)
    # Whole edges are compared, as numbers people read: 0.3 / 0.1 is less than 3.
    edges = [round((low + i) * width, 12) for i in range(count + 1)]
    place = sum((ibis.ifelse(rows.number >= edge, 1, 0) for edge in edges[1:-1]), start=ibis.literal(0))
    placed = rows.filter(rows.number.notnull()).select(place=place)
    table = engine.arrow(placed.group_by("place").aggregate(values=placed.count()))
    found = {r["place"]: r["values"] for r in table.to_pylist()}
    return tuple(
        NumberBar(edges[i], edges[i + 1] if i < count - 1 else None, found.get(i, 0)) for i in range(count)
    )  # fmt: skip


def round_width(span: float) -> float:
    """1, 2 or 5 times a power of ten, so that at most MOST_BARS - 1 cover the span.

    >>> round_width(170.0), round_width(0.0)
    (10.0, 1.0)
    """
    if span <= 0:
        return 1.0
    least = span / (MOST_BARS - 2)
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * step for step in (1, 2, 5, 10) if power * step >= least)


def _number_reading(row: Mapping[str, Any], bars: tuple[NumberBar, ...], name: str) -> NumberReading:
    missing = row["missing"] or 0
    wrong = row["facts"] - row["values"] - missing
    notes = (
        coded("no_numbers", "{n} of {facts} values of '{name}' are no number and are left out", n=wrong,
              facts=row["facts"], name=name),
    )  # fmt: skip
    return NumberReading(
        row["facts"], row["values"], missing, wrong, row["total"], row["mean"], row["median"], row["p90"],
        row["least"], row["greatest"], bars, notes if wrong else (),
    )  # fmt: skip
