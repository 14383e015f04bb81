from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from liuke.engine import Engine
from liuke.stats.attrition import Seen, Trimmed, cut_share, lee_bounds
from liuke.stats.moments import Moments
from liuke.stats.quantile import ArmQuantile, quantile_difference
from liuke.track.order_statistics import arm_quantiles, attrition_bounds


def loaded(engine: Engine, arm: np.ndarray, y: np.ndarray, missing: np.ndarray):
    return engine.from_arrow(pa.table({"arm": arm, "aum": pa.array(y, mask=missing)}))


def test_the_engine_picks_the_order_statistics(engine: Engine) -> None:
    rng = np.random.default_rng(1)
    arm, y, missing = rng.choice(["treated", "holdout"], 900), rng.lognormal(size=900), rng.random(900) < 0.1
    found = arm_quantiles(engine, loaded(engine, arm, y, missing), "aum", 0.9)
    for name in ("treated", "holdout"):
        assert found[name] == ArmQuantile.of(y[(arm == name) & ~missing], 0.9)
    assert quantile_difference(found["treated"], found["holdout"]) is not None


def test_an_arm_too_small_for_an_interval_has_a_quantile_without_ends(engine: Engine) -> None:
    arm, y = np.array(["treated"] * 3 + ["holdout"]), np.array([3.0, 1.0, 2.0, 9.0])
    found = arm_quantiles(engine, loaded(engine, arm, y, np.array([0, 0, 0, 1], bool)), "aum")
    assert found == {"treated": ArmQuantile(3, 2.0, None, None)}
    assert arm_quantiles(engine, loaded(engine, arm, y, np.ones(4, bool)), "aum") == {}


@pytest.mark.parametrize("fewer", ["treated", "holdout"])
@pytest.mark.parametrize("binary", [False, True])
def test_the_bounds_of_a_table_are_those_of_its_rows(engine: Engine, fewer: str, binary: bool) -> None:
    rng = np.random.default_rng(2)
    arm = rng.choice(["treated", "holdout"], 2000)
    y = (rng.random(2000) < 0.7).astype(float) if binary else rng.gamma(2, 1, 2000)
    missing = rng.random(2000) < np.where(arm == fewer, 0.3, 0.1)
    found = attrition_bounds(engine, loaded(engine, arm, y, missing), "aum")
    seen = [y[(arm == name) & ~missing] for name in ("treated", "holdout")]
    arms = [Seen(int((arm == n).sum()), Moments.of(v)) for n, v in zip(("treated", "holdout"), seen, strict=True)]
    cut, of_treated = cut_share(*arms)
    kept = seen[0 if of_treated else 1]
    expected = lee_bounds(*arms, Trimmed.of(kept, cut, top=True), Trimmed.of(kept, cut, top=False))
    assert of_treated is (fewer == "holdout")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert (found.interval.low, found.interval.high) == pytest.approx((expected.interval.low, expected.interval.high))


def test_an_arm_without_outcomes_is_not_known_yet(engine: Engine) -> None:
    arm, y = np.array(["treated"] * 5), np.arange(5.0)
    assert attrition_bounds(engine, loaded(engine, arm, y, np.zeros(5, bool)), "aum") is None
