"""Rows of returns when periods run from each person's own start."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from liuke.engine import Engine
from liuke.insight.behaviour.population import beginning
from liuke.insight.behaviour.sequences import in_lists, looped, ordered, origin_of
from liuke.insight.retention import loops
from liuke.insight.retention.cohorts import Grid
from liuke.insight.retention.returns import Facts, first_looked_at
from liuke.insight.retention.spec import ROLLING, Retention

_SCHEMA: Final = pa.schema(
    [("who", pa.string()), ("cohort", pa.int64()), ("returned", pa.int64()), ("is_new", pa.bool_())]
)
_MICROSECOND: Final = timedelta(microseconds=1)


def rolling_returns(engine: Engine, facts: Facts, asked: Retention, grid: Grid) -> ir.Table:
    """As `calendar_returns`, made at once. Release it after use."""
    zone, opens = facts.population.zone, first_looked_at(asked, grid)
    origin = origin_of(opens, zone)
    days = [c.first for c in grid.cohorts] + [grid.period.last + timedelta(days=1)]
    terms = loops.Terms(
        opens=(beginning(opens, zone) - origin) // _MICROSECOND,
        bounds=np.array([(beginning(day, zone) - origin) // _MICROSECOND for day in days], np.int64),
        length=ROLLING[grid.every] // _MICROSECOND,
        periods=grid.periods,
        returns=facts.returns,
        once=asked.kind == "first_time",
    )

    def batch(who: pa.Array, offsets: Any, marks: Any) -> pa.RecordBatch:
        entries, cohort, bits, new = loops.rolling(offsets, marks, terms)
        columns = [who.take(pa.array(entries)).cast(pa.string()), pa.array(cohort), pa.array(bits), pa.array(new)]
        return pa.RecordBatch.from_arrays(columns, schema=_SCHEMA)

    return looped(engine, in_lists(engine, ordered(facts.rows), origin), batch, _SCHEMA)
