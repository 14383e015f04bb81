"""Retention asked of a population: the whole, by groups, and who stands behind one cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import Said, coded
from liuke.insight.behaviour.breakdown import Breakdown, Group, group_of, told, top_values
from liuke.insight.behaviour.happening import check_names, hides_names
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.behaviour.reach import begins, check_period, check_reached
from liuke.insight.retention import reading
from liuke.insight.retention.breaking import of_everybody, told_apart, top_returns, with_group, with_values
from liuke.insight.retention.cohorts import Cohort, Grid, check_size
from liuke.insight.retention.counting import count_returns
from liuke.insight.retention.own_clock import rolling_returns
from liuke.insight.retention.reading import RetentionReading, read_counts
from liuke.insight.retention.returns import Facts, calendar_returns, facts_of, first_looked_at
from liuke.insight.retention.spec import KeptAssets, Retention
from liuke.insight.rules.references import Names


def retention(engine: Engine, population: Population, asked: Retention, period: Period) -> RetentionReading:
    """Who came back, by cohort and period.

    period: bounds entry only; returns are looked for as far as the as-of day. Raises YourMistake for a period that
    begins after the as-of day, for names that no event bears, for more cohorts times periods than can be read.
    """
    grid = grid_of(population, asked, period)
    rows = returns_of(engine, population, asked, grid)
    counts = count_returns(engine, rows, grid, lost_after=asked.lost_after, or_after=_or_after(asked))[None]
    if grid.rolling:
        engine.release(rows)
    if hides_names(asked.asked) or not any(sum(mine.returned) for mine in counts):
        check_reached(engine, population, asked.asked, period)
        days = (min(first_looked_at(asked, grid), grid.begins(0)), min(grid.last_day, population.data.day))
        check_names(engine, population.data, asked.asked, days)
    notes = _notes(engine, population, asked, grid)
    return read_counts(grid, population, counts, or_after=_or_after(asked), notes=notes)


def _notes(engine: Engine, population: Population, asked: Retention, grid: Grid) -> tuple[Said, ...]:
    """Where facts do not reach back as far as is looked for earlier starts."""
    opens = first_looked_at(asked, grid)
    if opens == grid.period.first:
        return ()
    since = begins(engine, population, [asked.start], opens)
    if since is None or since == opens:
        return ()
    return (coded("look_back_short", "data begin on {first}: who started before that counts as new", first=since),)


def retention_groups(
    engine: Engine, population: Population, asked: Retention, period: Period, by: Breakdown, names: Names | None = None
) -> dict[Group, RetentionReading]:
    """The same per value of a breakdown: the MOST_VALUES with most people, most first; then who has none; then the
    rest together. names: tags and segments that may be named. Raises as `retention`, and for what `by` cannot be.

    A column or property is that of the start (touch first), or of the return (touch last): then everybody stands in
    every group, and only coming back with a fact of that value is coming back.
    """
    grid = grid_of(population, asked, period)
    if by.of_fact and by.touch == "last":
        return _groups_of_returns(engine, population, asked, grid, by)
    rows = returns_of(engine, population, asked, grid)
    valued = engine.materialise(with_values(engine, population, asked, grid, rows, by, names or Names()))
    found = read_groups(
        engine, population, grid, valued, lost_after=asked.lost_after, or_after=_or_after(asked)
    )  # fmt: skip
    for made in (valued, rows) if grid.rolling else (valued,):
        engine.release(made)
    return found


def _groups_of_returns(
    engine: Engine, population: Population, asked: Retention, grid: Grid, by: Breakdown
) -> dict[Group, RetentionReading]:
    """Of all who entered, who came back with a fact of each value: in order of people who did."""
    facts = facts_of(engine, population, asked, grid, back=by)
    shown = top_returns(engine, facts)
    apart = replace(facts, rows=told_apart(facts.rows, shown))
    every, rows = (returns_of(engine, population, asked, grid, each) for each in (facts, apart))
    whole = count_returns(engine, every, grid, lost_after=asked.lost_after, or_after=_or_after(asked))[None]
    counts = count_returns(
        engine, with_group(rows), grid, lost_after=asked.lost_after, or_after=_or_after(asked), groups="_group"
    )  # fmt: skip
    if grid.rolling:
        engine.release(every)
        engine.release(rows)
    order = [*(f"={value}" for value in shown), "?", "+"]
    found = {group: of_everybody(whole, counts[group]) for group in order if group in counts}
    return {told(g): read_counts(grid, population, mine, or_after=_or_after(asked)) for g, mine in found.items()}


def read_groups(
    engine: Engine, population: Population, grid: Grid, valued: ir.Table, *, lost_after: int, or_after: bool
) -> dict[Group, RetentionReading]:  # fmt: skip
    """Rows of returns with `value`, by group: most people first, then who has none, then the rest."""
    shown = top_values(engine, valued.group_by("value").aggregate(people=valued.count()))
    marked = valued.mutate(_group=group_of(valued.value, shown))
    counts = count_returns(engine, marked, grid, lost_after=lost_after, or_after=or_after, groups="_group")
    found = {told(str(group)): read_counts(grid, population, mine, or_after=or_after) for group, mine in counts.items()}
    places = {"value": 0, "missing": 1, "rest": 2}
    return dict(sorted(found.items(), key=lambda g: (places[g[0].kind], -g[1].people, g[0].value or "")))


def grid_of(population: Population, asked: Retention, period: Period) -> Grid:
    """The cohorts and periods of the question. Raises as `retention`."""
    check_period(population, period)
    grid = Grid(period, asked.every, asked.periods, rolling=asked.clock == "rolling")
    check_size(grid)
    return grid


def returns_of(
    engine: Engine, population: Population, asked: Retention, grid: Grid, facts: Facts | None = None
) -> ir.Table:  # fmt: skip
    """who, cohort, returned (bits by period), is_new; see returns.py. Lazy, or to be released when the clock rolls.

    facts: what is looked at, by default all that was asked for.
    """
    facts = facts or facts_of(engine, population, asked, grid)
    return rolling_returns(engine, facts, asked, grid) if grid.rolling else calendar_returns(engine, facts, asked, grid)


def people_of_cell(
    engine: Engine, population: Population, asked: Retention, period: Period, cohort: int, k: int, *, returned: bool
) -> ir.Table:  # fmt: skip
    """customer_id of who entered the cohort and came back in period k, or did not (yet). Release it after use.

    Visitors that are no known customer are left out.
    """
    grid = grid_of(population, asked, period)
    every = rows = returns_of(engine, population, asked, grid)
    found = engine.materialise(in_cells(asked, rows, [cohort], k, returned=returned))
    if grid.rolling:
        engine.release(every)
    return found


def in_cells(
    asked: Retention | KeptAssets, rows: ir.Table, cohorts: Sequence[int], k: int, *, returned: bool
) -> ir.Table:  # fmt: skip
    """customer_id, each once, of who came back in period k of one of the cohorts, or did not. rows: `returns_of`."""
    moved = rows.returned >> k
    came = moved != 0 if _or_after(asked) else (moved & 1) == 1
    among = rows.cohort.isin(list(cohorts)) if cohorts else ibis.literal(False)
    rows = rows.filter(among, came if returned else ~came, ~rows.who.startswith("~"))
    return rows.select(customer_id="who").distinct()


def is_mature(asked: Retention | KeptAssets, grid: Grid, cohort: Cohort, k: int, population: Population) -> bool:
    """Whether who has not come back in period k of the cohort cannot any more."""
    return reading.is_mature(grid, cohort, k, population, _or_after(asked))


def _or_after(asked: Retention | KeptAssets) -> bool:
    return isinstance(asked, Retention) and asked.counting == "on_or_after"
