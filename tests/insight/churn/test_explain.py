import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from liuke.insight.churn.explain import amount_of, reason_text, spoken
from liuke.insight.features.feature import Feature


def made(name, family="balance", unit="currency", cause="competition", sensitivity="C1"):
    return Feature(
        name,
        f"中文{name}",
        f"English {name}",
        unit,
        family,
        None,
        ("account.account_id",),
        "retention",
        sensitivity,
        cause,
    )


def test_a_family_speaks_once_through_its_loudest_member():
    points = np.array([[0.2, 0.5, 0.3, -0.1]])
    found = spoken(
        points, ["balance", "balance", "activity", "salary"], ["competition", "competition", "needs", None], 3
    )
    assert found.feature.tolist() == [[1, 2, -1]]
    assert found.points.tolist() == [[pytest.approx(0.7), pytest.approx(0.3), 0.0]]
    assert found.causes[found.cause[0]] == "competition"


def test_a_family_whose_members_cancel_each_other_is_silent_and_counts_for_no_cause():
    points = np.array([[0.9, -1.0, 0.1]])
    found = spoken(points, ["balance", "balance", "activity"], ["competition", "competition", "needs"], 2)
    assert found.feature.tolist() == [[2, -1]]
    assert found.causes[found.cause[0]] == "needs"


def test_nobody_to_blame_gives_no_cause():
    found = spoken(np.array([[-0.3, -0.1]]), ["balance", "activity"], ["competition", None], 2)
    assert found.cause.tolist() == [-1]
    assert (found.feature == -1).all()


@given(arrays(np.float64, (7, 6), elements=st.floats(-3, 3).map(lambda v: round(v, 3))))
def test_reasons_equal_a_slow_reading_of_the_contributions(points):
    families = ["a", "b", "a", "c", "b", "d"]
    found = spoken(points, families, [None] * 6, 3)
    for line, row in enumerate(points):
        sums = {f: sum(p for p, g in zip(row, families, strict=True) if g == f) for f in "abcd"}
        loud = sorted((total for total in sums.values() if total > 1e-12), reverse=True)[:3]
        got = [p for p, f in zip(found.points[line], found.feature[line], strict=True) if f >= 0]
        assert got == pytest.approx(loud + got[len(loud) :], abs=1e-9)
        for p, f in zip(found.points[line], found.feature[line], strict=True):
            if f >= 0:
                assert sums[families[f]] == pytest.approx(p, abs=1e-9)
                assert row[f] == max(v for v, g in zip(row, families, strict=True) if g == families[f])


def test_reasons_quote_the_customers_own_number_and_the_usual_one():
    share = made("aum_to_mean_90", unit="share")
    assert reason_text(share, 0.35, 1.0) == "中文aum_to_mean_90 35%(客户中位数 100%)"
    assert reason_text(share, 0.35, 1.0, "en") == "English aum_to_mean_90: 35% (median customer 100%)"
    assert reason_text(made("aum"), 523000.0, None) == "中文aum 52.30 万元"
    assert reason_text(made("complaints", unit="complaints"), 2.0, 2.0) == "中文complaints 2 件"
    assert amount_of(None, "days") == "无"
    assert amount_of(30.0, "minutes", "en") == "30 minutes"
