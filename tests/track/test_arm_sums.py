"""Sums of the engine against the same moments in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.stats.adjusted import arm_means
from liuke.stats.clusters import ClusterMoments, intraclass_correlation
from liuke.stats.cross_moments import CrossMoments
from liuke.track.arm_sums import Metric, added, arm_sums, cluster_sums

KEPT = Metric("kept", "kept", covariates=("before", "calls"))
RATIO = Metric("kept_share", "kept", per="before")


def people(n: int = 400, seed: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    before, calls = rng.gamma(2, 50_000, n).round(2), rng.poisson(2, n).astype(float)
    arm = np.where(rng.random(n) < 0.8, "treated", "holdout")
    return {
        "arm": arm,
        "segment": rng.choice(["a", "b", "c"], n),
        "rm": rng.integers(0, 30, n),
        "kept": (before * rng.random(n)).round(2),
        "before": before,
        "calls": calls,
    }


def loaded(engine: Engine, columns: dict[str, Any], empty: dict[str, np.ndarray] | None = None):
    hidden = empty or {}
    return engine.from_arrow(pa.table({k: pa.array(v, mask=hidden.get(k)) for k, v in columns.items()}))


def test_the_sums_are_the_moments_of_the_rows(engine: Engine) -> None:
    rows = people()
    sums = arm_sums(engine, loaded(engine, rows), [KEPT, RATIO], by=("arm", "segment"))
    for arm in ("treated", "holdout"):
        for segment in "abc":
            mine = (rows["arm"] == arm) & (rows["segment"] == segment)
            expected = CrossMoments.of({k: rows[k][mine] for k in ("kept", "before", "calls")})
            found = sums["kept"][arm, segment]
            assert found.names == ("kept", "before", "calls", "before?", "calls?")
            assert found.n == mine.sum()
            assert found.pick("kept", "before", "calls").scatter == pytest.approx(expected.scatter, rel=1e-9)
            assert sums["kept_share"][arm, segment].pick("before").means == pytest.approx(expected.means[1:2])


def test_finer_groups_add_up_to_what_one_pass_over_coarser_ones_gives(engine: Engine) -> None:
    table = loaded(engine, people())
    fine = added(arm_sums(engine, table, [KEPT], by=("segment", "arm"))["kept"], keep=(1,))
    coarse = arm_sums(engine, table, [KEPT])["kept"]
    assert fine.keys() == coarse.keys() == {("treated",), ("holdout",)}
    for key, moments in coarse.items():
        assert fine[key].n == moments.n
        assert fine[key].scatter == pytest.approx(moments.scatter, rel=1e-9, abs=1e-3)


def test_unknown_outcomes_do_not_count_and_a_missing_pre_period_is_marked(engine: Engine) -> None:
    rows = people()
    rng = np.random.default_rng(2)
    unknown, new = rng.random(400) < 0.2, rng.random(400) < 0.3
    table = loaded(engine, rows, {"kept": unknown, "before": new})
    found = arm_sums(engine, table, [KEPT])["kept"]["treated",]
    mine = (rows["arm"] == "treated") & ~unknown
    expected = CrossMoments.of(
        {
            "kept": rows["kept"][mine],
            "before": np.where(new, 0, rows["before"])[mine],
            "calls": rows["calls"][mine],
            "before?": new[mine].astype(float),
            "calls?": np.zeros(mine.sum()),
        }
    )
    assert found.n == mine.sum()
    assert found.means == pytest.approx(expected.means)
    assert found.scatter == pytest.approx(expected.scatter, rel=1e-9, abs=1e-3)


def test_what_has_no_pre_period_at_all_can_still_be_compared(engine: Engine) -> None:
    table = loaded(engine, people(), {"before": np.ones(400, bool), "calls": np.ones(400, bool)})
    sums = arm_sums(engine, table, [KEPT])["kept"]
    sharp = arm_means(sums["treated",], sums["holdout",], "kept", KEPT.adjusting)
    plain = arm_means(sums["treated",], sums["holdout",], "kept")
    assert sharp.difference.value == pytest.approx(plain.difference.value)


def test_an_outcome_nobody_has_yet_has_no_units(engine: Engine) -> None:
    sums = arm_sums(engine, loaded(engine, people(), {"kept": np.ones(400, bool)}), [KEPT])["kept"]
    assert {moments.n for moments in sums.values()} == {0}
    assert arm_means(sums["treated",], sums["holdout",], "kept", KEPT.adjusting) is None


def test_an_infinite_value_and_a_column_that_is_not_there_are_named(engine: Engine) -> None:
    rows = people()
    rows["calls"][7] = np.inf
    with pytest.raises(YourMistake, match="calls holds values that are not finite"):
        arm_sums(engine, loaded(engine, rows), [KEPT])
    with pytest.raises(YourMistake) as told:
        arm_sums(engine, loaded(engine, rows), [Metric("x", "keptt")])
    assert "did you mean 'kept'" in told.value.render()


def test_clusters_are_summed_as_in_memory(engine: Engine) -> None:
    rows = people(600, seed=3)
    unknown = np.arange(600) % 7 == 0
    found = cluster_sums(engine, loaded(engine, rows, {"kept": unknown}), "kept", "rm")
    for arm in ("treated", "holdout"):
        mine = (rows["arm"] == arm) & ~unknown
        expected = ClusterMoments.of(rows["kept"][mine], rows["rm"][mine])
        assert found[arm,].sums.scatter == pytest.approx(expected.sums.scatter)
        assert found[arm,].customers == mine.sum()
        assert intraclass_correlation(found[arm,]) == pytest.approx(intraclass_correlation(expected))
