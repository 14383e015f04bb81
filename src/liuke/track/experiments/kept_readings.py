"""A reading as rows that are kept: what was said of each metric on that day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

import ibis.expr.types as ir
import pyarrow as pa

from liuke.engine import Engine
from liuke.tables import EXPERIMENT_READING
from liuke.track.experiment_reading import MetricReading
from liuke.track.experiments.judging import Kind
from liuke.track.experiments.reading import MONEY, RegisteredReading, plan_of
from liuke.track.experiments.verdict import significant, verdict


def reading_rows(found: RegisteredReading) -> pa.Table:
    """EXPERIMENT_READING rows: one per metric; of a refused reading the finding that refused it."""
    return pa.Table.from_pylist(list(_rows(found)), schema=EXPERIMENT_READING.arrow)


def _rows(found: RegisteredReading) -> Iterator[dict[str, Any]]:
    plan = plan_of(found.registration)
    refused = next((f.code for f in found.reading.findings if f.severity == "stop"), None)
    judged = verdict(found).kind
    for place, metric in enumerate(plan.metrics):
        seen = found.metric(metric.name)
        yield {
            "experiment": found.registration.code,
            "as_of": found.day,
            "metric": metric.name,
            "role": "primary" if place < plan.primary else "money" if metric.name == MONEY else "guardrail",
            "units": seen.units if seen else 0,
            "treated": seen.treated if seen else 0,
            "immature": found.immature.get(metric.name, 0),
            "refused": refused,
            "verdict": judged,
            "sign": significant(found, seen) if seen else 0,
            "text_hash": found.registration.version,
            **_numbers(seen),
        }


def _numbers(seen: MetricReading | None) -> dict[str, float | None]:
    if seen is None or seen.reading is None:
        return {}
    reading, wide = seen.reading, seen.reading.always_valid
    return {
        "estimate": reading.difference.value,
        "low": wide.low if wide else None,
        "high": wide.high if wide else None,
        "fixed_low": reading.fixed.low,
        "fixed_high": reading.fixed.high,
        "p": seen.p,
        "treated_mean": seen.means.treated if seen.means else None,
        "control_mean": seen.means.control if seen.means else None,
    }


@dataclass(frozen=True, slots=True)
class Kept:
    """What was said of one metric on one day; None where it was not known or not read. refused: why not. verdict: of
    the whole reading that day (verdict.Kind), sign: `verdict.significant`; None in rows older than these columns.
    """

    day: date
    metric: str
    role: str
    estimate: float | None
    low: float | None
    high: float | None
    fixed_low: float | None
    fixed_high: float | None
    units: int
    refused: str | None
    verdict: Kind | None
    sign: int | None


_NAMES: Final = [field.name for field in fields(Kept) if field.name != "day"]


def said_so_far(engine: Engine, readings: ir.Table, code: str, metric: str | None = None) -> tuple[Kept, ...]:
    """What was said of the experiment, oldest first: the interval over time. readings: EXPERIMENT_READING."""
    mine = readings.filter(readings.experiment == code)
    if metric is not None:
        mine = mine.filter(mine.metric == metric)
    rows = engine.arrow(mine.select(*_NAMES, day="as_of").order_by("day", "metric")).to_pylist()
    return tuple(Kept(**row) for row in rows)


def newest_readings(engine: Engine, readings: ir.Table) -> dict[str, tuple[Kept, ...]]:
    """The newest reading of every experiment by its code, metrics in order of their names, for lists, which cannot read
    everything anew. readings: EXPERIMENT_READING.
    """
    last = readings.group_by("experiment").aggregate(_last=readings.as_of.max())
    joined = readings.inner_join(last, ["experiment", readings.as_of == last["_last"]])
    rows = engine.arrow(joined.select("experiment", *_NAMES, day="as_of").order_by("experiment", "metric")).to_pylist()
    found: dict[str, tuple[Kept, ...]] = {}
    for row in rows:
        code = row.pop("experiment")
        found[code] = (*found.get(code, ()), Kept(**row))
    return found
