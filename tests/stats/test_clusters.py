from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from liuke.stats.adjusted import arm_means
from liuke.stats.clusters import ClusterMoments, cluster_means, design_effect, intraclass_correlation
from liuke.stats.cross_moments import CrossMoments
from tests.stats.simulation import covered


def bank(rng: np.random.Generator, clusters: int, shared: float, effect: float = 0.0):
    """Customers of RMs: outcome, RM, and whether the RM is treated (every other one)."""
    sizes = rng.integers(10, 40, clusters)
    rm = np.repeat(np.arange(clusters), sizes)
    treated = rm % 2 == 0
    y = rng.normal(0, shared, clusters)[rm] + rng.normal(size=rm.size) + effect * treated
    return y, rm, treated


def arms(y: np.ndarray, rm: np.ndarray, treated: np.ndarray) -> tuple[ClusterMoments, ClusterMoments]:
    return ClusterMoments.of(y[treated], rm[treated]), ClusterMoments.of(y[~treated], rm[~treated])


def test_the_difference_is_statsmodels_regression_with_errors_clustered_by_rm() -> None:
    y, rm, treated = bank(np.random.default_rng(1), 40, 0.7, 0.5)
    ours = cluster_means(*arms(y, rm, treated)).difference
    fit = sm.OLS(y, sm.add_constant(treated.astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": rm, "use_correction": False}
    )
    assert ours.value == pytest.approx(fit.params[1])
    assert ours.variance == pytest.approx(fit.cov_params()[1, 1] * 20 / 19)
    assert ours.units == 10


def test_few_clusters_cover_where_customers_taken_as_independent_do_not() -> None:
    rng = np.random.default_rng(2)
    by_cluster, by_customer = [], []
    for _ in range(2500):
        y, rm, treated = bank(rng, 40, 0.6, 0.3)
        by_cluster.append(cluster_means(*arms(y, rm, treated)).difference.interval())
        plain = arm_means(CrossMoments.of({"y": y[treated]}), CrossMoments.of({"y": y[~treated]}), "y")
        by_customer.append(plain.difference.interval())
    assert 0.94 <= covered(by_cluster, 0.3) <= 0.96
    assert covered(by_customer, 0.3) < 0.7


def test_a_covariate_of_the_cluster_makes_it_sharper() -> None:
    rng = np.random.default_rng(3)
    before = rng.normal(size=60)
    rm = np.repeat(np.arange(60), 30)
    y = before[rm] + rng.normal(size=rm.size)
    treated = rm % 2 == 0

    def with_before(mine: np.ndarray) -> ClusterMoments:
        own = np.unique(rm[mine])
        totals = np.bincount(rm[mine], y[mine])[own]
        sums = CrossMoments.of({"size": np.full(30, 30.0), "total": totals, "before": before[own]})
        return ClusterMoments(sums, float((totals**2 / 30).sum()), float(y[mine] @ y[mine]))

    both = with_before(treated), with_before(~treated)
    plain, sharp = cluster_means(*both).difference, cluster_means(*both, ("before",)).difference
    assert sharp.error < 0.4 * plain.error


def test_for_clusters_of_one_size_the_correlation_is_that_of_statsmodels_mixed_model() -> None:
    rng = np.random.default_rng(4)
    rm = np.repeat(np.arange(80), 15)
    y = rng.normal(0, 0.6, 80)[rm] + rng.normal(size=rm.size)
    fit = sm.MixedLM(y, np.ones((y.size, 1)), groups=rm).fit(reml=True)
    among = float(np.asarray(fit.cov_re)[0, 0])
    assert intraclass_correlation(ClusterMoments.of(y, rm)) == pytest.approx(among / (among + fit.scale), abs=1e-4)


def test_the_correlation_is_found_within_arms_whatever_the_effect_and_the_sizes() -> None:
    rng = np.random.default_rng(5)
    found = [intraclass_correlation(*arms(*bank(rng, 100, 0.5, effect=3.0))) for _ in range(200)]
    assert np.mean(found) == pytest.approx(0.25 / 1.25, abs=0.01)


def test_the_design_effect_says_how_much_larger_the_clustered_variance_is() -> None:
    rng = np.random.default_rng(6)
    ratios = []
    for _ in range(400):
        rm = np.repeat(np.arange(200), 25)
        y = rng.normal(0, 0.5, 200)[rm] + rng.normal(size=rm.size)
        treated = rm % 2 == 0
        plain = arm_means(CrossMoments.of({"y": y[treated]}), CrossMoments.of({"y": y[~treated]}), "y")
        ratios.append(cluster_means(*arms(y, rm, treated)).difference.variance / plain.difference.variance)
    assert np.mean(ratios) == pytest.approx(design_effect(0.2, 25), rel=0.03)


def test_uneven_sizes_cost_more_and_no_correlation_costs_nothing() -> None:
    assert design_effect(0.05, 20) == pytest.approx(1.95)
    assert design_effect(0.05, 20, size_variation=0.5) == pytest.approx(2.2)
    assert design_effect(-0.01, 20) == 1


def test_two_sets_of_clusters_add_up() -> None:
    y, rm, _ = bank(np.random.default_rng(7), 20, 0.5)
    first = rm < 8
    merged = ClusterMoments.of(y[first], rm[first]) + ClusterMoments.of(y[~first], rm[~first])
    assert intraclass_correlation(merged) == pytest.approx(intraclass_correlation(ClusterMoments.of(y, rm)))
    assert merged.customers == y.size


def test_one_cluster_in_an_arm_or_one_customer_in_each_is_not_known() -> None:
    one, many = ClusterMoments.of([1.0, 2.0], [0, 0]), ClusterMoments.of([1.0, 2.0, 3.0], [0, 1, 2])
    assert cluster_means(one, many) is None
    assert intraclass_correlation(one) is None
    assert intraclass_correlation(many) is None
    assert intraclass_correlation(ClusterMoments.of([1.0] * 6, [0, 0, 1, 1, 2, 2])) is None
