from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from liuke.errors import YourMistake
from liuke.stats.multiplicity import benjamini_hochberg, holm

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@settings(deadline=None, max_examples=20)
@given(p_values)
def test_both_are_statsmodels(p: list[float]) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_what_is_not_known_yet_stays_so_and_is_no_question() -> None:
    assert holm([0.01, None, 0.04]) == (pytest.approx(0.02), None, pytest.approx(0.04))
    assert benjamini_hochberg([None, None]) == (None, None)
    assert holm([]) == ()


def test_holm_keeps_the_chance_of_any_false_alarm_and_bh_the_share_of_false_ones() -> None:
    rng = np.random.default_rng(1)
    null = rng.random((2000, 10))
    assert np.mean([min(holm(p.tolist())) < 0.05 for p in null]) == pytest.approx(0.05, abs=0.015)
    mixed = np.concatenate([rng.random((1000, 15)), rng.beta(0.1, 8, (1000, 5))], axis=1)
    shares = []
    for p in mixed:
        found = np.array(benjamini_hochberg(p.tolist())) < 0.1
        shares.append(found[:15].sum() / max(found.sum(), 1))
    assert np.mean(shares) <= 0.1


@pytest.mark.parametrize("bad", [-0.1, 1.2, float("nan")])
def test_a_number_that_is_no_p_value_is_refused(bad: float) -> None:
    with pytest.raises(YourMistake, match="outside 0 to 1"):
        holm([0.5, bad])
