"""BG/NBD against what the paper printed, against its own sums, and against a simulated market."""

import numpy as np
import pytest

from liuke.errors import YourMistake
from liuke.stats.bgnbd import BgNbd, fit_bgnbd

PAPER = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)


def one(*values: float):
    return [np.array([v]) for v in values]


def test_the_papers_example_is_met():
    # Fader, Hardie & Lee: x = 2, t_x = 30.43, T = 38.86 gives 1.226 purchases in the next 39 weeks.
    assert PAPER.expected(39.0, *one(2, 30.43, 38.86))[0] == pytest.approx(1.226, abs=0.0005)


def test_expected_purchases_are_the_sum_of_the_chances_of_at_least_each_number():
    x, t_x, age = np.array([0.0, 1, 2, 12]), np.array([0.0, 3, 30.43, 38]), np.array([38.0, 20, 38.86, 39])
    chances = sum(PAPER.at_least(k, 39.0, x, t_x, age) for k in range(1, 500))
    assert chances == pytest.approx(PAPER.expected(39.0, x, t_x, age), rel=1e-6)


def test_the_typical_number_is_the_median():
    history = np.array([0.0, 2, 12]), np.array([0.0, 30.43, 38]), np.array([38.0, 38.86, 39])
    typical = PAPER.typical(39.0, *history)
    for k, row in zip(typical, zip(*history, strict=True), strict=True):
        assert PAPER.at_least(int(k) + 1, 39.0, *one(*row))[0] <= 0.5
        assert k == 0 or PAPER.at_least(int(k), 39.0, *one(*row))[0] > 0.5
    assert typical[0] == 0
    assert typical[2] > 3


def test_silence_after_many_purchases_means_gone_more_than_after_few():
    few, many = PAPER.alive(*one(1, 5, 39))[0], PAPER.alive(*one(12, 5, 39))[0]
    assert many < 0.01 < few
    assert PAPER.alive(*one(0, 0, 39))[0] == 1


def market(model: BgNbd, customers: int, weeks: float, rng):
    """Customers as the model has them, bought week by week until they leave: x, t_x, T."""
    rate, leaves = rng.gamma(model.r, 1 / model.alpha, customers), rng.beta(model.a, model.b, customers)
    age = rng.uniform(weeks / 2, weeks, customers)
    x, t_x, now = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    active = np.ones(customers, bool)
    while active.any():
        now = now + rng.exponential(1 / rate)
        active &= now <= age
        x, t_x = np.where(active, x + 1, x), np.where(active, now, t_x)
        active &= rng.random(customers) >= leaves
    return x, t_x, age


def test_the_parameters_of_a_simulated_market_are_found_again():
    truth = BgNbd(r=0.6, alpha=6.0, a=0.8, b=2.5)
    history = market(truth, 20_000, 60.0, np.random.default_rng(20261122))
    found = fit_bgnbd(*history)
    assert (found.r, found.alpha) == (pytest.approx(0.6, rel=0.08), pytest.approx(6.0, rel=0.1))
    assert found.a / (found.a + found.b) == pytest.approx(0.8 / 3.3, rel=0.08)
    assert found.log_likelihood(*history).sum() >= truth.log_likelihood(*history).sum()


def test_counted_histories_give_the_same_fit_as_repeated_ones():
    x, t_x, age = market(PAPER, 2_000, 39.0, np.random.default_rng(1))
    rows, n = np.unique(np.column_stack([x, t_x, age]), axis=0, return_counts=True)
    a, b = fit_bgnbd(x, t_x, age), fit_bgnbd(*rows.T, n.astype(float))
    assert (a.r, a.alpha, a.a, a.b) == pytest.approx((b.r, b.alpha, b.a, b.b), rel=1e-3)


@pytest.mark.parametrize(
    ("history", "said"),
    [(one(0, 0, 9), "nobody bought a second time"), (one(1, 10, 9), "cannot be"), (one(0, 3, 9), "nobody bought")],
)
def test_histories_that_cannot_be_are_refused(history, said):
    with pytest.raises(YourMistake, match=said):
        fit_bgnbd(*history)
