"""A whole day, with what no decision reads and with a model at work: two runs, looked at from many sides."""

import shutil
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import transaction

from liuke.daily import run_day
from liuke.govern.pseudonym import identifiers
from liuke.insight.churn.influence import BY_CODE, CODES
from liuke.insight.churn.learning.artefact import Origin, save
from liuke.insight.churn.learning.data import Examples
from liuke.insight.churn.learning.settings import Candidate, TrainSettings
from liuke.insight.churn.learning.train import train
from liuke.insight.churn.levers import LEAST_FALL, levers
from liuke.insight.churn.registry import Entry, active, register
from liuke.insight.churn.scoring import typical_values
from liuke.insight.clusters.model import learn_clusters
from liuke.insight.clusters.shelf import keep
from liuke.insight.features.registry import REGISTRY_VERSION
from liuke.insight.features.store import CUSTOMER_FEATURE, stored_features
from liuke.state.models import WorkOrder
from liuke.tables import (
    CLUSTER_SIZE,
    CUSTOMER_CLUSTER,
    CUSTOMER_SNAPSHOT,
    CUSTOMER_TAG,
    CUSTOMER_VALUE,
    DRIFT,
    SCORE,
    SEGMENT_MEMBER,
    SIGNAL,
)
from liuke.wiring import open_house
from tests.daily.conftest import PLAN

pytestmark = pytest.mark.django_db
QUICK = TrainSettings(
    candidates=(Candidate("one", {"num_leaves": 7, "min_data_in_leaf": 10}),), max_rounds=15, members=1
)
NAMES = ("own_count_30", "days_since_active", "aum_mean_90", "out_amount_30", "complaint_count_90")
FIRST = PLAN.end - timedelta(days=1)


@pytest.fixture(scope="module")
def lived(loaded_home, tmp_path_factory, django_db_setup, django_db_blocker):
    """The home after a day of signals and a day of a model; the reports of both, and the orders they opened."""
    home = tmp_path_factory.mktemp("known") / "home"
    shutil.copytree(loaded_home, home)
    house = open_house(home)
    with django_db_blocker.unblock(), transaction.atomic():
        before = run_day(house, FIRST)
        teach(house)
        find_clusters(house)
        after = run_day(house, PLAN.end)
        orders = list(WorkOrder.objects.filter(as_of=PLAN.end).values("customer_id", "reasons", "tier", "score"))
        transaction.set_rollback(True)
    return house, before, after, orders


def rows(house, table):
    with house.engine() as engine:
        return engine.arrow(house.lake.scan(engine, table)).to_pylist()


def teach(house):
    """Registers a small model that takes the quiet for leaving."""
    found = rows(house, CUSTOMER_FEATURE)
    x = np.array([[np.nan if row[n] is None else row[n] for n in NAMES] for row in found])
    quiet = np.nan_to_num(x[:, 0]) < np.median(np.nan_to_num(x[:, 0]))
    label = (quiet & (np.arange(len(x)) % 3 > 0)).astype(np.int8)
    model = train(Examples(x, NAMES, label), None, seed=1, settings=QUICK).model
    facts = {"auc": {"all": 0.7}, "test_people": len(x), "test_lost": int(label.sum())}
    folder = house.models / "attrition" / "v1"
    fingerprint = save(model, folder, Origin("attrition", "v1", "d", REGISTRY_VERSION, 1, facts=facts))
    since = datetime(2026, 6, 30, tzinfo=UTC).isoformat()
    register(house.models, Entry("attrition", "v1", "active", fingerprint, since, "a test"))


def find_clusters(house):
    """Registers a cluster model learned from the first day, and a segment of one of its clusters."""
    with house.engine() as engine:
        found = learn_clusters(engine, stored_features(house.lake, engine), FIRST, house.pseudonym_key())
    keep(house.clusters, found, datetime(2026, 6, 30, tzinfo=UTC))
    (house.home / "segments" / "largest.yaml").write_text(
        "name: {zh: 最大, en: Largest}\ndescription: {zh: 最大, en: Largest}\nowner: me\n"
        f"rule: {{attribute: cluster, value: {found.clusters[0].name.zh}}}\n",
        encoding="utf-8",
    )


def test_without_a_model_the_signals_warn_and_no_score_is_stored(lived):
    _, before, _, _ = lived
    assert before.model is None
    assert sum(before.warned.values()) > 0


def test_a_whole_day_stores_features_value_tags_and_segments_of_everybody(lived):
    house, _, after, _ = lived
    people = {row["customer_id"] for row in rows(house, CUSTOMER_SNAPSHOT)}
    assert {row["customer_id"] for row in rows(house, CUSTOMER_FEATURE)} == people
    assert {row["customer_id"] for row in rows(house, CUSTOMER_VALUE)} == people
    assert {row["customer_id"] for row in rows(house, CUSTOMER_TAG)} <= people
    assert after.tagged > len(people)
    assert after.segments > 10
    assert {row["as_of"] for row in rows(house, SEGMENT_MEMBER)} == {FIRST, PLAN.end}


def test_the_active_model_says_who_is_warned_and_the_signals_stand_beside(lived):
    house, _, after, _ = lived
    assert after.model == "attrition/v1"
    scores = {row["customer_id"]: row for row in rows(house, SCORE)}
    snapshot = {row["customer_id"]: row for row in rows(house, CUSTOMER_SNAPSHOT)}
    assert 0 < len(scores) <= len(snapshot)
    for customer, row in snapshot.items():
        score = scores.get(customer)
        assert row["probability"] == (score["probability"] if score else None)
        assert row["tier"] == (score["tier"] if score else "none")
    warned = [row for row in rows(house, SIGNAL) if row["as_of"] == PLAN.end]
    assert {row["customer_id"] for row in warned} == {c for c, row in scores.items() if row["tier"] != "none"}


def test_orders_quote_the_models_reasons_with_the_customers_number(lived):
    _, _, _, orders = lived
    spoken = [reason for order in orders for reason in order["reasons"] if reason["code"].startswith("M")]
    assert spoken
    assert all(set(reason["numbers"]) == {"feature", "value", "typical"} for reason in spoken)
    assert {reason["numbers"]["feature"] for reason in spoken} <= set(NAMES)


def test_drift_of_every_feature_and_of_the_score_is_read_each_day(lived):
    house, _, _, _ = lived
    found = rows(house, DRIFT)
    assert {row["name"] for row in found if row["kind"] == "feature"} == set(NAMES)
    assert [row["level"] for row in found if row["kind"] == "score"] != []
    assert {row["as_of"] for row in found} == {PLAN.end}


def test_the_stored_features_name_nobody_but_by_number(lived):
    assert set(CUSTOMER_FEATURE.names) & identifiers() == {"customer_id"}


def test_tags_and_segments_of_value_hold_whom_the_days_value_says(lived):
    house, _, after, _ = lived
    value = {row["customer_id"]: row for row in rows(house, CUSTOMER_VALUE)}
    assert {row["as_of"] for row in value.values()} == {PLAN.end}
    tagged = {(row["tag"], row["customer_id"]) for row in rows(house, CUSTOMER_TAG)}
    for tag, holds in (
        ("stage_declining", lambda v: v["stage"] == "declining"),
        ("loose", lambda v: v["stickiness"] < 30),
        ("rfm_champion", lambda v: v["rfm_group"] == "champion"),
    ):
        expected = {who for who, v in value.items() if holds(v)}
        assert {who for code, who in tagged if code == tag} == expected
        assert 0 < len(expected) < len(value)
    members = {
        r["customer_id"]
        for r in rows(house, SEGMENT_MEMBER)
        if r["segment"] == "downgrade_notice" and r["as_of"] == PLAN.end
    }
    assert members == {who for who, v in value.items() if v["tier_notice"]}
    assert not {"downgrade_notice", "valuable_leaving", "won_back", "loose"} & set(after.lacking)


def test_every_customer_has_a_cluster_of_the_day_and_segments_may_ask_for_it(lived):
    house, _, after, _ = lived
    assigned = {r["customer_id"]: r for r in rows(house, CUSTOMER_CLUSTER)}
    assert set(assigned) == {r["customer_id"] for r in rows(house, CUSTOMER_SNAPSHOT)}
    assert {r["as_of"] for r in assigned.values()} == {PLAN.end}
    stored = [r for r in rows(house, SEGMENT_MEMBER) if (r["segment"], r["as_of"]) == ("largest", PLAN.end)]
    largest = {who for who, r in assigned.items() if r["cluster"] == 0}
    assert {r["customer_id"] for r in stored} == largest
    sizes = {r["cluster"]: r["customers"] for r in rows(house, CLUSTER_SIZE)}
    assert sizes[0] == len(largest)
    assert "largest" not in after.lacking


def test_what_would_change_a_score_is_asked_of_the_model_with_the_days_own_features(lived):
    house, _, _, _ = lived
    model = active(house.models).model
    numbers = {row["customer_id"]: row for row in rows(house, CUSTOMER_FEATURE)}
    scores = rows(house, SCORE)
    told = [row for row in scores if row["lever_1"]]
    assert told
    assert all(row["tier"] != "none" for row in told)
    for row in told:
        here = numbers[row["customer_id"]]
        assert here["as_of"] == row["as_of"] == PLAN.end
        x = np.array([[np.nan if here[n] is None else here[n] for n in NAMES]])
        assert model.predict(x)[0] == pytest.approx(row["probability"])
        found = levers(model.predict, x, model.contributions(x)[:, :-1], NAMES, typical_values(model))
        assert (CODES[found.code[0, 0]], found.target[0, 0]) == (row["lever_1"], pytest.approx(row["lever_1_target"]))
        assert row["lever_1_value"] == here[BY_CODE[row["lever_1"]].aims[0].feature]
        assert row["lever_1_probability"] <= row["probability"] - LEAST_FALL + 1e-12
