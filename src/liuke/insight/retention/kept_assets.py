"""Retention of assets: which share of customers kept at least so much of the AUM with which their cohort began."""

from __future__ import annotations

from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.errors import YourMistake, coded
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.behaviour.reach import check_period
from liuke.insight.facts import assets_on
from liuke.insight.known import BankTables
from liuke.insight.retention.cohorts import Grid, check_size
from liuke.insight.retention.counting import count_returns
from liuke.insight.retention.reading import RetentionReading, read_counts
from liuke.insight.retention.spec import KeptAssets

MOST_DAYS: Final = 200
"""Balances of so many days are put side by side, a column each."""
_PARTS: Final = 10_000
"""A share counts to a hundredth of a percent, so that amounts compare as whole numbers."""


def kept_assets(
    engine: Engine, population: Population, tables: BankTables, asked: KeptAssets, period: Period
) -> RetentionReading:  # fmt: skip
    """Who kept their AUM, by cohort and period. tables: as of the same day as the population's data.

        share 0.8, monthly      AUM 01-01  01-31  02-28  03-31      period: 0    1    2
        C1, cohort of January   100        90     79     80                 yes  no   yes
        C2, cohort of January   -                                           in no cohort: nothing to keep

    AUM of a day as in `facts.assets_on`: at its end, carried forward. Raises YourMistake for a period that begins after
    the as-of day and for more cohorts, periods or days than can be read.
    """
    check_period(population, period)
    grid = Grid(period, asked.every, asked.periods)
    check_size(grid)
    assets = engine.materialise(_assets(population, tables, _days(grid, population)))
    rows = _rows(engine, assets, grid, population, asked.share)
    counts = count_returns(engine, rows, grid, lost_after=asked.lost_after, or_after=False)[None]
    engine.release(assets)
    return read_counts(grid, population, counts, or_after=False)


def _days(grid: Grid, population: Population) -> tuple[date, ...]:
    """Every day whose AUM matters and is known, rising."""
    days = sorted({d for d in (*_firsts(grid), *_ends(grid)) if d <= population.data.day})
    if len(days) > MOST_DAYS:
        raise YourMistake(
            coded("retention_days", "AUM of {days} days would be compared; at most {most}", days=len(days),
                  most=MOST_DAYS),
            expected="fewer cohorts or periods",
            then="choose weeks or months instead of days, or fewer days",
        )  # fmt: skip
    return tuple(days)


def _firsts(grid: Grid) -> list[date]:
    return [cohort.first for cohort in grid.cohorts]


def _ends(grid: Grid) -> list[date]:
    return [grid.ends(p) for p in range(len(grid.cohorts) + grid.periods)]


def _assets(population: Population, tables: BankTables, days: tuple[date, ...]) -> ir.Table:
    """who, and fen of each day, named by it."""
    found = assets_on(tables, days)
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
