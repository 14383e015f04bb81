"""Managers, branches and periods drawn by the registry: repeatable, even, and different for every experiment."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from liuke.track.experiments.draw_units import drawn_units, period_arms

UNITS = [f"S{n}" for n in range(30)]


@given(st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=60, unique=True), st.floats(0.05, 0.95))
def test_as_many_are_treated_as_the_share_says_whatever_the_order(units: list[str], share: float) -> None:
    arms = drawn_units(units, "trial", share)
    treated = sum(arm == "treated" for arm in arms.values())
    assert treated == min(max(round(len(units) * share), 1), len(units) - 1)
    assert drawn_units(reversed(units), "trial", share) == arms


def test_another_experiment_draws_others() -> None:
    assert drawn_units(UNITS, "one", 0.5) != drawn_units(UNITS, "two", 0.5)
    assert drawn_units(["S1"], "one", 0.5) == {"S1": "treated"}
    assert drawn_units([], "one", 0.5) == {}


def test_of_every_two_periods_one_is_treated_and_later_days_change_no_earlier_period() -> None:
    start = date(2026, 3, 2)
    long = period_arms("trial", start, start + timedelta(days=200), 7)
    for first, second in zip(long[::2], long[1::2], strict=False):
        assert {first[1], second[1]} == {"treated", "holdout"}
    short = period_arms("trial", start, start + timedelta(days=20), 7)
    assert short == long[:3]
    assert len({arm for _, arm in long[::2]}) == 2  # which of the two comes first is drawn too
