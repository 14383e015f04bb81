"""Kaplan and Meier's curve against statsmodels and scipy, and at its ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from liuke.stats.compare import proportion
from liuke.stats.lifetimes import Step, kaplan_meier

_lives = st.lists(st.tuples(st.integers(1, 8), st.booleans()), min_size=3, max_size=60)


def steps_of(lives: list[tuple[int, bool]]) -> list[Step]:
    times = range(1, max(t for t, _ in lives) + 1)
    return [Step(sum(t >= k for t, _ in lives), sum(t == k and lost for t, lost in lives)) for k in times]


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")
@given(_lives)
def test_share_and_error_are_those_of_two_other_implementations(lives: list[tuple[int, bool]]) -> None:
    times, lost = np.array([t for t, _ in lives]), np.array([lost for _, lost in lives])
    if not lost.any():
        return
    curve = kaplan_meier(steps_of(lives))
    theirs = SurvfuncRight(times, lost)
    for time, share in zip(theirs.surv_times, theirs.surv_prob, strict=True):
        assert curve[int(time) - 1].estimate == pytest.approx(share)
    found = stats.ecdf(stats.CensoredData(uncensored=times[lost], right=times[~lost])).sf
    interval = found.confidence_interval(method="log-log")
    for k, mine in enumerate(curve, 1):
        if 0 < mine.estimate < 1 and steps_of(lives)[k - 1].at_risk > steps_of(lives)[k - 1].lost:
            assert mine.low == pytest.approx(float(interval.low.evaluate(k)))
            assert mine.high == pytest.approx(float(interval.high.evaluate(k)))


def test_nobody_lost_yet_is_no_certainty() -> None:
    [only] = kaplan_meier([Step(20, 0)])
    assert only == proportion(20, 20)
    assert only.low < 0.9


def test_everybody_lost_ends_the_curve() -> None:
    curve = kaplan_meier([Step(10, 4), Step(6, 6), Step(0, 0)])
    assert [share.estimate for share in curve] == [pytest.approx(0.6), 0.0]
    assert curve[1].high > 0.2
