"""A registered experiment read whole: the planted effect is found, what is wrong is said, what is frozen stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from liuke.engine import Engine
from liuke.errors import YourMistake
from liuke.tables import DECISION, SURVEY_RESPONSE
from liuke.track.experiments import reading as module
from liuke.track.experiments.catalogue import unregistered
from liuke.track.experiments.kept_readings import reading_rows
from liuke.track.experiments.reading import MONEY, read_registered
from liuke.track.experiments.registration import as_json, by_default, registration_of
from tests.track.conftest import Bank, morning_after
from tests.track.experiments.writing import START, experiment, loop, read, registration, shelf

RIPE = START + timedelta(days=90)
METRICS = {"primary": ["retained_30"], "money": "aum_kept_90", "guardrails": {"complaint_free_90": {"harm": 0.01}},
           "covariates": ["aum", "score", "aum_30", "transactions_30"]}  # fmt: skip


def told(engine: Engine, bank: Bank, day: date = RIPE, version: str | None = None, **over: Any):
    return read_registered(engine, read(bank, day), registration(**over), version)


def codes(found) -> list[str]:
    return [f.code for f in found.reading.findings]


@pytest.fixture
def crowd(bank: Bank) -> Bank:
    loop(bank, 600)
    return bank


def test_the_planted_effect_lies_in_the_interval_with_guardrail_and_money_beside(engine: Engine, crowd: Bank) -> None:
    found = told(engine, crowd, START + timedelta(days=130), metrics=METRICS, segment="tier")
    assert not found.refused
    kept, calm, worth = found.reading.metrics
    assert kept.reading.always_valid.low <= 0.3 <= kept.reading.always_valid.high
    assert kept.reading.always_valid.excludes_zero
    assert (kept.units, kept.primary, calm.primary) == (600, True, False)
    assert kept.treated == found.reading.sizes["treated"]
    assert worth.metric == MONEY
    assert 200 < worth.reading.difference.value < 600  # three in ten of some 1,300
    assert {s.segment for s in kept.segments} == {"red", "orange"}
    assert set(found.immature.values()) == {0}


def test_who_is_not_ripe_is_no_failure(engine: Engine, crowd: Bank) -> None:
    early = told(engine, crowd, START + timedelta(days=35))
    [kept] = early.reading.metrics
    assert 0 < kept.units < 600
    assert early.immature["retained_30"] == sum(early.reading.sizes.values()) - kept.units
    none = told(engine, crowd, START + timedelta(days=20))
    assert none.reading.metrics[0].reading is None


def test_a_day_long_past_reads_the_same_as_it_did_then(engine: Engine, bank: Bank) -> None:
    loop(bank, 300)
    day = START + timedelta(days=45)
    then = told(engine, bank, day)
    bank.customer("late")
    bank.decision("late", day + timedelta(days=3), arm="treated")
    bank.account("C00001-2", "C00001", opened_on=day + timedelta(days=9))
    bank.balance("C00002-1", START, "1.00", ingested=morning_after(day + timedelta(days=30)))
    assert reading_rows(told(engine, bank, day)).equals(reading_rows(then))


def test_customers_drawn_before_the_start_are_left_out_for_good(engine: Engine, bank: Bank) -> None:
    loop(bank, 200)
    for n in range(5):
        bank.decision(f"C{n:05d}", START - timedelta(days=100), arm="treated", loop_id=f"old{n}")
    found = told(engine, bank)
    assert sum(found.reading.sizes.values()) == 195
    assert ("entered_before", (("units", 5),)) in [(f.code, f.facts) for f in found.reading.findings]


def test_who_enters_after_the_end_does_not_count(engine: Engine, crowd: Bank) -> None:
    ended = replace(registration(), ended_on=START + timedelta(days=13))
    assert sum(read_registered(engine, read(crowd, RIPE), ended).reading.sizes.values()) < 310


def test_the_effect_on_those_reached_and_contacted_holdouts_stand_beside(engine: Engine, crowd: Bank) -> None:
    rows = crowd.rows[DECISION.name]
    for row in rows:
        if row["arm"] == "treated" and row["customer_id"] < "C00300":
            crowd.contact(row["customer_id"], row["as_of"] + timedelta(days=2), loop_id=row["loop_id"])
    held = [row for row in rows if row["arm"] == "holdout"][:7]
    for row in held:
        crowd.contact(row["customer_id"], row["as_of"] + timedelta(days=3), channel="visit", staff_id="S03")
    found = told(engine, crowd)
    reached = found.reached["retained_30"]
    assert reached.by_intention.value == pytest.approx(found.reading.metrics[0].reading.difference.value)
    assert reached.effect.estimate > reached.by_intention.value
    assert 0.4 < reached.reached.value < 0.6
    assert (found.leaked.people, found.leaked.contacts) == (7, 7)
    assert "contacted_holdouts" in codes(found)


def test_what_is_frozen_reads_the_same_whatever_the_file_says_now(engine: Engine, crowd: Bank) -> None:
    frozen = registration(metrics=METRICS)
    kept = registration_of(as_json(frozen))
    assert kept == frozen
    now = experiment(on=shelf(outcomes={"retained_30": {"kind": "retained", "horizon_days": 7}}))
    before = read_registered(engine, read(crowd, RIPE), frozen, frozen.version)
    after = read_registered(engine, read(crowd, RIPE), kept, now.version)
    assert reading_rows(after).equals(reading_rows(before))
    assert "text_changed" not in codes(before)
    assert "text_changed" in codes(after)


def test_a_draw_nobody_wrote_about_is_read_by_the_default_plan_and_says_so(engine: Engine, crowd: Bank) -> None:
    on = shelf()
    default = unregistered(next(iter(on.draws.values())), on)
    found = read_registered(engine, read(crowd, RIPE), by_default(default, date(1970, 1, 1)))
    assert found.registration.code == "draw_rm_care"
    assert "not_pre_registered" in codes(found)
    assert found.metric("retained_30").reading.always_valid.excludes_zero


# What the issue lists as bad input: each a finding in plain words, never a traceback, never a silent number.


def test_no_customers_in_an_arm(engine: Engine, bank: Bank) -> None:
    loop(bank, 20, share=0.0)
    for row in bank.rows[DECISION.name]:
        row["holdout_share"] = 0.5
    found = told(engine, bank)
    assert "empty_arm" in codes(found)
    assert found.reading.sizes == {"treated": 20, "holdout": 0}
    assert all(m.reading is None for m in found.reading.metrics)
    nobody = told(engine, Bank(engine))
    assert codes(nobody) == ["empty_arm", "empty_arm"]


def test_all_equal_outcomes_conclude_nothing(engine: Engine, bank: Bank) -> None:
    loop(bank, 300, leaves={"treated": 0.0, "holdout": 0.0})
    assert "all_equal" in codes(told(engine, bank))


def test_an_outcome_before_the_assignment(engine: Engine, bank: Bank) -> None:
    loop(bank, 300)
    for n in range(30):
        bank.customer(f"gone{n}", closed_on=START - timedelta(days=2))
        bank.decision(f"gone{n}", START, arm="treated" if n % 2 else "holdout")
    found = told(engine, bank)
    assert found.refused
    assert codes(found)[0] == "outcome_before_entry"
    bank.rows[DECISION.name] = [r for r in bank.rows[DECISION.name] if r["customer_id"] not in
                                {f"gone{n}" for n in range(2, 30)}]  # fmt: skip
    few = told(engine, bank)
    assert not few.refused
    assert "gone_before_entry" in codes(few)
    assert sum(few.reading.sizes.values()) == 300


def test_a_unit_assigned_twice(engine: Engine, crowd: Bank) -> None:
    first = crowd.rows[DECISION.name][0]
    other = "holdout" if first["arm"] == "treated" else "treated"
    crowd.decision(first["customer_id"], first["as_of"] + timedelta(days=5), arm=other, loop_id="again")
    found = told(engine, crowd)
    assert found.refused
    assert codes(found)[0] == "drawn_into_two_arms"
    assert found.reading.metrics == ()


def test_the_same_arm_again_is_no_mistake(engine: Engine, crowd: Bank) -> None:
    first = crowd.rows[DECISION.name][0]
    crowd.decision(first["customer_id"], first["as_of"] + timedelta(days=50), arm=first["arm"], loop_id="again")
    found = told(engine, crowd)
    assert not found.refused
    assert sum(found.reading.sizes.values()) == 600


def test_a_split_changed_midway(engine: Engine, bank: Bank) -> None:
    loop(bank, 300)
    for row in bank.rows[DECISION.name][-40:]:
        row["holdout_share"] = 0.3
    found = told(engine, bank)
    assert found.refused
    moved = next(f for f in found.reading.findings if f.code == "split_moved")
    assert dict(moved.facts) == {"planned": 0.5, "drawn": 0.3, "units": 40}
    assert "30.0%" in moved.text("en")
    assert "40" in moved.text("zh-hans")


def test_a_split_that_changed_without_being_written_down_is_found_by_weeks(engine: Engine, bank: Bank) -> None:
    loop(bank, 1500, days=14)
    for n, row in enumerate(bank.rows[DECISION.name]):
        late = row["as_of"] >= START + timedelta(days=7)
        row["arm"] = "treated" if n % 10 < (8 if late else 2) else "holdout"
    found = told(engine, bank)
    assert found.refused
    assert "split_changed" in codes(found)


def test_a_negative_variance_after_covariates(
    engine: Engine, crowd: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    def broken(*_: Any, **__: Any):
        raise YourMistake("the variance of retained_30 is negative once the covariates are taken out")

    monkeypatch.setattr(module, "read_experiment", broken)
    found = told(engine, crowd)
    assert found.refused
    [why] = found.reading.findings
    assert (why.code, why.severity) == ("unreadable", "stop")
    assert "negative" in why.text("zh-hans")
    assert reading_rows(found).column("refused").to_pylist() == ["unreadable"]


def test_a_missing_pre_period(engine: Engine, bank: Bank) -> None:
    loop(bank, 300)
    for n in range(3):
        bank.rows["customer"][n]["opened_on"] = START - timedelta(days=10)
    found = told(engine, bank, metrics=METRICS)
    assert "no_pre_period" in codes(found)
    assert found.reading.metrics[0].units == 300  # they stay
    for row in bank.rows["customer"]:
        row["opened_on"] = START - timedelta(days=1)
    none = told(engine, bank, metrics=METRICS)
    assert codes(none).count("no_covariate") == 2
    assert none.reading.metrics[0].reading is not None


def test_missing_answers_are_bounded(engine: Engine, bank: Bank) -> None:
    loop(bank, 400)
    for n, row in enumerate(bank.rows[DECISION.name]):
        days = (-20, 20) if row["arm"] == "treated" and n % 3 else (-20, 20) if n % 2 else (-20,)
        for when in days:
            day = row["as_of"] + timedelta(days=when)
            bank.add(
                SURVEY_RESPONSE, morning_after(day), response_id=f"{n}{when}", customer_id=row["customer_id"],
                occurred_at=datetime.combine(day, datetime.min.time(), morning_after(day).tzinfo), survey="nps",
                score=float(n % 10), business_date=day,
            )  # fmt: skip
    found = told(engine, bank, START + timedelta(days=150), metrics={"primary": ["nps_change_90"]})
    bounds = found.bounds["nps_change_90"]
    assert bounds.low <= found.reading.metrics[0].reading.difference.value <= bounds.high
    assert bounds.cut > 0.05


# Whole managers drawn, periods that take turns, before and after.


def test_drawn_managers_are_read_by_clusters_with_the_design_effect(engine: Engine, bank: Bank) -> None:
    loop(bank, 600, share=0.0)
    made = experiment(unit="rm", arms={"shares": {"treated": 0.5, "holdout": 0.5}})
    clusters = {f"S{n:02d}": ("treated", "holdout")[n % 2] for n in range(10)}
    found = read_registered(engine, read(bank, RIPE), registration(made, clusters=clusters))
    [kept] = found.reading.metrics
    assert kept.units == 500
    assert dict(found.reading.findings[-1].facts) == {"units": 100}
    assert {"few_clusters", "outside_units"} <= set(codes(found))
    assert kept.reading.always_valid is None  # five pairs are too few
    assert kept.reading.fixed.low < 0 < kept.reading.fixed.high
    assert kept.reading.difference.degrees < 10
    assert found.design_effect >= 1
    assert found.leaked is None


def test_the_books_of_drawn_branches_enter_on_the_day_before_the_start(engine: Engine, bank: Bank) -> None:
    for n in range(40):
        bank.customer(f"C{n}", closed_on=START - timedelta(days=5) if n < 4 else None)
    made = experiment(unit="branch", source={"kind": "book"}, metrics={"primary": ["retained_30"]})
    found = read_registered(engine, read(bank, RIPE), registration(made, clusters={"B1": "treated"}))
    assert found.reading.sizes == {"treated": 36, "holdout": 0}
    assert "empty_arm" in codes(found)


def test_periods_that_take_turns_are_weaker_evidence_with_errors_by_period(engine: Engine, bank: Bank) -> None:
    loop(bank, 420, days=42, share=0.0)
    made = experiment(evidence="switchback", period_days=7)
    found = read_registered(engine, read(bank, START + timedelta(days=120)), registration(made))
    assert codes(found)[0] == "weaker_switchback"
    [kept] = found.reading.metrics
    assert found.reading.sizes == {"treated": 210, "holdout": 210}
    assert kept.reading.difference.units == pytest.approx(1.5)  # three periods an arm
    assert not found.reached


def test_before_and_after_is_a_difference_with_interval_and_its_label(engine: Engine, bank: Bank) -> None:
    loop(bank, 400, days=40, share=0.0)
    made = experiment(evidence="before_after", before_days=20)
    found = read_registered(
        engine, read(bank, RIPE + timedelta(days=30)), registration(made, START + timedelta(days=20))
    )
    assert found.reading.sizes == {"treated": 200, "holdout": 200}
    assert codes(found) == ["weaker_before_after"]
    assert found.reading.metrics[0].reading.always_valid is not None
