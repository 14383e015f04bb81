"""Times and changes that were measured of all cases, by what they are of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from liuke.engine import Engine
from liuke.insight.journey.cases import Cases
from liuke.insight.journey.loops import CHANGE


class Measured(NamedTuple):
    """times: how many. median_s, p90_s: seconds, interpolated, to the millisecond: engines differ in last digits."""

    times: int
    median_s: float | None
    p90_s: float | None


NOTHING: Final = Measured(0, None, None)


def measured(engine: Engine, found: Cases) -> Mapping[tuple[int, int], Measured]:
    """By thing and code (loops.py). Changes are counted only."""
    rows = found.measures
    took = rows.value.cast("float64") / 1e6
    timed = (rows.thing != CHANGE).ifelse(took, None)
    counted = rows.group_by("thing", "code").aggregate(
        times=rows.count(), median=timed.quantile(0.5), p90=timed.quantile(0.9)
    )
    return {
        (row["thing"], row["code"]): Measured(row["times"], _rounded(row["median"]), _rounded(row["p90"]))
        for row in engine.arrow(counted).to_pylist()
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
