from dataclasses import replace

import numpy as np
import pytest

from liuke.insight.uplift.plain import as_dict
from liuke.insight.uplift.study import StudySettings, study
from liuke.insight.uplift.table import FlatTrial
from liuke.insight.uplift.words import verdict_text
from liuke.stats.compare import Interval
from tests.insight.uplift.made import QUICK, trial

SETTINGS = StudySettings(folds=3, repeats=2, orders=1, draws=20, models=replace(QUICK, learners=("x", "dr")))


def flat(made, planned=0.5, drawn=None):
    arms = int(made.treated.sum()), int((~made.treated).sum())
    return FlatTrial(made, drawn or arms, planned, (), ())


@pytest.fixture(scope="module")
def differing():
    return study(flat(trial(5000)[0]), SETTINGS)


def test_effects_that_differ_are_usable_and_beat_chance_and_response(differing):
    assert differing.verdict == "usable"
    by = {r.name: r for r in differing.rankings}
    assert by["dr"].qini_mean > by["response"].qini_mean > -0.1
    assert abs(by["random"].qini_mean) < 0.05
    assert differing.qini.low > 0
    assert differing.gap.low < 0.3 < differing.gap.high
    assert "可以按增量挑人" in verdict_text(differing).zh
    assert "target by uplift" in verdict_text(differing).en


def test_the_average_effect_and_its_interval_are_right(differing):
    assert differing.effect.low < 0.1 < differing.effect.high
    plain = differing.arms.difference
    assert differing.effect.high - differing.effect.low < plain.high - plain.low


def test_policies_stand_side_by_side_within_the_budget(differing):
    by = {w.name: w for w in differing.policies}
    assert by["uplift"].share == pytest.approx(0.3, abs=0.01)
    assert by["uplift"].over_lot.low > 0
    assert by["everybody"].over_nobody.estimate == pytest.approx(differing.effect.estimate)


def test_effects_all_alike_are_not_to_be_targeted():
    found = study(flat(trial(3000, spread=0.0, seed=1)[0]), SETTINGS)
    assert found.verdict == "none"
    assert "不要按增量挑人" in verdict_text(found).zh
    assert "do not target by uplift" in verdict_text(found).en


def test_where_uplift_is_of_no_use_a_gain_by_response_is_told():
    none = study(flat(trial(3000, spread=0.0, seed=1)[0]), SETTINGS)
    helped = replace(none.policies[2], over_lot=Interval(0.004, 0.001, 0.007))
    told = replace(none, policies=(*none.policies[:2], helped))
    assert "Choosing 30% by response adds +0.4 pp [+0.1, +0.7]" in verdict_text(told).en
    assert "按响应挑" in verdict_text(told).zh
    assert "by response" not in verdict_text(none).en


def test_uneven_arms_make_the_trial_unfit():
    found = study(flat(trial(3000, share=0.56)[0], planned=0.5), SETTINGS)
    assert found.verdict == "unfit"
    assert found.ratio.alarm
    assert "结论不可用" in verdict_text(found).zh


def test_outcomes_missing_in_one_arm_only_make_the_trial_unfit():
    made = trial(3000)[0]
    arms = int(made.treated.sum()), int((~made.treated).sum())
    found = study(flat(made, drawn=(arms[0] + 400, arms[1])), SETTINGS)
    assert "lost_unequally" in {f.kind for f in found.findings}
    assert found.verdict == "unfit"


def test_a_column_known_only_after_the_draw_is_told():
    made = trial(3000)[0]
    features = made.features.copy()
    features[:, 2] += 0.4 * made.treated
    found = study(flat(replace(made, features=features)), SETTINGS)
    assert [f.about for f in found.findings if f.kind == "unbalanced"] == ["c"]


def test_without_features_there_is_an_effect_and_no_ranking():
    made = trial(3000)[0]
    found = study(flat(replace(made, features=np.empty((3000, 0)), names=())), SETTINGS)
    assert (found.verdict, found.rankings, found.heterogeneity) == ("no_features", (), None)
    assert found.arms.difference.excludes_zero
    assert "全做或全不做" in verdict_text(found).zh


def test_a_study_becomes_plain_values_with_its_definition(differing):
    plain = as_dict(differing)
    assert plain["verdict"] == "usable"
    assert plain["rankings"]["dr"]["qini_mean"] == pytest.approx(np.mean(differing.rankings[1].qini))
    assert "scikit-uplift" in plain["formula"]
    assert set(plain["policies"]) == {"uplift", "uplift_pays", "response", "everybody"}


def test_money_is_judged_by_gain_instead_of_qini():
    made = trial(2500)[0]
    found = study(flat(replace(made, outcome=made.outcome * 100 + made.features[:, 1])), SETTINGS)
    assert found.qini is None
    by = {r.name: r for r in found.rankings}
    assert by["dr"].qini is None
    assert by["dr"].gain_mean > by["random"].gain_mean
