"""Activity tiers by hand at their thresholds, and as columns."""

import pyarrow as pa
import pytest

from liuke.insight.activity import ACTIVITY_TIERS, ActivityLevel, ActivityPolicy, activity_of, activity_tier

POLICY = ActivityPolicy()


@pytest.mark.parametrize(
    ("own", "app_days", "tier"),
    [(30, 0, "high"), (29, 0, "medium"), (0, 45, "high"), (9, None, "medium"), (8, 11, "low"), (0, 1, "low"),
     (1, None, "low"), (0, None, "silent")],
)  # fmt: skip
def test_either_transactions_or_app_days_reach_a_tier(own, app_days, tier):
    assert activity_of(own, app_days, POLICY) == tier


def test_columns_equal_the_rule_for_one(engine):
    cases = [(own, days) for own in (0, 1, 8, 9, 29, 30) for days in (None, 0, 1, 11, 12, 44, 45)]
    table = pa.table(
        {"own_count_90": [float(o) for o, _ in cases], "app_days_90": pa.array([d for _, d in cases], pa.float64())}
    )
    rows = engine.from_arrow(table)
    found = engine.arrow(rows.mutate(tier=activity_tier(rows, POLICY))).to_pylist()
    expected = [activity_of(own, days, POLICY) for own, days in cases]
    assert [r["tier"] for r in found] == expected
    assert set(expected) == set(ACTIVITY_TIERS)


def test_a_bank_without_app_events_is_judged_by_transactions(engine):
    rows = engine.from_arrow(pa.table({"own_count_90": [0.0, 9.0]}))
    assert engine.arrow(rows.select(tier=activity_tier(rows, POLICY)))["tier"].to_pylist() == ["silent", "medium"]


def test_thresholds_must_fall():
    with pytest.raises(ValueError, match="must fall"):
        ActivityPolicy(medium=ActivityLevel(own_transactions=40, app_days=12))
