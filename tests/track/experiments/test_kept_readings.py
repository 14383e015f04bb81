"""What is kept of a reading is what the reading itself comes to; lists get the newest of each experiment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from liuke.engine import DuckEngine
from liuke.track.experiments.kept_readings import Kept, newest_readings, reading_rows, said_so_far
from liuke.track.experiments.verdict import significant, verdict
from tests.track.experiments.test_verdict import METRICS, found, seen
from tests.track.experiments.writing import START, experiment, registration


def kept(engine: DuckEngine, *readings: Any) -> tuple[Kept, ...]:
    rows = engine.from_arrow(pa.concat_tables(reading_rows(reading) for reading in readings))
    [newest] = newest_readings(engine, rows).values()
    return newest


@pytest.mark.parametrize("gap", [-0.08, -0.03, -0.012, 0.0, 0.002, 0.03, 0.08])
@pytest.mark.parametrize("rail", [-0.05, -0.004, 0.0, 0.02])
@pytest.mark.parametrize("error", [0.0, 0.002, 0.01, 0.05])
def test_a_kept_reading_has_the_verdict_and_the_signs_it_came_to(engine, gap: float, rail: float, error: float) -> None:
    reading = found(seen("retained_30", gap, error, primary=True), seen("complaint_free_90", rail, error))
    rows = kept(engine, reading)
    assert {row.verdict for row in rows} == {verdict(reading).kind}
    signs = {row.metric: row.sign for row in rows if row.estimate is not None}
    assert signs == {metric.metric: significant(reading, metric) for metric in reading.reading.metrics}


@pytest.mark.parametrize(("day", "gap"), [(10, 0.2), (2000, 0.2), (2000, -0.2), (2000, 0.0)])
def test_few_drawn_managers_are_judged_on_the_planned_day_only(engine, day: int, gap: float) -> None:
    clusters = {f"S{n}": ("treated", "holdout")[n % 2] for n in range(8)}
    of = registration(experiment(unit="rm", metrics=METRICS), clusters=clusters)
    reading = found(seen("retained_30", gap, 0.01, primary=True, units=3, planned=2.0), day=day, of=of)
    assert {row.verdict for row in kept(engine, reading)} == {verdict(reading).kind}
    assert (verdict(reading).kind == "unknown") == (day == 10)


def test_a_refused_reading_cannot_be_trusted(engine) -> None:
    reading = found(stop="drawn_into_two_arms")
    rows = kept(engine, reading)
    assert {(row.verdict, row.refused, row.sign) for row in rows} == {("untrusted", "drawn_into_two_arms", 0)}


def test_the_newest_of_each_experiment_is_told_and_all_of_one_in_order(engine) -> None:
    early, late = (found(seen("retained_30", gap, 0.01, primary=True), day=day) for day, gap in ((10, 0.0), (60, 0.08)))
    other = replace(early, registration=replace(early.registration, code="other"))
    rows = engine.from_arrow(pa.concat_tables(reading_rows(reading) for reading in (late, other, early)))
    newest = newest_readings(engine, rows)
    assert {code: {row.day for row in said} for code, said in newest.items()} == {
        late.registration.code: {START + timedelta(days=60)}, "other": {START + timedelta(days=10)},
    }  # fmt: skip
    told = said_so_far(engine, rows, late.registration.code, "retained_30")
    assert [(row.day, row.estimate) for row in told] == [
        (START + timedelta(days=10), pytest.approx(0.0)), (START + timedelta(days=60), pytest.approx(0.08)),
    ]  # fmt: skip
