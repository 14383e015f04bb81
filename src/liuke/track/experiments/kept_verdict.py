"""The kind of verdict that a kept reading comes to: for lists, which cannot read everything anew.

`kept_kind` comes to what `verdict` comes to (tested); both judge by judging.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from liuke.stats.compare import Interval
from liuke.track.experiments.judging import Kind, concluded, fell, judged, sign
from liuke.track.experiments.kept_readings import Kept
from liuke.track.experiments.registration import Registration


def kept_kind(rows: Mapping[str, Kept], registration: Registration) -> Kind:
    """The verdict of one kept reading. rows: by metric."""
    spec = registration.spec
    if not rows or any(row.refused for row in rows.values()):
        return "untrusted" if rows else "unknown"
    primary = [row for code in spec.metrics.primary if (row := rows.get(code))]
    harmed = any(
        fell(deciding_interval(row, registration), rail.harm)
        for code, rail in spec.metrics.guardrails.items() if (row := rows.get(code))
    )  # fmt: skip
    seen = [deciding_interval(row, registration) for row in primary]
    signs = [sign(s, row.p if row.low is not None else None, spec.level) for s, row in zip(seen, primary, strict=True)]
    return judged(seen, signs, harmed, spec.mde)


def deciding_interval(row: Kept, registration: Registration) -> Interval | None:
    """As `verdict.deciding`."""
    level = registration.spec.level
    if row.estimate is None or row.fixed_low is None or row.fixed_high is None or row.fixed_low == row.fixed_high:
        return None
    wide = None
    if row.low is not None and row.high is not None:
        wide = Interval(row.estimate, row.low, row.high, level)
    return concluded(wide, Interval(row.estimate, row.fixed_low, row.fixed_high, level), registration, row.day)
