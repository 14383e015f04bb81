"""Who entered a funnel, how far each got and when: one row per person, of which every reading is a question."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from liuke.engine import Engine
from liuke.errors import YourMistake, coded
from liuke.insight.behaviour.happening import check_names
from liuke.insight.behaviour.occurrences import occurrences
from liuke.insight.behaviour.population import Period, Population, beginning
from liuke.insight.behaviour.sequences import arrays, sequences
from liuke.insight.funnel import loops
from liuke.insight.funnel.spec import Funnel

_ORDERS: Final = {"ordered": loops.ORDERED, "strict": loops.STRICT, "any": loops.ANY}
_MICROSECOND: Final = timedelta(microseconds=1)


def entrants(engine: Engine, population: Population, funnel: Funnel, period: Period) -> ir.Table:
    """The kept entry of everybody who entered in the period: who, depth, at_1 … at_n (UTC, null where not reached),
    is_open. Release it after use.

        who  depth  at_1         at_2         is_open      window 7d, as-of day 03-05
        C1   2      03-01 10:00  03-01 10:04  false
        C2   1      03-03 09:00  -            true         may still do the second step

    period: bounds the first step only; later ones count until the window ends, as far as the as-of day. is_open:
    whether an entry that did not get to the end still may. Raises YourMistake for names that no event bears, and for a
    period that begins after the as-of day.
    """
    check_period(population, period)
    days = (period.first, min(population.data.day, period.last + funnel.lasts + timedelta(days=1)))
    found = occurrences(
        engine, population, funnel.asked, days, unit=funnel.unit, every=funnel.order == "strict"
    )  # fmt: skip
    origin = beginning(days[0] - timedelta(days=1), population.zone)
    reader = pa.RecordBatchReader.from_batches(_schema(funnel), _batches(engine, found, funnel, period, origin))
    kept = engine.from_arrow(reader)
    if funnel.exclusions or engine.count(kept.filter(kept.depth == len(funnel.steps))) == 0:
        check_names(engine, population.data, funnel.asked, days)
    late = ibis.literal(population.ends)
    window = ibis.interval(seconds=int(funnel.lasts.total_seconds()))
    return kept.mutate(is_open=(kept.depth < len(funnel.steps)) & (kept.at_1 + window >= late))


def check_period(population: Population, period: Period) -> None:
    """Raises YourMistake where nothing of the period is known yet."""
    if period.first > population.data.day:
        raise YourMistake(
            coded("period_ahead", "the period begins on {first}, data end on {day}", first=period.first,
                  day=population.data.day),
            expected="a first day that data have reached",
            then="choose an earlier period, or run the days in between",
        )  # fmt: skip


def _schema(funnel: Funnel) -> pa.Schema:
    moment = pa.timestamp("us", "UTC")
    steps = [pa.field(f"at_{k}", moment) for k in range(1, len(funnel.steps) + 1)]
    return pa.schema([pa.field("who", pa.string()), pa.field("depth", pa.int64()), *steps])


def _batches(
    engine: Engine, found: ir.Table, funnel: Funnel, period: Period, origin: datetime
) -> Iterator[pa.RecordBatch]:  # fmt: skip
    steps, schema = len(funnel.steps), _schema(funnel)
    bans = np.array(
        [(steps + i, one.after - 1, (one.before or steps) - 1) for i, one in enumerate(funnel.exclusions)], np.int64
    ).reshape(-1, 3)
    first, end = ((moment - origin) // _MICROSECOND for moment in (period.begins, period.ends))
    terms = loops.Terms(steps, _ORDERS[funnel.order], funnel.lasts // _MICROSECOND, first, end, bans)
    zero = int(origin.timestamp()) * 1_000_000
    for who, lists in sequences(engine, found, len(funnel.asked), origin):
        offsets, marks = arrays(lists)
        depth, at = loops.entries(offsets, marks, terms)
        entered = np.flatnonzero(depth)
        moments = [pa.array(at[entered, k] + zero, mask=at[entered, k] < 0) for k in range(steps)]
        columns = [who.take(pa.array(entered)).cast(pa.string()), pa.array(depth[entered]),
                   *(m.cast(pa.int64()).cast(schema.field("at_1").type) for m in moments)]  # fmt: skip
        yield pa.RecordBatch.from_arrays(columns, schema=schema)
