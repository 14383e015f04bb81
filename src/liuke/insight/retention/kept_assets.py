"""Retention of assets: which share of customers kept at least so much of the AUM with which their cohort began."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import YourMistake, coded
from liuke.insight.behaviour.breakdown import Breakdown, Group, values_of_customers
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.behaviour.reach import check_period
from liuke.insight.retention.cohorts import Grid, check_size
from liuke.insight.retention.counting import count_returns
from liuke.insight.retention.reading import RetentionReading, read_counts
from liuke.insight.retention.retained import in_cells, read_groups
from liuke.insight.retention.spec import MOST_ASSET_DAYS, KeptAssets
from liuke.insight.rules.references import Names

_PARTS: Final = 10_000
"""A share counts to a hundredth of a percent, so that amounts compare as whole numbers."""


def kept_assets(engine: Engine, population: Population, asked: KeptAssets, period: Period) -> RetentionReading:
    """Who kept their AUM, by cohort and period.

        share 0.8, monthly      AUM 01-01  01-31  02-28  03-31      period: 0    1    2
        C1, cohort of January   100        90     79     80                 yes  no   yes
        C2, cohort of January   -                                           in no cohort: nothing to keep

    AUM of a day as in `facts.assets_on`: at its end, carried forward. Raises YourMistake for a period that begins after
    the as-of day and for more cohorts, periods or days than can be read.
    """
    grid = assets_grid(population, asked, period)
    with kept_rows(engine, population, asked, grid) as rows:
        counts = count_returns(engine, rows, grid, lost_after=asked.lost_after, or_after=False)[None]
    return read_counts(grid, population, counts, or_after=False)


def kept_assets_groups(
    engine: Engine, population: Population, asked: KeptAssets, period: Period, by: Breakdown, names: Names | None = None
) -> dict[Group, RetentionReading]:
    """The same per value of what is known of the customer, in the order of `retained.retention_groups`. Raises
    YourMistake for a property or column: there is no fact with which somebody enters.
    """
    if by.of_fact:
        raise YourMistake(
            coded("assets_by_fact", "assets kept are told apart by what is known of the customer, not by a fact"),
            expected="attribute, tag or segment",
            then="choose another breakdown",
        )
    grid = assets_grid(population, asked, period)
    with kept_rows(engine, population, asked, grid) as rows:
        values = values_of_customers(engine, population, by, names or Names())
        valued = engine.materialise(rows.left_join(values, "who").drop("who_right"))
    found = read_groups(engine, population, grid, valued, lost_after=asked.lost_after, or_after=False)
    engine.release(valued)
    return found


def people_of_assets(
    engine: Engine, population: Population, asked: KeptAssets, period: Period, cohort: int, k: int, *, kept: bool
) -> ir.Table:  # fmt: skip
    """customer_id of who entered the cohort and kept the share in period k, or did not (yet). Release it after use."""
    grid = assets_grid(population, asked, period)
    with kept_rows(engine, population, asked, grid) as rows:
        return engine.materialise(in_cells(asked, rows, [cohort], k, returned=kept))


def assets_grid(population: Population, asked: KeptAssets, period: Period) -> Grid:
    """The cohorts and periods of the question. Raises as `kept_assets`."""
    check_period(population, period)
    grid = Grid(period, asked.every, asked.periods)
    check_size(grid)
    return grid


@contextmanager
def kept_rows(engine: Engine, population: Population, asked: KeptAssets, grid: Grid) -> Iterator[ir.Table]:
    """who, cohort, returned, is_new (returns.py), for the length of a block; lazily over balances that are held."""
    assets = engine.materialise(_assets(population, _days(grid, population)))
    try:
        yield _rows(engine, assets, grid, population, asked.share)
    finally:
        engine.release(assets)


def _days(grid: Grid, population: Population) -> tuple[date, ...]:
    """Every day whose AUM matters and is known, rising."""
    days = sorted({d for d in (*_firsts(grid), *_ends(grid)) if d <= population.data.day})
    if len(days) > MOST_ASSET_DAYS:
        raise YourMistake(
            coded("retention_days", "AUM of {days} days would be compared; at most {most}", days=len(days),
                  most=MOST_ASSET_DAYS),
            expected="fewer cohorts or periods",
            then="choose weeks or months instead of days, or fewer days",
        )  # fmt: skip
    return tuple(days)


def _firsts(grid: Grid) -> list[date]:
    return [cohort.first for cohort in grid.cohorts]


def _ends(grid: Grid) -> list[date]:
    return [grid.ends(p) for p in range(len(grid.cohorts) + grid.periods)]


def _assets(population: Population, days: tuple[date, ...]) -> ir.Table:
    """who, and fen of each day, named by it."""
    assert population.data.assets is not None
    found = population.data.assets(days)
    if population.customers is not None:
        found = found.semi_join(population.customers, "customer_id")
    fen = {_name(day): (found[f"aum_{i}"] * 100).cast("int64") for i, day in enumerate(days)}
    return found.select(who="customer_id", **fen)


def _name(day: date) -> str:
    return f"fen_{day:%Y%m%d}"


def _rows(engine: Engine, assets: ir.Table, grid: Grid, population: Population, share: float) -> ir.Table:
    """who, cohort, returned, is_new; see returns.py."""
    known, unknown = population.data.day, ibis.literal(-1, "int64")
    firsts = [assets[_name(day)] if day <= known else unknown for day in _firsts(grid)]
    ends = [assets[_name(day)] if day <= known else unknown for day in _ends(grid)]
    first = ibis.cases(*((fen > 0, c) for c, fen in enumerate(firsts)), else_=-1)
    spread = assets.select(
        "who",
        first=first.cast("int64"),
        began=ibis.array(firsts),
        ended=ibis.array(ends),
        cohort=ibis.range(0, len(firsts)).unnest(),
    )
    spread = engine.layer(spread)
    spread = engine.layer(spread.mutate(cohort=spread.cohort.cast("int64")))
    rows = engine.layer(spread.mutate(_began=spread.began[spread.cohort.cast("int32")]))
    rows = rows.filter(rows["_began"] > 0)
    least = rows["_began"] * round(share * _PARTS)
    bits = ibis.literal(0, "int64")
    for k in range(grid.periods + 1):
        kept = rows.ended[rows.cohort.cast("int32") + k] * _PARTS >= least
        bits = bits + ibis.ifelse(kept, ibis.literal(1 << k, "int64"), ibis.literal(0, "int64"))
    return rows.select("who", "cohort", returned=bits, is_new=rows.cohort == rows["first"])
