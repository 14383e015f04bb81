"""Days of rows that are kept by customer for questions about everybody, brought to what is known now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.lake import Lake, arranged
from liuke.tables import CUSTOMER_TRANSACTION, TAG_COVERAGE, Table

DAYS_BACK = 180
"""Days that are kept at least."""


def first_day(day: date) -> date:
    """The first day kept as of `day`: of its month, so that whole months leave together and rarely."""
    return (day - timedelta(days=DAYS_BACK - 1)).replace(day=1)


def kept_day(lake: Lake, engine: Engine) -> date | None:
    """The day as of which the rows were last brought up to date; None when that is not known.

    A run stores the tags' coverage right after them; one that leaves out what no decision reads does neither.
    """
    if lake.version(CUSTOMER_TRANSACTION) is None:  # a home that an older release ran last
        return None
    rows = lake.scan(engine, TAG_COVERAGE)
    day: date | None = engine.arrow(rows.aggregate(day=rows.as_of.max()))["day"][0].as_py()
    return day


def refresh_days(
    lake: Lake,
    engine: Engine,
    table: Table,
    counts: tuple[ir.Table, ir.Table],
    made: Callable[[list[date]], ir.Table],
    anew: Iterable[date] = (),
) -> int:
    """Writes the days anew whose number of rows differs, and those of `anew`; returns how many days.

    counts: business_date and n of what there should be and of what is stored. made: the rows of some days. Facts are
    never changed, only added (late files) or erased, so equal numbers mean equal rows.
    """
    now, then = ({row["business_date"]: row["n"] for row in engine.arrow(n).to_pylist()} for n in counts)
    changed = sorted({d for d in now.keys() | then.keys() if now.get(d) != then.get(d)} | {*anew})
    if not changed:
        return 0
    within = ", ".join(f"'{d}'" for d in changed)
    rows = arranged(made(changed).select(*table.names), table)
    lake.replace(table, engine.batches(rows), where=f"business_date IN ({within})")
    return len(changed)
