from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower

from liuke.errors import YourMistake
from liuke.stats.adjusted import arm_means
from liuke.stats.confidence_sequence import always_valid
from liuke.stats.cross_moments import CrossMoments
from liuke.stats.power import Design, detectable_effect, of_share, power_of, units_needed

FIXED = Design(4.0, 4.0, treated_share=0.8, reading="fixed")


@pytest.mark.parametrize(("effect", "share", "power"), [(0.2, 0.5, 0.8), (-0.1, 0.8, 0.9), (0.5, 0.95, 0.7)])
def test_the_units_for_a_fixed_day_are_statsmodels(effect: float, share: float, power: float) -> None:
    ours = units_needed(effect, Design(4.0, 4.0, share, power=power, reading="fixed"))
    control = NormalIndPower().solve_power(abs(effect) / 2, alpha=0.05, power=power, ratio=share / (1 - share))
    assert ours == pytest.approx(control / (1 - share), abs=1.1)


def test_power_is_statsmodels() -> None:
    theirs = NormalIndPower().power(0.3 / 2, nobs1=200, alpha=0.05, ratio=4)
    assert power_of(0.3, 1000, FIXED) == pytest.approx(theirs, abs=1e-3)


@pytest.mark.parametrize("reading", ["fixed", "always_valid"])
def test_the_detectable_effect_is_found_with_the_power_and_needs_those_units(reading: str) -> None:
    design = Design(1.0, 2.0, 0.7, reading=reading, variance_kept=0.6, design_effect=1.8)
    effect = detectable_effect(5000, design)
    assert power_of(effect, 5000, design) == pytest.approx(0.8)
    assert units_needed(effect, design) == 5000


def test_shares_have_the_variance_of_shares() -> None:
    design = of_share(0.8, 0.05, Design(0, 0, 0.9, reading="fixed"))
    assert (design.variance_treated, design.variance_control) == pytest.approx((0.85 * 0.15, 0.16))
    assert design.treated_share == 0.9


@pytest.mark.parametrize(("reading", "seed"), [("fixed", 1), ("always_valid", 2)])
def test_simulated_experiments_of_the_planned_size_find_the_effect_as_often_as_planned(reading: str, seed: int) -> None:
    design = Design(1.44, 1.0, 0.75, reading=reading)
    units = units_needed(0.25, design)
    treated = round(units * 0.75)
    rng = np.random.default_rng(seed)
    y = np.concatenate([rng.normal(0.25, 1.2, (2000, treated)), rng.normal(0, 1, (2000, units - treated))], axis=1)
    planned = treated * (units - treated) / units
    found = 0
    for row in y:
        means = arm_means(CrossMoments.of({"y": row[:treated]}), CrossMoments.of({"y": row[treated:]}), "y")
        told = means.difference.interval() if reading == "fixed" else always_valid(means.difference, planned)
        found += told.low > 0
    assert found / 2000 == pytest.approx(0.8, abs=0.02)


def test_being_allowed_to_look_every_day_costs_units() -> None:
    fixed, always = (units_needed(0.1, Design(1, 1, reading=reading)) for reading in ("fixed", "always_valid"))
    assert always / fixed == pytest.approx(((3.0351 + 0.8416) / 2.8016) ** 2, rel=1e-3)


def test_nobody_shows_nothing_and_no_spread_shows_everything() -> None:
    assert detectable_effect(0, FIXED) is None
    assert power_of(0.5, 0, FIXED) == 0
    assert units_needed(0.5, Design(0, 0)) == 2
    assert power_of(0.5, 10, Design(0, 0)) == 1


def test_plans_that_cannot_be_are_the_callers_mistake() -> None:
    with pytest.raises(YourMistake, match="effect of 0"):
        units_needed(0.0, FIXED)
    with pytest.raises(YourMistake, match="treated_share is 1"):
        Design(1, 1, treated_share=1.0)
    with pytest.raises(YourMistake, match="variance"):
        Design(math.nan, 1)
    with pytest.raises(YourMistake, match=r"from 0.98 to 1.03"):
        of_share(0.98, 0.05)
