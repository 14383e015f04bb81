from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from scipy import stats

from liuke.clock import AsOf
from liuke.lake import known
from liuke.tables import CONTACT, DECISION, OUTCOME
from liuke.track.effect import EffectReport, effect, weekly

DECIDED = date(2026, 3, 1)
LATER = DECIDED + timedelta(days=45)


def at(day: date) -> AsOf:
    return AsOf(day, datetime.combine(day + timedelta(days=1), time(1), UTC))


def outcome(bank: Any, customer_id: str, *, retained: bool, share: float, day: date = DECIDED) -> None:
    matured = day + timedelta(days=30)
    bank.add(
        OUTCOME, datetime.now(UTC), loop_id=f"L-{customer_id}-{day:%m%d}", customer_id=customer_id, horizon_days=30,
        matured_on=matured, retained=retained, aum=Decimal(0), aum_kept_share=share, transactions_30=1,
    )  # fmt: skip


def arms(bank: Any, treated: list[bool], holdout: list[bool], **over: Any) -> None:
    for arm, kept in (("treated", treated), ("holdout", holdout)):
        for i, retained in enumerate(kept):
            name = f"{arm[0]}{i}"
            bank.decision(name, arm=arm, **over)
            outcome(bank, name, retained=retained, share=1.0 if retained else 0.2)


def report(bank: Any, day: date = LATER, experiment: str = "rm_care") -> EffectReport:
    contacts = known(bank.table(CONTACT), CONTACT, at(day))
    return effect(bank.engine, bank.table(DECISION), bank.table(OUTCOME), contacts, experiment, 30, at(day))


def codes(found: EffectReport) -> list[str]:
    return [f.code for f in found.findings]


def test_the_headline_is_the_difference_of_the_retained_shares_with_its_interval(bank: Any) -> None:
    arms(bank, [True] * 90 + [False] * 10, [True] * 60 + [False] * 40)
    found = report(bank)
    assert found.difference is not None
    assert found.difference.estimate == pytest.approx(0.3)
    assert found.difference.low > 0.15
    assert found.saved_customers is not None
    assert found.saved_customers.estimate == pytest.approx(30)
    assert (found.treated.measured, found.holdout.measured, found.holdout.retained) == (100, 100, 60)
    assert codes(found) == ["effect_found"]
    assert "30.0 个百分点" in found.findings[0].text("zh-hans")
    assert "30.0 points" in found.findings[0].text("en")


def test_saved_money_is_what_welch_says_about_the_kept_money(bank: Any) -> None:
    rng = np.random.default_rng(5)
    kept: dict[str, list[float]] = {"treated": [], "holdout": []}
    for arm, size in (("treated", 40), ("holdout", 25)):
        for i in range(size):
            aum, share = round(float(rng.lognormal(10, 1)), 2), round(float(rng.uniform(0.3, 1)), 3)
            bank.decision(f"{arm}{i}", arm=arm, aum=Decimal(str(aum)))
            outcome(bank, f"{arm}{i}", retained=True, share=share)
            kept[arm].append(aum * share)
    found = report(bank)
    theirs = stats.ttest_ind(kept["treated"], kept["holdout"], equal_var=False).confidence_interval()
    assert found.saved_aum is not None
    assert (found.saved_aum.low, found.saved_aum.high) == pytest.approx((theirs.low * 40, theirs.high * 40))
    assert found.saved_aum_adjusted is not None
    assert found.saved_aum_adjusted.high - found.saved_aum_adjusted.low < found.saved_aum.high - found.saved_aum.low


def test_immature_customers_are_counted_and_are_in_no_rate(bank: Any) -> None:
    arms(bank, [True] * 5, [True] * 5)
    bank.decision("young", LATER - timedelta(days=29))
    bank.decision("future", LATER + timedelta(days=1))
    found = report(bank)
    assert (found.treated.decided, found.treated.immature, found.treated.measured) == (6, 1, 5)


def test_matured_customers_without_an_outcome_are_named_not_counted_as_lost(bank: Any) -> None:
    arms(bank, [True] * 5, [True] * 5)
    bank.decision("forgotten")
    found = report(bank)
    assert (found.treated.unmeasured, found.treated.retained, found.treated.measured) == (1, 5, 5)
    assert "unmeasured" in codes(found)


def test_outcomes_of_later_days_do_not_enter_an_earlier_report(bank: Any) -> None:
    arms(bank, [True] * 5, [True] * 5)
    found = report(bank, DECIDED + timedelta(days=29))
    assert (found.treated.measured, found.treated.immature, found.difference) == (0, 5, None)
    assert codes(found) == ["nothing_matured"]


def test_each_customer_counts_once_with_the_first_decision(bank: Any) -> None:
    arms(bank, [True], [True])
    again = DECIDED - timedelta(days=100)
    bank.decision("t0", again)
    outcome(bank, "t0", retained=False, share=0.0, day=again)
    found = report(bank)
    assert (found.treated.decided, found.treated.retained, found.repeats) == (1, 0, 1)
    assert "repeats" in codes(found)


def test_another_experiment_is_left_out(bank: Any) -> None:
    arms(bank, [True], [True])
    assert report(bank, experiment="other").treated.decided == 0
    assert codes(report(bank, experiment="other")) == ["nothing_decided"]


def test_uneven_arms_stop_the_reader(bank: Any) -> None:
    arms(bank, [True] * 150, [True] * 50)  # planned half and half
    found = report(bank)
    assert found.findings[0].code == "sample_ratio"
    assert found.findings[0].severity == "stop"
    assert "计划约 100 人" in found.findings[0].text("zh-hans")


def test_a_share_that_was_changed_on_the_way_is_pointed_out(bank: Any) -> None:
    arms(bank, [True] * 5, [True] * 5)
    bank.decision("x", holdout_share=0.2)
    assert "mixed_shares" in codes(report(bank))


def test_a_small_hold_out_is_said_to_be_small(bank: Any) -> None:
    arms(bank, [True] * 90, [True] * 10, holdout_share=0.1)
    assert "样本量不足" in report(bank).findings[0].text("zh-hans")


def test_a_harmful_action_is_said_to_be_one(bank: Any) -> None:
    arms(bank, [True] * 60 + [False] * 60, [True] * 115 + [False] * 5)
    found = report(bank)
    assert codes(found) == ["harm_found"]
    assert "45.8 points below" in found.findings[0].text("en")


@pytest.mark.parametrize(
    ("customer", "days", "over", "leaks"),
    [
        ("h0", 1, {}, 1), ("h0", 30, {}, 1), ("h0", 0, {}, 0), ("h0", 31, {}, 0), ("t0", 5, {}, 0),
        ("h0", 5, {"channel": "sms"}, 0), ("h0", 5, {"channel": "visit", "result": "not_reached"}, 1),
    ],
)  # fmt: skip
def test_hold_outs_whom_a_person_contacted_are_counted(
    bank: Any, customer: str, days: int, over: dict[str, Any], leaks: int
) -> None:
    arms(bank, [True] * 3, [True] * 3)
    bank.contact(customer, DECIDED + timedelta(days=days), **over)
    bank.contact(customer, DECIDED + timedelta(days=days), **over)
    found = report(bank)
    assert found.contacted_holdouts == leaks
    assert ("contacted_holdouts" in codes(found)) is bool(leaks)


def test_weeks_are_those_of_the_decisions_and_add_up_to_the_whole(bank: Any) -> None:
    arms(bank, [True] * 4, [True] * 3)  # a Sunday
    for name, arm in (("x", "treated"), ("y", "holdout")):
        bank.decision(name, DECIDED + timedelta(days=1), arm=arm)
        outcome(bank, name, retained=False, share=0.0, day=DECIDED + timedelta(days=1))
    weeks = weekly(bank.engine, bank.table(DECISION), bank.table(OUTCOME), "rm_care", 30, at(LATER))
    assert [week for week, _ in weeks] == [date(2026, 2, 23), date(2026, 3, 2)]
    assert [(w.treated.measured, w.holdout.measured, w.treated.retained) for _, w in weeks] == [(4, 3, 4), (1, 1, 0)]
