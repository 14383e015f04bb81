from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from liuke.errors import YourMistake
from liuke.stats.compare import sample_ratio
from liuke.stats.steady_split import steady_split


def test_it_is_scipys_contingency_test() -> None:
    counts = [[900, 100, 50], [1800, 190, 120], [700, 90, 44]]
    theirs = stats.chi2_contingency(counts, correction=False)
    ours = steady_split(counts)
    assert (ours.chi2, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))


def test_a_split_turned_round_half_way_is_found_though_the_whole_looks_right() -> None:
    counts = [[520, 480], [480, 520]] * 5
    turned = [[600, 400]] * 5 + [[400, 600]] * 5
    assert not steady_split(counts).alarm
    assert steady_split(turned).alarm
    assert not sample_ratio([5000, 5000], [5000.0, 5000.0]).alarm


def test_a_steady_split_with_few_entrants_a_day_hardly_ever_alarms() -> None:
    rng = np.random.default_rng(1)
    p = [steady_split(rng.multinomial(12, (0.9, 0.1), 90).tolist()).p_value for _ in range(400)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.025)


def test_days_with_few_entrants_are_joined_and_nobody_is_left_out() -> None:
    few = [[9, 1], [9, 1], [0, 0], [9, 1], [9, 1], [8, 2], [9, 1], [100, 10], [9, 1]]
    assert steady_split(few) == steady_split([[44, 6], [118, 12]])
    assert steady_split([[9, 1], [8, 1]]) is None  # together still one period


@pytest.mark.parametrize("counts", [[], [[100, 20]], [[100], [90]], [[0, 0], [0, 0]], [[100, 0], [90, 0]]])
def test_with_one_period_or_one_arm_nothing_can_change(counts: list[list[int]]) -> None:
    assert steady_split(counts) is None


@pytest.mark.parametrize("counts", [[[10, -1], [5, 5]], [[float("nan"), 1], [5, 5]]])
def test_what_is_no_count_is_the_callers_mistake(counts: list[list[float]]) -> None:
    with pytest.raises(YourMistake, match="no counts"):
        steady_split(counts)
