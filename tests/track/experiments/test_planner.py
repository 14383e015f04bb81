"""How many customers and days: the same numbers as the formulas, and never where it never comes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from liuke.errors import YourMistake
from liuke.stats.power import Design, of_share, power_of, units_needed
from liuke.track.experiments.planner import Baseline, Wish, as_json, plan

BASE = Baseline(mean=0.8, variance=0.16, entrants_per_day=100.0, horizon_days=30, existing=900)
WISH = Wish(mde=0.05, shares={"treated": 0.9, "holdout": 0.1})


def test_units_are_those_of_the_formula_and_days_follow_from_entrants_and_horizon() -> None:
    told = plan(BASE, WISH)
    design = of_share(0.8, 0.05, Design(0, 0, treated_share=0.9))
    assert told.always_valid.units == units_needed(0.05, design)
    assert told.fixed.units == units_needed(0.05, replace(design, reading="fixed"))
    assert told.always_valid.entry_days == -(-told.always_valid.units // 100)
    assert told.always_valid.days == told.always_valid.entry_days + 30
    assert sum(told.always_valid.per_arm.values()) == told.always_valid.units
    assert told.always_valid.per_arm["holdout"] == pytest.approx(told.always_valid.units * 0.1, abs=1)
    assert power_of(0.05, told.always_valid.units, design) == pytest.approx(0.8, abs=0.001)


def test_the_always_valid_plan_needs_more_and_both_curves_fall() -> None:
    told = plan(BASE, WISH)
    assert told.always_valid.units > 1.5 * told.fixed.units
    known = [point for point in told.curve if point.always_valid is not None]
    assert [p.always_valid for p in known] == sorted((p.always_valid for p in known), reverse=True)
    assert all(p.fixed < p.always_valid for p in known)
    at_end = next(p for p in told.curve if p.day >= told.always_valid.days)
    assert at_end.always_valid <= 0.05


def test_never_is_said_with_what_the_customers_there_could_show() -> None:
    told = plan(replace(BASE, entrants_per_day=0.0), WISH)
    assert told.never
    assert told.always_valid.days is None
    assert told.shown_by_existing > 0.05
    few = plan(replace(BASE, at_most=500), WISH)
    assert few.never
    assert few.shown_by_existing > told.shown_by_existing  # fewer customers show less
    assert plan(replace(BASE, entrants_per_day=0.0, existing=0), WISH).shown_by_existing is None


def test_clusters_need_more_by_the_design_effect_and_covariates_fewer() -> None:
    alone = plan(BASE, WISH).always_valid.units
    drawn = replace(BASE, cluster_size=50, correlation=0.02)
    assert drawn.design_effect == pytest.approx(1.98)
    assert plan(drawn, WISH).always_valid.units == pytest.approx(1.98 * alone, rel=0.001)
    assert plan(replace(BASE, variance_kept=0.5), WISH).always_valid.units == pytest.approx(alone / 2, rel=0.001)


def test_a_third_arm_makes_it_wait_longer_and_is_not_counted() -> None:
    two = plan(BASE, Wish(0.05, {"treated": 0.5, "holdout": 0.5}))
    three = plan(BASE, Wish(0.05, {"treated": 0.25, "holdout": 0.25, "letter": 0.5}))
    assert three.always_valid.units == two.always_valid.units
    assert three.always_valid.entry_days == pytest.approx(2 * two.always_valid.entry_days, abs=1)


def test_what_is_no_plan_is_the_callers_mistake() -> None:
    with pytest.raises(YourMistake, match="has no share"):
        plan(BASE, Wish(0.05, {"treated": 1.0}))
    with pytest.raises(YourMistake, match="cannot go from"):
        plan(replace(BASE, mean=0.99), WISH)


def test_the_plan_is_plain_values() -> None:
    kept = as_json(plan(BASE, WISH))
    assert kept["never"] is False
    assert kept["baseline"]["design_effect"] == 1.0
    assert len(kept["curve"]) > 10
