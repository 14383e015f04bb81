"""Life-cycle stages: each rule by hand, memory over time, and the columns against the pure machine."""

from dataclasses import asdict, replace
from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liuke.errors import YourMistake
from liuke.insight.lifecycle import (
    LifecyclePolicy,
    StageFacts,
    StageState,
    read_lifecycle_policy,
    stages,
    transition,
)
from tests.night import times

POLICY = LifecyclePolicy()
DAY = date(2026, 6, 30)
USUAL = StageFacts(1000, 50_000, 50_000, 50_000, 10, 30, 2, 20)
GONE = StageFacts(1000, 0, 0, 100, 0, 0, None, 0)


def stage_of(facts, was=None, since_days=400):
    state = StageState(was, DAY - timedelta(since_days), "steady") if was else None
    return transition(state, facts, DAY, POLICY)


@pytest.mark.parametrize(
    ("facts", "stage", "reason"),
    [
        (USUAL, "mature", "steady"),
        (replace(USUAL, tenure_days=89), "new", "opened_recently"),
        (replace(USUAL, tenure_days=90), "growing", "young_relationship"),
        (StageFacts(30, 0, 0, 0, 0, 0, None), "prospect", "never_used"),
        (replace(USUAL, aum=62_500), "growing", "assets_rising"),
        (replace(USUAL, aum=35_000), "declining", "assets_falling"),
        (replace(USUAL, own_count_30=4, own_count_90=20), "declining", "activity_falling"),
        (replace(USUAL, own_count_30=0, own_count_90=0, days_since_active=90, app_days_90=0), "dormant", "no_activity"),
        (replace(USUAL, own_count_30=0, own_count_90=0, days_since_active=90), "mature", "steady"),
        (GONE, "lost", "empty_and_quiet"),
    ],
)
def test_the_first_rule_that_holds_says_the_stage(facts, stage, reason):
    state, said = stage_of(facts)
    assert (state, said) == (StageState(stage, DAY, reason), reason)


def test_one_transaction_does_not_end_dormancy_and_two_do():
    once = replace(USUAL, own_count_30=1, own_count_90=1, days_since_active=3)
    assert stage_of(once, "dormant")[0].stage == "dormant"
    assert stage_of(replace(once, own_count_30=2, own_count_90=2), "lost")[0] == StageState(
        "returned", DAY, "came_back"
    )


def test_a_returned_customer_is_called_so_for_ninety_days():
    assert stage_of(USUAL, "returned", 89)[0].stage == "returned"
    assert stage_of(USUAL, "returned", 90)[0].stage == "mature"


def test_a_decline_lasts_until_most_of_the_fall_is_made_good():
    assert stage_of(replace(USUAL, aum=44_000), "declining")[1] == "not_recovered"
    assert stage_of(replace(USUAL, aum=45_000), "declining")[0].stage == "mature"
    assert stage_of(replace(USUAL, aum=44_000), "mature")[0].stage == "mature"


def test_the_since_date_and_the_rule_that_moved_stay_while_the_stage_stays():
    state, said = transition(StageState("declining", date(2026, 5, 1), "assets_falling"), replace(USUAL, aum=44_000),
                             DAY, POLICY)  # fmt: skip
    assert state == StageState("declining", date(2026, 5, 1), "assets_falling")
    assert said == "not_recovered"


AMOUNTS = st.sampled_from([0.0, 99.0, 100.0, 9_000.0, 10_000.0, 30_000.0, 35_000.0, 45_000.0, 50_000.0, 62_500.0])
COUNTS = st.integers(0, 40).map(float)
FACTS = st.builds(
    lambda recent, more, **rest: StageFacts(own_count_30=recent, own_count_90=recent + more, **rest),
    COUNTS | st.sampled_from([0.0, 1.0, 2.0]), COUNTS,
    tenure_days=st.sampled_from([0.0, 89.0, 90.0, 179.0, 180.0, 364.0, 365.0, 2000.0]),
    aum=AMOUNTS, aum_mean_90=AMOUNTS, aum_mean_180=AMOUNTS,
    days_since_active=st.none() | st.sampled_from([0.0, 29.0, 89.0, 90.0, 179.0, 180.0]),
    app_days_90=st.none() | st.sampled_from([0.0, 1.0]),
)  # fmt: skip
DAYS = [DAY - timedelta(n) for n in (150, 120, 90, 60, 30, 0)]
HISTORIES = st.lists(st.lists(st.none() | FACTS, min_size=6, max_size=6), min_size=20, max_size=40)


def walked(history):
    state = None
    for day, facts in zip(DAYS, history, strict=True):
        state = transition(state, facts, day, POLICY)[0] if facts else None
    return state


@settings(
    max_examples=times(3, 30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(HISTORIES)
def test_columns_equal_the_machine_walked_customer_by_customer(engine, histories):
    rows = [
        {"as_of": day, "customer_id": f"C{n:03}", **asdict(facts)}
        for n, history in enumerate(histories)
        for day, facts in zip(DAYS, history, strict=True)
        if facts
    ]
    schema = pa.schema([("as_of", pa.date32()), ("customer_id", pa.string()),
                        *[(f, pa.float64()) for f in StageFacts.__dataclass_fields__]])  # fmt: skip
    features = engine.from_arrow(pa.Table.from_pylist(rows, schema=schema))
    found = {r["customer_id"]: r for r in engine.arrow(stages(engine, features, DAYS, POLICY)).to_pylist()}
    expected = {f"C{n:03}": state for n, history in enumerate(histories) if (state := walked(history))}
    assert {who: StageState(r["stage"], r["stage_since"], r["stage_reason"]) for who, r in found.items()} == expected


@settings(max_examples=300)
@given(FACTS, st.none() | FACTS)
def test_the_same_facts_twice_on_a_day_change_nothing(facts, earlier):
    before = transition(None, earlier, DAY - timedelta(30), POLICY)[0] if earlier else None
    once = transition(before, facts, DAY, POLICY)[0]
    assert transition(once, facts, DAY, POLICY)[0] == once


def test_limits_that_cross_are_refused(tmp_path):
    (tmp_path / "lifecycle.yaml").write_text("recovered: 0.4", encoding="utf-8")
    with pytest.raises(YourMistake, match="recovered must be less than falling"):
        read_lifecycle_policy(tmp_path / "lifecycle.yaml")
