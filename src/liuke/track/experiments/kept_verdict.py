"""What kept readings say of each experiment: the newest of each, and the kind of verdict they come to.

For lists, which cannot read everything anew. `kept_kind` comes to what `verdict` comes to (tested).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.track.experiments.registration import Registration
from liuke.track.experiments.verdict import Kind

_NAMES = (
    "metric", "role", "estimate", "low", "high", "fixed_low", "fixed_high", "p", "units", "treated", "immature",
    "refused",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """One metric of one kept reading, as EXPERIMENT_READING."""

    day: date
    metric: str
    role: str
    estimate: float | None
    low: float | None
    high: float | None
    fixed_low: float | None
    fixed_high: float | None
    p: float | None
    units: int
    treated: int
    immature: int
    refused: str | None


def newest_readings(engine: Engine, readings: ir.Table) -> dict[str, tuple[Kept, ...]]:
    """The newest reading of every experiment by its code, metrics in order of their names. readings:
    EXPERIMENT_READING.
    """
    last = readings.group_by("experiment").aggregate(_last=readings.as_of.max())
    joined = readings.inner_join(last, ["experiment", readings.as_of == last["_last"]])
    rows = engine.arrow(joined.select("experiment", *_NAMES, day="as_of").order_by("experiment", "metric")).to_pylist()
    found: dict[str, tuple[Kept, ...]] = {}
    for row in rows:
        code = row.pop("experiment")
        found[code] = (*found.get(code, ()), Kept(**row))
    return found


def kept_kind(rows: Mapping[str, Kept], registration: Registration) -> Kind:
    """The verdict of one kept reading. rows: by metric."""
    spec = registration.spec
    if not rows or any(row.refused for row in rows.values()):
        return "untrusted" if rows else "unknown"
    rails = ((rows.get(code), rail.harm) for code, rail in spec.metrics.guardrails.items())
    primary = [row for code in spec.metrics.primary if (row := rows.get(code))]
    signs = [_sign(row, registration) for row in primary]
    if -1 in signs or any(row and _fell(row, harm, registration) for row, harm in rails):
        return "harms"
    if 1 in signs:
        return "works"
    ends = [deciding_ends(row, registration) for row in primary]
    first = ends[0] if ends else None
    return "no_effect" if first and all(ends) and -spec.mde < first[0] and first[1] < spec.mde else "unknown"


def deciding_ends(row: Kept, registration: Registration) -> tuple[float, float] | None:
    """Ends of the interval that may be concluded from, as `verdict.deciding`."""
    if row.estimate is None or row.fixed_low is None or row.fixed_high is None or row.fixed_low == row.fixed_high:
        return None
    if row.low is not None and row.high is not None:
        return row.low, row.high
    days = registration.planned_days or registration.spec.stop.at_most_days
    planned = row.day >= registration.started_on + timedelta(days=days)
    return (row.fixed_low, row.fixed_high) if registration.spec.is_clustered and planned else None


def _sign(row: Kept, registration: Registration) -> int:
    ends = deciding_ends(row, registration)
    if ends is None or ends[0] <= 0 <= ends[1]:
        return 0
    if row.low is not None and row.p is not None and row.p >= 1 - registration.spec.level:
        return 0
    return 1 if ends[0] > 0 else -1


def _fell(row: Kept, harm: float, registration: Registration) -> bool:
    ends = deciding_ends(row, registration)
    return ends is not None and row.estimate is not None and ends[1] < 0 and row.estimate <= -harm
