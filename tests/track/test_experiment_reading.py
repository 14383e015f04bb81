from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.stats.estimate import effective_units
from liuke.track.arm_sums import Metric
from liuke.track.experiment_reading import Plan, read_experiment

KEPT = Metric("kept", "kept", covariates=("before",))
RATIO = Metric("kept_share", "kept", per="before")
CALM = Metric("calm", "calm")
SHARES = {"treated": 0.7, "holdout": 0.3}


def bank(n: int = 6000, effect: float = 0.5, seed: int = 1, share: float = 0.7) -> dict[str, np.ndarray]:
    """Only segment a gains; strata of unlike level."""
    rng = np.random.default_rng(seed)
    treated = rng.random(n) < share
    segment, stratum = rng.choice(list("abcdefgh"), n), rng.integers(0, 3, n)
    before = rng.gamma(4, 1, n) + stratum
    return {
        "unit_id": np.arange(n),
        "arm": np.where(treated, "treated", "holdout"),
        "entered_on": np.array([date(2026, 3, 2) + timedelta(days=int(i % 56)) for i in range(n)]),
        "segment": segment,
        "stratum": stratum,
        "before": before,
        "kept": before + effect * treated * (segment == "a") * 8 + rng.normal(size=n),
        "calm": (rng.random(n) < 0.97).astype(float),
    }


def plan(*metrics: Metric, **over) -> Plan:
    return Plan(metrics or (KEPT, RATIO, CALM), effective_units(4200, 1800), **({"shares": SHARES} | over))


def told(engine: Engine, rows: dict[str, np.ndarray], of: Plan):
    return read_experiment(engine, engine.from_arrow(pa.table(rows)), of)


def test_every_metric_is_read_and_the_planted_effect_is_in_its_interval(engine: Engine) -> None:
    found = told(engine, bank(), plan(primary=2))
    assert not found.refused
    assert found.findings == ()
    kept, ratio, calm = found.metrics
    assert kept.reading.always_valid.low <= 0.5 <= kept.reading.always_valid.high
    assert kept.reading.always_valid.excludes_zero
    assert ratio.reading.difference.value == pytest.approx(0.1, abs=0.03)
    assert not calm.reading.always_valid.excludes_zero
    assert kept.units == 6000
    assert kept.p >= kept.reading.always_valid_p  # Holm over the two primary ones
    assert calm.p == calm.reading.always_valid_p  # a guardrail warns unadjusted


def test_the_segment_that_gains_stands_out_and_the_others_are_drawn_together(engine: Engine) -> None:
    [kept] = told(engine, bank(), plan(KEPT, segment="segment")).metrics
    by = {s.segment: s for s in kept.segments}
    assert list(by) == list("abcdefgh")
    assert by["a"].p < 0.001
    assert all(by[s].p > 0.05 for s in "bcdefgh")
    raw = {s: by[s].reading.difference.value for s in by}
    assert all(
        abs(by[s].shrunken - np.mean(list(raw.values()))) <= abs(raw[s] - np.mean(list(raw.values()))) + 0.1 for s in by
    )
    assert sum(s.units for s in kept.segments) == kept.units


def test_strata_undo_a_split_that_differs_between_them(engine: Engine) -> None:
    rows = bank(effect=0.0, seed=2)
    # More of the high stratum are treated; all in all and by week the split is as planned.
    rng = np.random.default_rng(3)
    chance = np.array([0.5, 0.7, 0.9])[rows["stratum"]]
    rows["arm"] = np.where(rng.random(6000) < chance, "treated", "holdout")
    rows["kept"] = rows["stratum"] + rng.normal(size=6000)
    metric = Metric("kept", "kept")
    [plain] = told(engine, rows, plan(metric)).metrics
    [within] = told(engine, rows, plan(metric, stratum="stratum", segment="segment")).metrics
    assert plain.reading.fixed.low > 0.2
    assert within.reading.always_valid.low < 0 < within.reading.always_valid.high
    [ratio] = told(engine, rows, plan(RATIO, stratum="stratum")).metrics
    assert ratio.reading is not None


@pytest.mark.parametrize(
    ("break_it", "code"), [("lost", "arm_sizes"), ("turned", "split_changed"), ("third", "arm_sizes")]
)
def test_a_draw_that_is_not_sound_is_refused_with_the_reason(engine: Engine, break_it: str, code: str) -> None:
    rows = bank()
    if break_it == "lost":
        keep = (rows["arm"] == "treated") | (np.arange(6000) % 5 > 0)
        rows = {name: values[keep] for name, values in rows.items()}
    if break_it == "turned":
        chance = np.where(np.arange(6000) % 56 < 28, 0.6, 0.8)
        rows["arm"] = np.where(np.random.default_rng(4).random(6000) < chance, "treated", "holdout")
    if break_it == "third":
        rows["arm"][7] = "unplanned"
    found = told(engine, rows, plan())
    assert found.refused
    assert found.findings[0].code == code
    assert found.metrics == ()


def test_what_is_not_known_yet_is_none_and_no_error(engine: Engine) -> None:
    rows = bank(400)
    rows["kept"] = pa.array(rows["kept"], mask=np.ones(400, bool))
    [kept, calm] = told(engine, rows, plan(KEPT, CALM, segment="segment")).metrics
    assert (kept.reading, kept.p, kept.units) == (None, None, 0)
    assert {s.reading for s in kept.segments} == {None}
    assert calm.reading is not None


def test_a_third_arm_is_counted_in_the_split_and_left_out_of_the_comparison(engine: Engine) -> None:
    rows = bank()
    third = np.random.default_rng(5).random(6000) < 0.2
    rows["arm"] = np.where(third, "letter", rows["arm"])
    found = told(engine, rows, plan(KEPT, shares={"treated": 0.56, "holdout": 0.24, "letter": 0.2}))
    assert not found.refused
    assert found.metrics[0].units == 6000 - third.sum() == 6000 - found.sizes["letter"]


def test_a_plan_that_cannot_be_read_is_the_callers_mistake() -> None:
    with pytest.raises(YourMistake, match="not a plan"):
        plan(KEPT, KEPT)
    with pytest.raises(YourMistake, match="not a plan"):
        plan(KEPT, primary=2)
    with pytest.raises(YourMistake, match="holdout has no share"):
        plan(KEPT, shares={"treated": 1.0})
