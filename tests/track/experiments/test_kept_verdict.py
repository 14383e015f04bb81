"""What a list says from kept readings is what the reading itself comes to."""

from __future__ import annotations

from typing import Any

import pytest

from liuke.track.experiments.kept_readings import Kept, reading_rows
from liuke.track.experiments.kept_verdict import kept_kind
from liuke.track.experiments.verdict import verdict
from tests.track.experiments.test_verdict import METRICS, found, seen
from tests.track.experiments.writing import experiment, registration


def kept(reading: Any) -> dict[str, Kept]:
    names = Kept.__dataclass_fields__
    rows = reading_rows(reading).to_pylist()
    return {row["metric"]: Kept(**{n: row["as_of" if n == "day" else n] for n in names}) for row in rows}


@pytest.mark.parametrize("gap", [-0.08, -0.03, -0.012, 0.0, 0.002, 0.03, 0.08])
@pytest.mark.parametrize("rail", [-0.05, -0.004, 0.0, 0.02])
@pytest.mark.parametrize("error", [0.0, 0.002, 0.01, 0.05])
def test_a_kept_reading_comes_to_the_same_verdict(gap: float, rail: float, error: float) -> None:
    reading = found(seen("retained_30", gap, error, primary=True), seen("complaint_free_90", rail, error))
    assert kept_kind(kept(reading), reading.registration) == verdict(reading).kind


@pytest.mark.parametrize(("day", "gap"), [(10, 0.2), (2000, 0.2), (2000, -0.2), (2000, 0.0)])
def test_few_drawn_managers_are_judged_on_the_planned_day_only(day: int, gap: float) -> None:
    clusters = {f"S{n}": ("treated", "holdout")[n % 2] for n in range(8)}
    of = registration(experiment(unit="rm", metrics=METRICS), clusters=clusters)
    reading = found(seen("retained_30", gap, 0.01, primary=True, units=3, planned=2.0), day=day, of=of)
    assert kept_kind(kept(reading), of) == verdict(reading).kind


def test_a_refused_reading_cannot_be_trusted_and_none_is_not_known() -> None:
    reading = found(stop="drawn_into_two_arms")
    assert kept_kind(kept(reading), reading.registration) == "untrusted" == verdict(reading).kind
    assert kept_kind({}, reading.registration) == "unknown"
