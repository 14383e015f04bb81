"""Runs of different days started at the same time, as real processes."""

from collections import Counter

from liuke.tables import DECISION
from tests import loop_day


def test_two_days_run_at_once_decide_nobody_twice(house, days):
    runs = [loop_day.started(house.home, day) for day in days[:2]]
    for run in runs:
        run.communicate(timeout=900)
    assert [run.returncode for run in runs] == [0, 0]
    with house.engine() as engine:
        decided = engine.arrow(house.lake.scan(engine, DECISION).select("customer_id"))["customer_id"].to_pylist()
    assert decided
    assert max(Counter(decided).values()) == 1
