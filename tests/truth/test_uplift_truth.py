"""Models of uplift against what each customer's call would have done, where effects by use of the app are planted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from liuke.act.holdout import draw
from liuke.engine import DuckEngine
from liuke.insight.uplift.crossfit import cross_fit
from liuke.insight.uplift.policy import best_within, worth
from liuke.insight.uplift.scores import inverse_chance
from liuke.insight.uplift.trial import Trial
from liuke.sim import SimConfig, episodes
from liuke.stats.ranking import midranks
from tests.insight.uplift.made import QUICK
from tests.night import nightly
from tests.truth.mornings import END, Mornings
from tests.truth.planted import chance_to_save, kinds

pytestmark = [pytest.mark.truth, nightly]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mornings]:
    engine = DuckEngine(memory_limit_mb=1024, threads=2)
    config = SimConfig(24_000, END, months=9, seed=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(episodes, "kinds", kinds)
        patch.setattr(episodes, "chance_to_save", chance_to_save)
        yield Mornings(engine, config, tmp_path_factory.mktemp("bank") / "history", daily_from=22)
    engine.close()


def drawn_trial(lived: Mornings, salt: str) -> tuple[Trial, np.ndarray, np.ndarray]:
    """All mornings as one trial, and for each customer whether he stays with a call and without."""
    rows = [*lived.past, *lived.today]
    features = np.array([[r["score"], r["visits"], r["tier"] == "red"] for r in rows], dtype=float)
    treated = np.array([draw(r["customer_id"], str(r["day"]), salt) < 0.5 for r in rows])
    outcome = np.array([r["called"] if w else r["left"] for r, w in zip(rows, treated, strict=True)], dtype=float)
    trial = Trial(features, ("score", "visits", "red"), treated, outcome, np.full(len(rows), 0.5))
    return trial, np.array([r["called"] for r in rows], float), np.array([r["left"] for r in rows], float)


@pytest.mark.parametrize("learner", ["x", "dr"])
def test_models_of_uplift_find_each_customers_true_effect_and_what_a_policy_is_worth(
    lived: Mornings, learner: str
) -> None:
    trial, called, left = drawn_trial(lived, "uplift")
    found = cross_fit(trial, QUICK, folds=3, repeats=1, seed=1)
    predicted, true = found.uplift[learner][0], called - left
    # Nothing a bank sees tells more of a call's effect here than how much of the app a customer uses.
    use = np.array([r["segment"] for r in (*lived.past, *lived.today)])
    best = np.array([true[use == s].mean() for s in use])
    reached, possible = (np.corrcoef(midranks(a), midranks(true))[0, 1] for a in (predicted, best))
    print(f"{learner}: rank correlation with the truth {reached:.3f}, of the segments' true means {possible:.3f}")
    assert reached > 0.6 * possible > 0.05
    policy = best_within(predicted, found.fold[0], 0.3)
    measured = worth(
        "uplift", policy, found.scores(trial, 0), inverse_chance(trial.treated, trial.outcome, trial.chance)
    )
    value = float(np.where(policy, called, left).mean())
    assert measured.robust.low <= value <= measured.robust.high
    assert true[policy].mean() > 1.3 * true.mean()


def test_intervals_of_a_policys_value_hold_the_truth_whatever_the_draw(lived: Mornings) -> None:
    covered = 0
    for salt in range(60):
        trial, called, left = drawn_trial(lived, f"draw {salt}")
        policy = trial.features[:, 1] < 12
        plain = inverse_chance(trial.treated, trial.outcome, trial.chance)
        found = worth("rare users of the app", policy, plain, plain).plain
        covered += found.low <= float(np.where(policy, called, left).mean()) <= found.high
    assert covered >= 54
