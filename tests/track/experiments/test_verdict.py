"""The verdict in words: golden for every kind, and never a claim beyond the interval."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.stats.arm_means import ArmMeans
from liuke.stats.reading import read
from liuke.track.experiment_reading import ExperimentReading, MetricReading, adjusted_for_one_another
from liuke.track.experiments.reading import MONEY, RegisteredReading
from liuke.track.experiments.registration import Registration
from liuke.track.experiments.stopping import stops_because
from liuke.track.experiments.verdict import deciding, sentences, verdict
from liuke.track.findings import finding
from tests.track.experiments.writing import START, experiment, registration

METRICS = {"primary": ["retained_30"], "guardrails": {"complaint_free_90": {"harm": 0.01}}, "money": "aum_kept_90"}


def seen(name: str, gap: float, error: float, *, units: float = 1000.0, primary: bool = False, planned: float = 1000.0):
    """A metric read: difference and its standard error, of so many effective units."""
    means = ArmMeans(0.8 + gap, 0.8, error**2 / 2, error**2 / 2, 0.0, math.inf, units)
    reading = read(means, planned)
    n = int(units * 4)
    return MetricReading(name, primary, n, reading, reading.always_valid_p, (), n // 2, means)


def found(*metrics: MetricReading, day: int = 60, of: Registration | None = None, stop: str | None = None, **over: Any):
    """A reading so many days after the start."""
    of = of or registration(experiment(metrics=METRICS, **over))
    remarks = (finding(stop, "stop", units=3),) if stop else ()
    shown = () if stop else adjusted_for_one_another(metrics)
    whole = ExperimentReading({"treated": 2000, "holdout": 2000}, remarks, shown)
    return RegisteredReading(of, START + timedelta(days=day), whole, {}, {}, {}, None)


def said(reading: RegisteredReading, locale: Any = "en") -> str:
    return " ".join(sentences(verdict(reading), reading, locale))


@pytest.mark.parametrize(
    ("gap", "error", "kind", "zh", "en"),
    [
        (0.08, 0.01, "works",
         "有效：30 天留存率提高 8.0 个百分点（95% 区间 5.0 个百分点 至 11.0 个百分点）。"
         "留住客户 160 位（95% 区间 99 至 221）。",
         "It works: retention at 30 days rose by 8.0 points (95% interval 5.0 points to 11.0 points). "
         "Customers kept: 160 (95% interval 99 to 221)."),
        (-0.08, 0.01, "harms",
         "有害：30 天留存率的差异为 -8.0 个百分点（95% 区间 -11.0 个百分点 至 -5.0 个百分点）。请暂停并检查做法。"
         "留住客户 -160 位（95% 区间 -221 至 -99）。",
         "It harms: the difference in retention at 30 days is -8.0 points (95% interval -11.0 points to -5.0 points). "
         "Pause and look at what is being done. Customers kept: -160 (95% interval -221 to -99)."),
        (0.002, 0.01, "no_effect",
         "没有值得行动的效果：30 天留存率的差异 0.2 个百分点（95% 区间 -2.8 个百分点 至 3.2 个百分点），"
         "小于登记的 5.0 个百分点。留住客户 4 位（95% 区间 -57 至 65）。",
         "No effect worth acting on: the difference in retention at 30 days is 0.2 points (95% interval -2.8 points to "
         "3.2 points), less than the 5.0 points registered. Customers kept: 4 (95% interval -57 to 65)."),
        (0.04, 0.03, "unknown",
         "还不知道：30 天留存率的差异 4.0 个百分点（95% 区间 -5.1 个百分点 至 13.1 个百分点），有效与无效都还说得通。"
         "留住客户 80 位（95% 区间 -102 至 262）。",
         "Not known yet: the difference in retention at 30 days is 4.0 points (95% interval -5.1 points to 13.1 points)"
         ", which fits an effect as well as none. Customers kept: 80 (95% interval -102 to 262)."),
    ],
)  # fmt: skip
def test_each_kind_in_both_languages(gap: float, error: float, kind: str, zh: str, en: str) -> None:
    reading = found(seen("retained_30", gap, error, primary=True))
    assert verdict(reading).kind == kind
    assert said(reading) == en
    assert said(reading, "zh-hans").replace(" 留住", "留住") == zh


def test_what_is_refused_cannot_be_trusted_and_says_why() -> None:
    reading = found(seen("retained_30", 0.08, 0.01, primary=True), stop="drawn_into_two_arms")
    assert verdict(reading).kind == "untrusted"
    assert said(reading).startswith("It cannot be trusted: 3 units were drawn into two arms")
    assert said(reading, "zh-hans").startswith("不可信：3 个单位同时被抽入两组")
    assert "kept" not in said(reading)


def test_a_guardrail_that_fell_for_sure_makes_it_harm_whatever_the_primary_says() -> None:
    reading = found(seen("retained_30", 0.08, 0.01, primary=True), seen("complaint_free_90", -0.05, 0.01))
    assert (verdict(reading).kind, verdict(reading).harmed) == ("harms", ("complaint_free_90",))
    assert "Guardrails fell: freedom from complaints for 90 days." in said(reading)
    small = found(seen("retained_30", 0.08, 0.01, primary=True), seen("complaint_free_90", -0.005, 0.001))
    assert verdict(small).kind == "works"  # less than what was said to matter


def test_money_is_the_difference_times_the_treated_measured() -> None:
    reading = found(seen("retained_30", 0.08, 0.01, primary=True), seen(MONEY, 500.0, 50.0))
    aum = verdict(reading).aum
    assert aum.estimate == pytest.approx(500.0 * 2000)
    assert "AUM kept: 1,000,000.00 (95% interval" in said(reading)
    assert "留住资产 100.00 万元" in said(reading, "zh-hans")


def test_of_several_primary_metrics_one_counts_only_after_holm() -> None:
    two = {"primary": ["retained_30", "retained_60"]}
    alone = seen("retained_30", 0.0312, 0.01, primary=True)
    assert 0.025 < alone.p < 0.05
    other = seen("retained_60", 0.0, 0.01, primary=True)
    both = found(alone, other, of=registration(experiment(metrics=two)))
    assert verdict(found(alone)).kind == "works"
    assert verdict(both).kind == "unknown"


def test_too_few_clusters_are_read_on_the_planned_day_and_not_before() -> None:
    drawn = registration(experiment(metrics=METRICS, unit="rm"), clusters={"S1": "treated", "S2": "holdout"})
    few = seen("retained_30", 0.08, 0.01, units=6.0, primary=True)
    assert few.reading.always_valid is None
    early, late = found(few, of=drawn, day=20), found(few, of=drawn, day=2000)
    assert (verdict(early).kind, verdict(early).headline) == ("unknown", None)
    assert "too few outcomes" in said(early)
    assert verdict(late).kind == "works"
    assert "on the planned day only" in said(late)
    customers = found(few, day=2000)
    assert verdict(customers).kind == "unknown"  # of customers too few stay too few


def test_weaker_evidence_and_what_was_not_registered_are_called_so() -> None:
    turns = registration(experiment(metrics=METRICS, evidence="before_after", before_days=30))
    assert "Weaker evidence" in said(found(seen("retained_30", 0.08, 0.01, primary=True), of=turns))


@given(st.floats(-0.3, 0.3), st.floats(0.001, 0.2), st.floats(10, 5000))
def test_no_verdict_goes_beyond_the_interval(gap: float, error: float, units: float) -> None:
    reading = found(seen("retained_30", gap, error, units=units, primary=True))
    kind, interval = verdict(reading).kind, deciding(reading, reading.reading.metrics[0])
    if interval is None:
        assert kind == "unknown"
        return
    assert (kind == "works") == (interval.low > 0)
    assert (kind == "harms") == (interval.high < 0)
    assert kind != "no_effect" or (interval.low > -0.05 and interval.high < 0.05)


def test_everybody_alike_is_not_no_effect() -> None:
    assert verdict(found(seen("retained_30", 0.0, 0.0, primary=True))).kind == "unknown"


# When it is over.

STRONG, FLAT = seen("retained_30", 0.08, 0.01, primary=True), seen("retained_30", 0.0, 0.01, primary=True, units=200)


@pytest.mark.parametrize(
    ("stop", "metrics", "day", "because"),
    [
        ({}, (STRONG,), 14, "effect"),
        ({"units_reached": False}, (STRONG,), 13, None),
        ({"early_after_days": None, "units_reached": False}, (STRONG,), 300, None),
        ({"units_reached": False}, (FLAT,), 364, None),
        ({"units_reached": False}, (FLAT,), 365, "longest"),
        ({"on": "2026-04-01"}, (FLAT,), 29, None),
        ({"on": "2026-04-01"}, (FLAT,), 30, "day"),
        ({}, (FLAT, seen("complaint_free_90", -0.05, 0.01)), 1, "harm"),
        ({"on_harm": False}, (FLAT, seen("complaint_free_90", -0.05, 0.01)), 1, None),
        ({}, (), 1, None),
    ],
)  # fmt: skip
def test_the_first_rule_that_comes_ends_it(stop: dict[str, Any], metrics: Any, day: int, because: str | None) -> None:
    of = registration(experiment(metrics=METRICS, stop=stop))
    assert stops_because(found(*metrics, day=day, of=of)) == because


def test_units_reached_is_what_was_planned_of_every_primary_metric() -> None:
    of = registration(experiment(metrics=METRICS, stop={"early_after_days": None}))
    enough, short = of.planned_units + 1, of.planned_units - 1
    assert stops_because(found(seen("retained_30", 0.0, 0.01, units=enough, primary=True), of=of)) == "units"
    assert stops_because(found(seen("retained_30", 0.0, 0.01, units=short, primary=True), of=of)) is None


def test_what_is_refused_ends_by_its_day_only() -> None:
    of = registration(experiment(metrics=METRICS))
    assert stops_because(found(STRONG, of=of, stop="drawn_into_two_arms", day=20)) is None
    assert stops_because(found(STRONG, of=of, stop="drawn_into_two_arms", day=365)) == "longest"


def test_drawn_clusters_are_over_on_the_planned_day_not_when_the_first_outcomes_are_known() -> None:
    drawn = registration(experiment(metrics=METRICS, unit="rm"), clusters={"S1": "treated", "S2": "holdout"})
    few = seen("retained_30", 0.0, 0.01, units=6.0, primary=True)
    assert drawn.planned_days is not None
    assert stops_because(found(few, of=drawn, day=drawn.planned_days - 1)) is None
    assert stops_because(found(few, of=drawn, day=drawn.planned_days)) == "units"
