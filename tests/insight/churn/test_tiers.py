from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.engine import DuckEngine
from liuke.errors import YourMistake
from liuke.insight.churn.score_policy import ScorePolicy, read_score_policy
from liuke.insight.churn.tiers import daily_capacity, with_tiers

POLICY = ScorePolicy(
    contact_cost=30, share_saved=0.15, yearly_margin=0.012, minimum_lift=1.5, red_days=1, orange_days=2
)


@pytest.fixture(scope="module")
def engine():
    made = DuckEngine(threads=1)
    yield made
    made.close()


def tiers(engine, people, capacity=2.0, mean=0.1, policy=POLICY):
    rows = [{"customer_id": c, "probability": p, "aum": a} for c, p, a in people]
    schema = pa.schema([("customer_id", pa.string()), ("probability", pa.float64()), ("aum", pa.float64())])
    scores = engine.from_arrow(pa.Table.from_pylist(rows, schema=schema))
    found = engine.arrow(with_tiers(scores, capacity, mean, policy)).to_pylist()
    return {row["customer_id"]: row for row in found}


def test_red_fills_one_day_orange_the_next_and_yellow_is_the_rest_that_pays(engine):
    found = tiers(engine, [(f"C{i}", 0.9 - i / 10, 500_000) for i in range(6)])
    assert [found[f"C{i}"]["tier"] for i in range(6)] == ["red", "red", "orange", "orange", "yellow", "yellow"]
    assert [found[f"C{i}"]["rank"] for i in range(6)] == [1, 2, 3, 4, 5, 6]


def test_a_contact_that_costs_more_than_it_brings_is_not_made_and_takes_no_place(engine):
    found = tiers(engine, [("POOR", 0.95, 900), ("RICH", 0.5, 500_000)], capacity=1)
    assert found["POOR"]["tier"] == "none"
    assert found["POOR"]["expected_gain"] == pytest.approx(0.95 * 0.15 * 0.012 * 900 - 30)
    assert found["RICH"]["tier"] == "red"


def test_whoever_is_no_likelier_to_leave_than_others_is_not_warned_however_rich(engine):
    found = tiers(engine, [("CALM", 0.12, 90_000_000)], mean=0.1)
    assert found["CALM"]["tier"] == "none"


def test_equal_customers_are_ranked_by_their_number(engine):
    found = tiers(engine, [("B", 0.5, 500_000), ("A", 0.5, 500_000)], capacity=1)
    assert (found["A"]["tier"], found["B"]["tier"]) == ("red", "orange")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 100).map(lambda n: n / 100), st.integers(0, 600_000)), max_size=12),
    st.integers(0, 4),
)
def test_tiers_equal_filling_the_places_one_by_one(engine, people, capacity):
    named = [(f"C{i:02}", p, a) for i, (p, a) in enumerate(people)]
    found = tiers(engine, named, capacity=float(capacity))
    places = 0
    for who, p, aum in sorted(named, key=lambda n: (-n[1], -(n[1] * 0.15 * 0.012 * n[2] - 30), n[0])):
        worth = p * 0.15 * 0.012 * aum - 30 > 0 and p >= 1.5 * 0.1
        places += worth
        expected = (
            "none" if not worth else "red" if places <= capacity else "orange" if places <= 2 * capacity else "yellow"
        )
        assert found[who]["tier"] == expected


def test_capacity_counts_working_managers_with_the_default_where_none_is_given(engine):
    rows = [
        {"staff_id": "S1", "role": "rm", "active": True, "daily_capacity": 12},
        {"staff_id": "S2", "role": "rm", "active": None, "daily_capacity": None},
        {"staff_id": "S3", "role": "rm", "active": False, "daily_capacity": 50},
        {"staff_id": "S4", "role": "teller", "active": True, "daily_capacity": 50},
    ]
    staff = engine.from_arrow(pa.Table.from_pylist(rows))
    policy = POLICY.model_copy(update={"retention_share": 0.25})
    assert engine.arrow(daily_capacity(staff, policy))["contacts"][0].as_py() == 32 * 0.25


def test_orange_before_red_is_refused_with_the_line(tmp_path):
    path = tmp_path / "score.yaml"
    path.write_text("red_days: 3\norange_days: 1\n")
    with pytest.raises(YourMistake, match="orange_days must not be below red_days"):
        read_score_policy(path)
    assert read_score_policy(tmp_path / "absent.yaml") == ScorePolicy()


def test_every_row_keeps_its_other_columns(engine):
    scores = engine.from_arrow(
        pa.table({"customer_id": ["A"], "probability": [0.3], "aum": [9.0], "as_of": [date(2026, 1, 1)]})
    )
    assert "as_of" in with_tiers(scores, 1.0, 0.1, POLICY).columns
