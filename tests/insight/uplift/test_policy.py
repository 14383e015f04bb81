import numpy as np
import pytest

from liuke.insight.uplift.groups import calibration, group_of
from liuke.insight.uplift.policy import advantage_of, best_within, worth
from liuke.insight.uplift.scores import doubly_robust, inverse_chance, mean_of


def drawn(seed, n=1500, share=0.3):
    """A trial with known chances, and models of the outcome that are right but for noise nobody can know."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    effect, base = 0.1 + 0.15 * np.tanh(2 * x), 0.4 + 0.2 * np.tanh(x)
    treated = rng.random(n) < share
    outcome = (rng.random(n) < base + effect * treated).astype(float)
    chance = np.full(n, share)
    robust = doubly_robust(treated, outcome, chance, base + effect, base)
    return x, effect, base, robust, inverse_chance(treated, outcome, chance)


def test_the_interval_of_a_policys_value_covers_the_truth_as_often_as_it_says():
    covered = {"robust": 0, "plain": 0, "lead": 0}
    runs = 1000
    for seed in range(runs):
        x, _effect, _base, robust, plain = drawn(seed)
        policy = x > 0.5
        found = worth("some", policy, robust, plain)
        # The population's value, by the same formula over many more people.
        covered["robust"] += found.robust.low <= TRUE_VALUE <= found.robust.high
        covered["plain"] += found.plain.low <= TRUE_VALUE <= found.plain.high
        lead = advantage_of(policy, x > 1.0, robust)
        covered["lead"] += lead.low <= TRUE_LEAD <= lead.high
    assert all(0.93 <= hits / runs <= 0.97 for hits in covered.values()), covered


def _truth():
    x = np.random.default_rng(99).normal(size=4_000_000)
    effect, base = 0.1 + 0.15 * np.tanh(2 * x), 0.4 + 0.2 * np.tanh(x)
    return float((base + effect * (x > 0.5)).mean()), float((effect * ((x > 0.5) ^ (x > 1.0))).mean())


TRUE_VALUE, TRUE_LEAD = _truth()


def test_models_take_out_noise_that_inverse_chances_leave_in():
    *_, robust, plain = drawn(1)
    one, other = mean_of(robust.effect), mean_of(plain.effect)
    assert one.high - one.low < 0.9 * (other.high - other.low)


def test_the_budget_is_kept_in_every_fold_and_the_best_are_taken():
    score, fold = np.arange(20.0), np.repeat([0, 1], 10)
    chosen = best_within(score, fold, 0.3)
    assert np.flatnonzero(chosen).tolist() == [7, 8, 9, 17, 18, 19]
    assert np.flatnonzero(best_within(score, fold, 0.3, least=8)).tolist() == [9, 17, 18, 19]
    assert not best_within(score, fold, 0.05).any()


def test_a_contact_that_costs_more_than_it_brings_lowers_the_value():
    x, _, _, robust, plain = drawn(2)
    everybody = np.ones(x.size, dtype=bool)
    free, dear = (worth("all", everybody, robust, plain, cost) for cost in (0.0, 0.5))
    assert free.over_nobody.low > 0 > dear.over_nobody.high
    assert dear.robust.estimate == pytest.approx(free.robust.estimate - 0.5)
    assert free.over_lot.estimate == pytest.approx(0)


def test_groups_go_by_rank_within_the_fold_and_their_effects_are_the_scores_means():
    rng = np.random.default_rng(0)
    fold = rng.integers(0, 3, 3000)
    predicted = rng.normal(size=3000) + 10 * fold
    group = group_of(predicted, fold, 10)
    assert all(abs(np.bincount(group[fold == k], minlength=10) - (fold == k).sum() / 10).max() <= 1 for k in range(3))
    found = calibration(predicted, predicted + rng.normal(size=3000), fold)
    assert found.slope.low < 1 < found.slope.high
    assert [g.observed.estimate for g in found.groups] == pytest.approx([g.predicted for g in found.groups], abs=0.3)
    assert found.error < 0.1


def test_predictions_that_do_not_differ_have_no_slope():
    assert calibration(np.full(100, 0.2), np.random.default_rng(0).normal(size=100), np.zeros(100, int)).slope is None
