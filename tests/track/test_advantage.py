from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from liuke.engine import Engine
from liuke.track.advantage import advantage


def people(n: int, arm: str, kept: int, *, a: bool, b: bool) -> pa.Table:
    return pa.table({"arm": [arm] * n, "retained": [i < kept for i in range(n)], "in_a": [a] * n, "in_b": [b] * n})


def test_by_hand(engine: Engine) -> None:
    """Only A picks 100, of whom calling keeps 0.3 more; only B 100 with 0.1; 300 both: (30 − 10) / 400."""
    rows = [
        people(50, "treated", 40, a=True, b=False), people(50, "holdout", 25, a=True, b=False),
        people(50, "treated", 30, a=False, b=True), people(50, "holdout", 25, a=False, b=True),
        people(300, "treated", 10, a=True, b=True), people(70, "holdout", 60, a=False, b=False),
    ]  # fmt: skip
    found = advantage(engine, engine.from_arrow(pa.concat_tables(rows)), 400)
    assert found is not None
    assert found.estimate == pytest.approx(0.05)
    assert found.low < 0.05 < found.high


def test_ways_that_pick_the_same_people_have_no_advantage(engine: Engine) -> None:
    found = advantage(engine, engine.from_arrow(people(9, "treated", 3, a=True, b=True)), 9)
    assert found is not None
    assert (found.estimate, found.low, found.high) == (0.0, 0.0, 0.0)


def test_a_group_without_hold_outs_says_nothing(engine: Engine) -> None:
    assert advantage(engine, engine.from_arrow(people(9, "treated", 3, a=True, b=False)), 9) is None


def test_the_interval_covers_as_often_as_it_says(engine: Engine) -> None:
    """400 customers whose effect under each way is planted; the true advantage is known."""
    rng = np.random.default_rng(3)
    effect = np.r_[np.full(200, 0.25), np.full(200, 0.05)]
    in_a, in_b = np.r_[np.ones(200, bool), np.zeros(200, bool)], np.r_[np.zeros(200, bool), np.ones(200, bool)]
    covered = 0
    for _ in range(60):
        treated = rng.random(400) < 0.5
        kept = rng.random(400) < 0.5 + effect * treated
        rows = {"arm": np.where(treated, "treated", "holdout"), "retained": kept, "in_a": in_a, "in_b": in_b}
        found = advantage(engine, engine.from_arrow(pa.table(rows)), 200)
        assert found is not None
        covered += found.low <= 0.2 <= found.high
    assert 53 <= covered <= 60
