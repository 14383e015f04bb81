"""Real trials by the general path; `make bench NAME=uplift_public` has all figures."""

from dataclasses import replace

import pytest

from liuke.insight.uplift.heterogeneity import heterogeneity
from liuke.insight.uplift.study import StudySettings, study
from liuke.insight.uplift.table import TrialRequest, read_trial
from tests.insight.uplift.made import QUICK

pytestmark = pytest.mark.public_data


@pytest.mark.parametrize(("arm", "usable"), [("Womens E-Mail", True), ("Mens E-Mail", False)])
def test_hillstroms_women_can_be_targeted_and_the_men_not(engine, public_data, arm, usable):
    request = TrialRequest(
        public_data / "hillstrom" / "hillstrom.csv", "segment", "visit", arm, "No E-Mail", chance="0.5",
        exclude=("conversion", "spend"),
    )  # fmt: skip
    trial = read_trial(engine, request).trial
    models = replace(QUICK, effect=replace(QUICK.effect, folds=4))
    assert heterogeneity(trial, models, "dr", seed=1, orders=1).usable is usable


def test_cookie_cats_gate_at_forty_loses_players_by_the_seventh_day(engine, public_data):
    request = TrialRequest(
        public_data / "cookie_cats" / "cookie_cats.csv", "version", "retention_7", "gate_40", "gate_30", chance="0.5",
        ids=("userid",), exclude=("sum_gamerounds", "retention_1"),
    )  # fmt: skip
    found = study(read_trial(engine, request), StudySettings())
    assert found.verdict == "no_features"
    assert found.people == 90_189
    difference = found.arms.difference
    assert (difference.estimate, difference.high) == pytest.approx((-0.0082, -0.0031), abs=1e-4)
    assert [f.kind for f in found.findings] == ["slightly_uneven"]
