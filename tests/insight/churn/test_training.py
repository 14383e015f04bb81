"""`liuke train` on a small bank: judged out of time, nothing identifying seen, nothing half-written."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from liuke.clock import AsOf
from liuke.engine import DuckEngine
from liuke.errors import YourMistake
from liuke.govern.pseudonym import identifiers
from liuke.insight.churn import training
from liuke.insight.churn.card_of import card_of
from liuke.insight.churn.dataset import Asked, Material, cases, draw, learning_view, snapshots
from liuke.insight.churn.definition import ATTRITION, AtRisk, ChurnPolicy, Hard, TrainingRule
from liuke.insight.churn.learning.settings import Candidate, TrainSettings
from liuke.insight.churn.registry import models
from liuke.insight.churn.splits import Plan
from liuke.insight.churn.training import Bank, Wish, origin_of, train_bank, write
from liuke.insight.churn.warning_policy import WarningPolicy
from liuke.lake import Lake
from tests.insight.bank import DAY, ZONE, ago, source
from tests.insight.churn.leaving_bank import NOW, leaving_bank, leaving_lake

KEY = "a key of the bank, long enough"
QUICK = TrainSettings(
    candidates=(Candidate("one", {"num_leaves": 7, "min_data_in_leaf": 10}),),
    learning_rate=0.1, max_rounds=60, patience=10, members=1, min_positives=10,
)  # fmt: skip
FEW = ("aum", "aum_to_mean_90", "own_count_30", "own_count_90", "days_since_active", "age", "is_female")
RULE = TrainingRule(every=14, snapshots=16, history_days=90)
SHORT = ATTRITION.model_copy(update={"horizon_days": 60, "losses": ATTRITION.losses[:2]})


class Spy:
    """An engine that notes the columns of everything it hands to Python."""

    def __init__(self, engine) -> None:
        self.engine, self.seen = engine, []

    def __getattr__(self, name):
        return getattr(self.engine, name)

    def arrow(self, expr):
        self.seen.append(tuple(expr.columns))
        return self.engine.arrow(expr)

    def batches(self, expr, *rest):
        self.seen.append(tuple(expr.columns))
        return self.engine.batches(expr, *rest)


@pytest.fixture(scope="module", autouse=True)
def few_features():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(training, "available", lambda given: FEW)
        yield


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    engine = DuckEngine(memory_limit_mb=1024, threads=2)
    yield Bank(Spy(engine), leaving_lake(Lake(tmp_path_factory.mktemp("lake"))), ZONE, KEY, NOW)
    engine.close()


def wish(rule=RULE, definition=SHORT, **more) -> Wish:
    policy = ChurnPolicy(use="short", definitions={"short": definition}, training=rule)
    return Wish(policy, WarningPolicy(), settings=QUICK, **more)


@pytest.fixture(scope="module")
def judged(bank):
    return train_bank(bank, wish())


def test_the_model_ranks_those_who_will_leave_and_is_judged_beside_every_baseline(judged):
    whole = judged.parts[0]
    assert whole.model.auc.estimate > 0.75
    names = {b.name for b in whole.baselines}
    assert {"logistic regression", "signals", "recency", "balance to own mean"} <= names
    assert judged.headline.group == "not_fallen"
    assert judged.headline.model.people <= whole.model.people


def test_no_training_day_lies_within_a_window_of_the_days_judged_on(judged):
    assert SHORT.closes(judged.plan.train[-1]) < judged.plan.test[0]
    assert set(np.unique(judged.trained.inner_score[~np.isnan(judged.trained.inner_score)] > 1)) == {False}


def test_lead_time_counts_days_from_the_warning_to_the_loss(judged):
    lead = judged.parts[0].lead
    assert 0 < lead.found <= lead.of == judged.parts[0].model.positives
    assert 1 <= lead.low <= lead.median <= lead.high <= SHORT.horizon_days


def test_nothing_that_leads_to_a_person_is_handed_to_python(bank, judged):
    assert len(bank.engine.seen) >= 3
    assert [cols for cols in bank.engine.seen if set(cols) & identifiers()] == []
    assert any("subject" in cols for cols in bank.engine.seen)


def test_protected_attributes_stay_out_of_the_model_and_stand_in_the_fairness_table(judged):
    assert not {"age", "is_female"} & set(judged.trained.model.names)
    assert set(judged.evaluation.fairness) == {"age", "sex"}
    assert {g.value for g in judged.evaluation.fairness["sex"]} == {"female", "male"}


def test_protected_attributes_are_learned_from_only_when_asked_for(bank):
    asked = training._asked(bank, RULE.model_copy(update={"allow_protected": True, "exclude": ("aum",)}))
    assert {"age", "is_female"} <= set(asked.features)
    assert "aum" not in asked.features


def test_an_unknown_feature_is_told_with_the_nearest_name(bank):
    with pytest.raises(YourMistake, match="own_count_30"):
        train_bank(bank, wish(RULE.model_copy(update={"exclude": ("own_cuont_30",)})))


def test_equal_inputs_give_an_equal_version_and_equal_scores(bank, judged):
    again = train_bank(bank, wish())
    assert origin_of(again).version == origin_of(judged).version
    assert again.trained.valid_score.tolist() == judged.trained.valid_score.tolist()
    other_seed = replace(judged, trained=replace(judged.trained, seed=2))
    assert origin_of(other_seed).version != origin_of(judged).version


def test_a_model_is_active_only_when_it_beats_the_signals_on_the_last_snapshot(judged, tmp_path):
    assert judged.verdict.passed is (judged.parts[-2].baseline("signals").gap.estimate > 0)
    lost = replace(judged, verdict=replace(judged.verdict, passed=False))
    for made, state in ((judged, "active"), (lost, "candidate")):
        folder = tmp_path / state
        written = write(made, folder, now=NOW)
        assert (written.entry.state, [e.state for e in models(folder)]) == (state, [state])
        assert written.entry.reason.startswith("last snapshot: everybody: AUC")


def test_the_same_version_is_never_written_twice(judged, tmp_path):
    write(judged, tmp_path, now=NOW)
    with pytest.raises(YourMistake, match="there already"):
        write(judged, tmp_path, now=NOW)
    assert len(models(tmp_path)) == 1


def test_the_card_tells_the_headline_and_names_no_person(judged):
    page = card_of(judged)
    assert "customers who have not yet fallen" in page
    assert f"{judged.headline.model.auc.estimate:.3f}" in page
    assert "某1" not in page


def test_the_origin_names_the_data_the_definition_and_every_lake_version(judged, bank):
    origin = origin_of(judged)
    assert origin.facts["lake_versions"] == {
        name: bank.lake.version(training.CONTRACTS[name])
        for name in ("customer", "account", "balance_daily", "transaction")
    }
    assert origin.facts["definition_version"] == SHORT.version


def test_an_empty_lake_and_a_short_history_are_told(bank, tmp_path):
    with pytest.raises(YourMistake, match="no history to learn from"):
        train_bank(replace(bank, lake=Lake(tmp_path)), wish())
    with pytest.raises(YourMistake, match="too short to learn"):
        train_bank(bank, wish(until=ago(300)))


def test_nobody_lost_is_told(bank):
    nobody_leaves = SHORT.model_copy(update={"losses": (Hard(),)})
    with pytest.raises(YourMistake, match=r"nobody of \d+ was lost on the days to learn from"):
        train_bank(bank, wish(definition=nobody_leaves))


def test_nobody_at_risk_is_told(bank):
    rich = SHORT.model_copy(update={"at_risk": AtRisk(minimum_aum=10**9, minimum_transactions=None)})
    with pytest.raises(YourMistake, match="no customer at risk"):
        train_bank(bank, wish(definition=rich))


ASKED = Asked(FEW[:5], FEW[5:])


@pytest.fixture(scope="module")
def known(bank):
    plan = Plan((ago(200), ago(186)), (ago(90),), ())
    made = material(bank, plan)
    return plan, made, cases(made, SHORT, WarningPolicy())


def taken(made, rows, plan, drawn):
    return snapshots(made.engine, learning_view(made, rows, plan, drawn, ASKED), plan, drawn, ASKED)


def material(bank, plan, rows=None) -> Material:
    moments = tuple(AsOf.end_of(day, ZONE) for day in plan.days)
    return Material(bank.engine, rows or bank.rows(), ZONE, moments, AsOf(DAY, NOW), KEY)


def test_a_sample_keeps_the_losses_and_undoes_the_drawing_by_weights(bank, known):
    plan, made, rows = known
    whole, _ = taken(made, rows, plan, draw(bank.engine, rows, plan, 10**6))
    drawn = draw(bank.engine, rows, plan, 150)
    some, _ = taken(made, rows, plan, drawn)
    assert (drawn.kept_positives, drawn.complete, whole.examples.weight) == (1.0, False, None)
    assert some.examples.positives == whole.examples.positives
    assert len(some.examples) < len(whole.examples)
    assert some.examples.weight.sum() == pytest.approx(len(whole.examples), rel=0.25)


def test_the_order_and_choice_of_examples_depend_on_the_key_alone(bank, known):
    plan, made, rows = known
    drawn = draw(bank.engine, rows, plan, 150)
    first, again = (taken(made, rows, plan, drawn)[0] for _ in range(2))
    assert np.array_equal(first.examples.features, again.examples.features, equal_nan=True)
    changed = taken(replace(made, key=KEY[::-1]), rows, plan, drawn)[0]
    assert changed.examples.features.tolist() != first.examples.features.tolist()


def test_the_future_changes_labels_and_no_feature(bank):
    plan = Plan((ago(200),), (ago(90),), ())
    known = leaving_bank()
    spoiled = known | {"balance_daily": [r for r in known["balance_daily"] if r["business_date"] <= ago(90)]}
    spoiled["balance_daily"] = [*spoiled["balance_daily"], *_all_gone(known)]
    found = []
    for rows in (known, spoiled):
        made = material(bank, plan, source(bank.engine, rows))
        found.append(taken(made, cases(made, SHORT, WarningPolicy()), plan, draw_all())[1])
    assert np.array_equal(found[0].examples.features, found[1].examples.features, equal_nan=True)
    assert found[0].examples.label.mean() < 0.5 < 0.9 < found[1].examples.label.mean()


def draw_all():
    return training.Drawn({}, 1.0, 1.0, 1.0)


def _all_gone(bank):
    last = {r["account_id"]: r for r in bank["balance_daily"]}
    day = ago(80)
    gone = {"balance": 0, "balance_date": day, "business_date": day}
    return [r | gone | {"ingested_at": NOW - timedelta(days=50)} for r in last.values()]
