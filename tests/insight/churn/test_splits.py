"""Which past days teach and which judge."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.errors import YourMistake
from liuke.insight.churn.definition import ATTRITION, TrainingRule
from liuke.insight.churn.splits import snapshot_days, split_by_time

FIRST, LAST = date(2025, 1, 1), date(2026, 6, 30)


def days(rule=None, first=FIRST, last=LAST, definition=ATTRITION):
    return snapshot_days(first, last, definition, rule or TrainingRule())


def test_month_ends_with_history_before_and_a_closed_window_after_are_taken():
    found = days()
    assert (found[0], found[-1], len(found)) == (date(2025, 5, 31), date(2026, 3, 31), 11)


def test_the_latest_snapshots_are_taken_when_there_are_too_many():
    assert days(TrainingRule(snapshots=3)) == (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))


def test_a_number_of_days_counts_back_from_the_last_mature_day():
    found = days(TrainingRule(every=14, snapshots=3))
    assert found == (date(2026, 3, 4), date(2026, 3, 18), date(2026, 4, 1))


def test_a_small_bank_is_looked_at_twice_as_often_unless_told_otherwise():
    small, large = TrainingRule().paced(20_000), TrainingRule().paced(50_000)
    assert (small.every, large.every) == (15, "month")
    assert days(small)[-3:] == (date(2026, 3, 2), date(2026, 3, 17), date(2026, 4, 1))
    assert TrainingRule(every="month").paced(20_000).every == "month"
    assert TrainingRule(every=7).paced(500_000).every == 7


def test_a_gap_takes_the_last_snapshots_away():
    later = ATTRITION.model_copy(update={"gap_days": 30})
    assert days(definition=later)[-1] == date(2026, 2, 28)


def test_history_too_short_is_told_with_what_would_be_needed():
    with pytest.raises(YourMistake, match="too short to learn") as caught:
        days(last=date(2025, 8, 1))
    assert "about 301 days" in caught.value.render()
    assert "213 days" in caught.value.render()


def test_no_training_window_reaches_into_the_test():
    plan = split_by_time(days(), ATTRITION, TrainingRule())
    assert plan.test == (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))
    assert plan.train[-1] == date(2025, 10, 31)
    assert plan.purged == (date(2025, 11, 30), date(2025, 12, 31))
    assert plan.days == plan.train + plan.test


def test_fewer_days_judge_when_otherwise_nothing_could_be_learned_from():
    short = (date(2026, 1, 1), date(2026, 3, 25), date(2026, 4, 10))
    assert split_by_time(short, ATTRITION, TrainingRule(test_share=0.9)).test == (date(2026, 4, 10),)


def test_snapshots_closer_than_the_label_window_cannot_be_split():
    with pytest.raises(YourMistake, match=r"2 snapshots .* lie too close together"):
        split_by_time((date(2026, 3, 1), date(2026, 3, 31)), ATTRITION, TrainingRule())


@given(
    span=st.integers(250, 1500),
    every=st.integers(1, 60),
    share=st.floats(0.05, 0.9),
    snapshots=st.integers(2, 60),
    gap=st.integers(0, 60),
)
def test_every_training_label_is_known_before_the_first_test_day(span, every, share, snapshots, gap):
    definition = ATTRITION.model_copy(update={"gap_days": gap})
    rule = TrainingRule(every=every, snapshots=snapshots, test_share=share)
    try:
        found = days(rule, last=FIRST + timedelta(span), definition=definition)
        plan = split_by_time(found, definition, rule)
    except YourMistake:
        return
    assert max(definition.closes(day) for day in plan.train) < min(plan.test)
    assert definition.closes(max(plan.test)) <= FIRST + timedelta(span)
    assert sorted({*plan.train, *plan.purged, *plan.test}) == list(found)
