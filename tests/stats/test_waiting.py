from __future__ import annotations

import pytest

from liuke.errors import YourMistake
from liuke.stats.power import Design, detectable_effect, of_share, units_needed
from liuke.stats.waiting import effects_by_day, waiting

DESIGN = of_share(0.8, 0.05, Design(0, 0, treated_share=0.8))


def test_the_answer_comes_when_the_last_needed_entrant_is_ripe() -> None:
    told = waiting(0.05, DESIGN, entrants_per_day=120, horizon_days=30)
    assert told.units == units_needed(0.05, DESIGN)
    assert (told.entry_days - 1) * 120 < told.units <= told.entry_days * 120
    assert told.days == told.entry_days + 30
    assert told.reachable <= 0.05


def test_too_few_customers_never_give_the_answer_but_a_larger_effect_would_show() -> None:
    told = waiting(0.01, DESIGN, entrants_per_day=120, horizon_days=30, at_most=3000)
    assert (told.entry_days, told.days) == (None, None)
    assert told.reachable == pytest.approx(detectable_effect(3000, DESIGN))
    assert told.reachable > 0.01


def test_nobody_entering_is_never() -> None:
    told = waiting(0.05, DESIGN, 0, 30)
    assert (told.days, told.reachable) == (None, None)


def test_the_curve_falls_with_patience_begins_with_ripe_customers_and_ends_when_all_are_in() -> None:
    curve = effects_by_day([30, 31, 50, 60, 365], DESIGN, 50, 30, at_most=2000)
    assert curve[0] is None
    assert curve[1] > curve[2] > curve[3] > curve[4]
    assert curve[4] == pytest.approx(detectable_effect(2000, DESIGN))


def test_the_curve_and_the_wait_agree() -> None:
    told = waiting(0.05, DESIGN, 120, 30)
    before, then = effects_by_day([told.days - 1, told.days], DESIGN, 120, 30)
    assert then <= 0.05 < before


@pytest.mark.parametrize(("entrants", "horizon"), [(-1, 30), (10, -1), (float("nan"), 30)])
def test_numbers_that_are_no_plan_are_the_callers_mistake(entrants: float, horizon: int) -> None:
    with pytest.raises(YourMistake, match="not a plan"):
        waiting(0.05, DESIGN, entrants, horizon)
