"""Where the true effects are known: arbitration by expected incremental value against ranking by churn score, and
models of uplift against what each customer's call would have done.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest

from liuke.act.arbitrate.arbitrate import arbitrate
from liuke.act.arbitrate.lever_policy import Exploration, LeverPolicy, Use
from liuke.act.arbitrate.value import CANDIDATE
from liuke.act.holdout import draw
from liuke.clock import AsOf
from liuke.engine import DuckEngine, Engine
from liuke.insight.uplift.crossfit import cross_fit
from liuke.insight.uplift.policy import best_within, worth
from liuke.insight.uplift.scores import inverse_chance
from liuke.insight.uplift.trial import Trial
from liuke.sim import Decision, SimConfig, counterfactual, episodes, found_bank, history
from liuke.stats.compare import Interval
from liuke.stats.ranking import midranks
from liuke.track.advantage import advantage
from liuke.track.uplift import EVIDENCE, evidence, with_uplift
from tests.insight.uplift.made import QUICK
from tests.truth.planted import chance_to_save, kinds, warned

pytestmark = pytest.mark.truth

END = date(2026, 6, 30)
HORIZON = 60
CHOSEN_ON = END - timedelta(days=HORIZON)
LEARNED_ON = [CHOSEN_ON - timedelta(days=HORIZON + ago) for ago in (5, 25, 45)]
CONFIG = SimConfig(24_000, END, months=9, seed=5)
CARE = {
    "treatment": "rm_care", "source": "churn", "source_id": "rm_care", "theme": "care", "message_class": "service",
    "channel": "phone", "eligible": True, "applicable": True, "experiment": "rm_care", "holdout_share": 0.0,
}  # fmt: skip


class Lived:
    """Mornings of one bank: warned customers, and for each what would become of him with and without an order."""

    def __init__(self, engine: Engine, folder: Any) -> None:
        self.engine = engine
        start = history(found_bank(CONFIG), min(LEARNED_ON), None).world
        history(found_bank(CONFIG), CHOSEN_ON, folder)
        mornings = {day: warned(engine, folder, day) for day in (*LEARNED_ON, CHOSEN_ON)}
        rows = [row | {"day": day} for day, table in mornings.items() for row in engine.arrow(table).to_pylist()]
        truth = counterfactual(CONFIG, [Decision(r["customer_id"], r["day"]) for r in rows], (HORIZON,), END, start)
        assert truth.mature.all()
        called, left = truth.treated[0].retained, truth.untreated[0].retained
        for row, with_order, without in zip(rows, called, left, strict=True):
            row.update(
                {"effect": float(with_order) - float(without), "called": bool(with_order), "left": bool(without)}
            )
        self.past = [r for r in rows if r["day"] != CHOSEN_ON]
        self.today = [r for r in rows if r["day"] == CHOSEN_ON]

    def draw_arms(self, salt: str) -> None:
        """Half of the customers are called; each has the outcome of his arm."""
        for row in (*self.past, *self.today):
            treated = draw(row["customer_id"], str(row["day"]), salt) < 0.5
            row["arm"], row["retained"] = ("treated", row["called"]) if treated else ("holdout", row["left"])

    def learned(self) -> ir.Table:
        """The evidence of the mornings before, from the arm each customer was in."""
        loops, days = [f"L{n}" for n in range(len(self.past))], [r["day"] for r in self.past]
        columns = {n: [r[n] for r in self.past] for n in ("customer_id", "arm", "segment")}
        same = {"loop_id": loops, "experiment": ["rm_care"] * len(loops), "as_of": days}
        decisions = pa.table(columns | same | {"exposure": [r["score"] for r in self.past]})
        matured = [day + timedelta(days=HORIZON) for day in days]
        outcomes = pa.table(
            {"loop_id": loops, "horizon_days": [HORIZON] * len(loops), "matured_on": matured,
             "retained": [r["retained"] for r in self.past]}
        )  # fmt: skip
        known = AsOf(CHOSEN_ON, datetime(2026, 5, 2, tzinfo=UTC))
        engine = self.engine
        found = evidence(engine, engine.from_arrow(decisions), engine.from_arrow(outcomes), HORIZON, known)
        return engine.from_arrow(found)

    def chosen(self, policy: LeverPolicy, found: ir.Table) -> set[str]:
        """Who gets an order on the last morning: each branch has places for a third of its warned customers."""
        rows = [CARE | {"customer_id": r["customer_id"], "propensity": r["score"], "segment": r["segment"],
                        "exposure": r["score"]} for r in self.today]  # fmt: skip
        kinds_of = {"string": pa.string(), "float64": pa.float64(), "int64": pa.int64(), "boolean": pa.bool_()}
        fields = [(n, kinds_of[k]) for n, k in CANDIDATE.items()]
        schema = pa.schema([*fields, ("segment", pa.string()), ("exposure", pa.float64())])
        candidates = with_uplift(self.engine.from_arrow(pa.Table.from_pylist(rows, schema=schema)), found)
        columns = {"customer_id": [r["customer_id"] for r in self.today], "desk": [r["branch_id"] for r in self.today]}
        people = self.engine.from_arrow(pa.table(columns)).mutate(automated_off=ibis.literal(False))
        desks = people.group_by("desk").aggregate(capacity=(people.count() / 3).floor().cast("int64"))
        made = arbitrate(self.engine, candidates, people, desks, policy, CHOSEN_ON, "truth")
        fates = made.fates.filter(made.fates.fate == "chosen")
        return set(self.engine.arrow(fates.select("customer_id"))["customer_id"].to_pylist())

    def kept(self, who: set[str]) -> float:
        """Customers truly kept per contact."""
        return float(np.mean([r["effect"] for r in self.today if r["customer_id"] in who]))

    def measured(self, a: set[str], b: set[str]) -> Interval:
        """The advantage of choosing `a`, from the arms of the last morning."""
        assert len(a) == len(b)
        columns = {n: [r[n] for r in self.today] for n in ("arm", "retained")}
        sides = {n: [r["customer_id"] in who for r in self.today] for n, who in (("in_a", a), ("in_b", b))}
        found = advantage(self.engine, self.engine.from_arrow(pa.table(columns | sides)), len(a))
        assert found is not None
        return found


COUNTING = Use(value=False, cost=False, fatigue=False)
BY_VALUE = LeverPolicy(use=COUNTING, exploration=Exploration(share=0.0), least_evidence=100)
BY_SCORE = LeverPolicy(use=COUNTING.model_copy(update={"uplift": False}), exploration=Exploration(share=0.0))
"""Both count customers, not money. By score: the propensity is the churn score itself, whatever calls have done."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    engine = DuckEngine(memory_limit_mb=1024, threads=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(episodes, "kinds", kinds)
        patch.setattr(episodes, "chance_to_save", chance_to_save)
        bank = Lived(engine, tmp_path_factory.mktemp("bank") / "history")
        bank.draw_arms("arms")
        yield bank
    engine.close()


def test_the_evidence_finds_whom_calls_help_and_whom_they_disturb(lived: Lived) -> None:
    shares = {row["segment"]: row for row in lived.engine.arrow(lived.learned()).to_pylist()}
    assert set(EVIDENCE.names) == set(shares[None])
    assert shares["rare"]["share_saved"] > 0.1 > shares["daily"]["share_saved"]
    assert shares[None]["uplift_n"] > 300


def test_expected_incremental_value_keeps_more_customers_per_contact_than_the_churn_score(lived: Lived) -> None:
    found = lived.learned()
    by_value, by_score = lived.chosen(BY_VALUE, found), lived.chosen(BY_SCORE, found)
    assert len(by_value) == len(by_score) > 150
    true = lived.kept(by_value) - lived.kept(by_score)
    measured = lived.measured(by_value, by_score)
    print(f"kept per contact: {lived.kept(by_value):.3f} by value, {lived.kept(by_score):.3f} by score; {measured}")
    assert lived.kept(by_value) > 1.2 * lived.kept(by_score) > 0
    assert measured.low <= true <= measured.high


def test_without_evidence_the_score_decides_and_nothing_is_claimed(lived: Lived) -> None:
    thin = BY_VALUE.model_copy(update={"least_evidence": 1_000_000})
    found = lived.learned()
    assert lived.chosen(thin, found) == lived.chosen(BY_SCORE, found)


def drawn_trial(lived: Lived, salt: str) -> tuple[Trial, np.ndarray, np.ndarray]:
    """All mornings as one trial, and for each customer whether he stays with a call and without."""
    rows = [*lived.past, *lived.today]
    features = np.array([[r["score"], r["visits"], r["tier"] == "red"] for r in rows], dtype=float)
    treated = np.array([draw(r["customer_id"], str(r["day"]), salt) < 0.5 for r in rows])
    outcome = np.array([r["called"] if w else r["left"] for r, w in zip(rows, treated, strict=True)], dtype=float)
    trial = Trial(features, ("score", "visits", "red"), treated, outcome, np.full(len(rows), 0.5))
    return trial, np.array([r["called"] for r in rows], float), np.array([r["left"] for r in rows], float)


@pytest.mark.parametrize("learner", ["x", "dr"])
def test_models_of_uplift_find_each_customers_true_effect_and_what_a_policy_is_worth(
    lived: Lived, learner: str
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


def test_intervals_of_a_policys_value_hold_the_truth_whatever_the_draw(lived: Lived) -> None:
    covered = 0
    for salt in range(60):
        trial, called, left = drawn_trial(lived, f"draw {salt}")
        policy = trial.features[:, 1] < 12
        plain = inverse_chance(trial.treated, trial.outcome, trial.chance)
        found = worth("rare users of the app", policy, plain, plain).plain
        covered += found.low <= float(np.where(policy, called, left).mean()) <= found.high
    assert covered >= 54
