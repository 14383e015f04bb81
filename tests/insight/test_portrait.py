"""Blocks of the portrait and the hours to call, on numbers made by hand and at random."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.insight.features.registry import FEATURES
from liuke.insight.profile import ContactWindow
from liuke.insight.profile.hours import FEWEST, best_hours, local_traces
from liuke.insight.profile.portrait import FEATURE_NAMES, behaviour_block, needs_of, risk_block

DAY = date(2026, 6, 30)
PLACES = st.tuples(st.integers(0, 6), st.integers(0, 23))
TRACES = st.dictionaries(PLACES, st.floats(-5, 50, allow_nan=False))


def test_every_feature_the_portrait_reads_is_in_the_registry():
    assert len(FEATURE_NAMES) >= 30
    assert all(name in FEATURES for name in FEATURE_NAMES)


@pytest.mark.parametrize(
    ("assessed", "until", "state"),
    [
        (date(2026, 3, 1), date(2027, 3, 1), "valid"),
        (date(2025, 7, 30), date(2026, 7, 30), "expires_soon"),
        (date(2025, 6, 30), date(2026, 6, 30), "expires_soon"),
        (date(2025, 6, 29), date(2026, 6, 29), "expired"),
        (date(2024, 2, 29), date(2025, 2, 28), "expired"),
        (None, None, "none"),
    ],
)
def test_a_risk_assessment_counts_for_a_year_and_says_when_it_ends(assessed, until, state):
    found = risk_block("C3", assessed, DAY)
    assert (found.valid_until, found.state) == (until, state)


def test_channels_and_spending_are_shares_of_the_whole_largest_first():
    found = behaviour_block({"app_count_90": 6.0, "atm_count_90": 3.0, "pos_count_90": 2.0, "web_count_90": 1.0,
                             "spent_dining_90": 0.0, "own_count_30": 4.0, "app_days_30": None})  # fmt: skip
    assert found.channels == (("app", 0.5), ("atm", 0.25), ("pos", 2 / 12))
    assert found.spending == ()
    assert [(f.feature, f.value) for f in found.facts] == [("own_count_30", 4.0)]


def test_a_need_is_named_only_when_its_number_is_reached_and_quotes_it():
    [need] = needs_of({"maturing_amount_30": 50_000.0, "days_to_maturity": 9.0, "view_count_30": 1.0})
    assert need.code == "maturity"
    assert [f.value for f in need.evidence] == [50_000, 9]
    assert needs_of({"maturing_amount_30": 0.0, "complaints_open": None}) == ()


def test_evenings_answered_make_the_evening_the_time_to_call():
    habit = {(day, hour): 5.0 for day in range(5) for hour in (18, 19)}
    [first, *_rest] = best_hours(habit).best
    assert (first.hour, first.weekdays) == (18, (0, 1, 2, 3, 4))
    assert first.lift > 2


def test_a_customer_of_one_weekday_is_called_on_it():
    [first, *_rest] = best_hours({(2, 10): 30.0, (2, 11): 30.0}).best
    assert (first.hour, first.weekdays) == (10, (2,))


def test_few_traces_recommend_nothing():
    found = best_hours({(0, 10): FEWEST / 2})
    assert not found.enough
    assert found.best == ()


def test_calls_not_answered_speak_against_their_hour():
    habit = {(day, hour): 3.0 for day in range(5) for hour in (10, 15)}
    missed = {place: weight - (2.5 if place[1] == 10 else 0) for place, weight in habit.items()}
    assert best_hours(missed).best[0].hour in (14, 15)


@given(TRACES)
def test_shares_of_the_week_add_up_and_nothing_outside_the_window_is_recommended(traces):
    window = ContactWindow(10, 16, (0, 2))
    found = best_hours(traces, window)
    assert set(found.shares) == {0, 2}
    assert abs(sum(map(sum, found.shares.values())) - 1) < 1e-9
    assert all(part >= 0 for row in found.shares.values() for part in row)
    assert all(span.hour >= 10 and span.hour + 2 <= 16 and set(span.weekdays) <= {0, 2} for span in found.best)


@given(TRACES, st.integers(1, 6))
def test_the_hours_do_not_depend_on_the_order_of_the_traces(traces, turn):
    items = list(traces.items())
    turned = dict(items[turn:] + items[:turn])
    assert best_hours(turned).best == best_hours(traces).best


@pytest.mark.parametrize("hours", [(7, 20), (9, 22), (12, 12)])
def test_no_window_reaches_past_what_is_permitted(hours):
    with pytest.raises(ValueError, match="08:00-21:00"):
        ContactWindow(*hours)


def test_traces_fall_into_the_banks_own_hours():
    moment = datetime(2026, 6, 28, 18, 40, tzinfo=UTC)  # 02:40 on Monday in Shanghai
    slot = int(moment.timestamp()) // 1800
    rows = [{"source": "event", "slot": slot, "traces": 1}, {"source": "reached", "slot": slot, "traces": 1}]
    assert local_traces(rows, ZoneInfo("Asia/Shanghai")) == {(0, 2): 5.0}
