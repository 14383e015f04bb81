from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuke.stats.compare import Interval
from liuke.stats.fieller import fieller, known_over


@given(st.floats(1, 1e6), st.floats(0.1, 1000), st.floats(0.01, 100))
def test_it_is_fiellers_set_when_the_number_above_is_known(above: float, below: float, error: float) -> None:
    q = 1.96
    theirs = fieller(above, below, (0.0, error * error), 0.0, q, 0.95)
    ours = known_over(above, Interval(below, below - q * error, below + q * error))
    if theirs is None or ours is None:
        assert below == pytest.approx(q * error) or (theirs is None and ours is None)
    else:
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-4)


@pytest.mark.parametrize("low", [-1.0, 0.0])
def test_no_ratio_is_known_while_the_number_below_may_be_zero(low: float) -> None:
    assert known_over(100.0, Interval(2.0, low, 5.0)) is None
    assert known_over(100.0, Interval(-2.0, -5.0, -1.0)) is None
