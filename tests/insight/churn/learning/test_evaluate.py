import numpy as np
import pytest

from liuke.insight.churn.learning.evaluate import evaluate, fairness, figures
from liuke.stats.ranking import auc

RNG = np.random.default_rng(0)
CHANCE = RNG.beta(1, 4, 3000)
LABEL = (RNG.random(3000) < CHANCE).astype(np.int8)
MONTH = np.array(["2026-01", "2026-02", "2026-03"])[np.arange(3000) % 3]
SEX = np.where(RNG.random(3000) < 0.4, "F", "M")


def test_a_slice_has_the_figures_of_its_people_alone():
    found = evaluate(LABEL, CHANCE, slices={"month": MONTH})
    assert [s.value for s in found.slices["month"]] == ["2026-01", "2026-02", "2026-03"]
    here = MONTH == "2026-02"
    assert found.slices["month"][1].figures == figures(LABEL[here], CHANCE[here])
    assert sum(s.figures.people for s in found.slices["month"]) == 3000


def test_a_slice_of_one_class_has_no_auc_but_keeps_its_counts():
    found = figures(np.zeros(50, dtype=np.int8), CHANCE[:50])
    assert (found.auc, found.pr_auc, found.people, found.positives) == (None, None, 50, 0)
    assert found.brier is not None


def test_a_score_that_is_no_probability_has_no_calibration():
    found = figures(LABEL, CHANCE * 7, probability=False)
    assert (found.ece_10, found.brier, found.log_loss, found.predicted) == (None, None, None, None)
    assert found.auc.estimate == pytest.approx(auc(LABEL, CHANCE))


def test_fairness_counts_the_same_people_that_are_flagged_over_all():
    found = fairness(LABEL, CHANCE, SEX)
    assert [g.value for g in found] == ["F", "M"]
    flagged = np.sort(CHANCE)[-300] <= CHANCE
    women = SEX == "F"
    assert found[0].flagged == pytest.approx(flagged[women].mean())
    assert found[0].found == pytest.approx(flagged[women & (LABEL == 1)].mean())
    assert found[0].wrong == pytest.approx(flagged[women & (LABEL == 0)].mean())
    assert sum(g.flagged * g.figures.people for g in found) == pytest.approx(300)


def test_a_group_that_is_scored_too_high_shows_in_its_calibration():
    unfair = np.where(SEX == "F", np.minimum(CHANCE * 2, 0.99), CHANCE)
    women, men = fairness(LABEL, unfair, SEX)
    assert women.figures.ece_10 > 5 * men.figures.ece_10
    assert women.flagged > men.flagged
