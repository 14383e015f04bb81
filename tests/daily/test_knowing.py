"""A whole day, with what no decision reads and with a model at work: two runs, looked at from many sides."""

import shutil
from datetime import timedelta

import numpy as np
import pytest
from django.db import transaction

from liuke.act.loop_policy import read_loop_policy
from liuke.act.offers.bank_offers import read_bank_offers
from liuke.daily import run_day
from liuke.govern.pseudonym import identifiers
from liuke.insight.churn.influence import BY_CODE, CODES
from liuke.insight.churn.levers import LEAST_FALL, levers
from liuke.insight.churn.registry import active
from liuke.insight.churn.scoring import as_learned, typical_values
from liuke.insight.features.store import CUSTOMER_FEATURE
from liuke.state.models import WorkOrder
from liuke.tables import (
    CANDIDATE_FATE,
    CLUSTER_SIZE,
    CONSENT,
    CUSTOMER_CLUSTER,
    CUSTOMER_SNAPSHOT,
    CUSTOMER_TAG,
    CUSTOMER_VALUE,
    DECISION,
    DRIFT,
    SCORE,
    SEGMENT_MEMBER,
    SIGNAL,
)
from liuke.wiring import open_house
from tests.daily.teaching import name_clusters, teach
from tests.simulated import SMALL

pytestmark = pytest.mark.django_db
NAMES = ("own_count_30", "days_since_active", "aum_mean_90", "out_amount_30", "complaint_count_90")
FIRST = SMALL.end - timedelta(days=1)


@pytest.fixture(scope="module")
def lived(loaded_home, tmp_path_factory, django_db_setup, django_db_blocker):
    """The home after a day of signals and a day of a model; the reports of both, and the orders they opened."""
    home = tmp_path_factory.mktemp("known") / "home"
    shutil.copytree(loaded_home, home)
    house = open_house(home)
    with django_db_blocker.unblock(), transaction.atomic():
        before = run_day(house, FIRST)
        teach(house, NAMES)
        name_clusters(house, FIRST)
        after = run_day(house, SMALL.end)
        orders = list(WorkOrder.objects.filter(as_of=SMALL.end).values("customer_id", "reasons", "tier", "score"))
        transaction.set_rollback(True)
    return house, before, after, orders


def rows(house, table):
    with house.engine() as engine:
        return engine.arrow(house.lake.scan(engine, table)).to_pylist()


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
    assert {row["as_of"] for row in rows(house, SEGMENT_MEMBER)} == {FIRST, SMALL.end}


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
    warned = [row for row in rows(house, SIGNAL) if row["as_of"] == SMALL.end]
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
    assert {row["as_of"] for row in found} == {SMALL.end}


def test_the_stored_features_name_nobody_but_by_number(lived):
    assert set(CUSTOMER_FEATURE.names) & identifiers() == {"customer_id"}


def test_tags_and_segments_of_value_hold_whom_the_days_value_says(lived):
    house, _, after, _ = lived
    value = {row["customer_id"]: row for row in rows(house, CUSTOMER_VALUE)}
    assert {row["as_of"] for row in value.values()} == {SMALL.end}
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
        if r["segment"] == "downgrade_notice" and r["as_of"] == SMALL.end
    }
    assert members == {who for who, v in value.items() if v["tier_notice"]}
    assert not {"downgrade_notice", "valuable_leaving", "won_back", "loose"} & set(after.lacking)


def test_every_customer_has_a_cluster_of_the_day_and_segments_may_ask_for_it(lived):
    house, _, after, _ = lived
    assigned = {r["customer_id"]: r for r in rows(house, CUSTOMER_CLUSTER)}
    assert set(assigned) == {r["customer_id"] for r in rows(house, CUSTOMER_SNAPSHOT)}
    assert {r["as_of"] for r in assigned.values()} == {SMALL.end}
    stored = [r for r in rows(house, SEGMENT_MEMBER) if (r["segment"], r["as_of"]) == ("largest", SMALL.end)]
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
        assert here["as_of"] == row["as_of"] == SMALL.end
        x = np.array([[np.nan if here[n] is None else here[n] for n in NAMES]])
        assert model.predict(as_learned(x))[0] == pytest.approx(row["probability"])
        points = model.contributions(as_learned(x))[:, :-1]
        found = levers(lambda moved: model.predict(as_learned(moved)), x, points, NAMES, typical_values(model))
        assert (CODES[found.code[0, 0]], found.target[0, 0]) == (row["lever_1"], pytest.approx(row["lever_1_target"]))
        assert row["lever_1_value"] == here[BY_CODE[row["lever_1"]].aims[0].feature]
        assert row["lever_1_probability"] <= row["probability"] - LEAST_FALL + 1e-12


def test_every_thought_of_the_day_has_its_fate_and_care_calls_that_of_the_decision_table(lived):
    house, _, after, _ = lived
    fates = [r for r in rows(house, CANDIDATE_FATE) if r["as_of"] == SMALL.end]
    care = {r["customer_id"]: r for r in fates if r["source"] == "churn"}
    policy = read_loop_policy(house.policy("loop"))
    warned = {r["customer_id"] for r in rows(house, CUSTOMER_SNAPSHOT) if r["tier"] in policy.tiers}
    assert set(care) == warned
    arms = {r["customer_id"]: r for r in rows(house, DECISION) if r["as_of"] == SMALL.end}
    assert len(arms) == after.decided > 0
    told = {"treated": "chosen", "holdout": "held_out"}
    assert {who: (care[who]["fate"], care[who]["draw"]) for who in arms} == {
        who: (told[r["arm"]], r["draw"]) for who, r in arms.items()
    }
    others = {care[who]["fate"] for who in warned - set(arms)}
    assert others <= {"gated", "cool_down", "capacity", "no_desk"}
    assert {r["customer_id"] for r in care.values() if r["gate"]} & set(arms) == set()


def test_offers_are_thought_of_for_their_audience_and_stopped_by_consent_and_suitability(lived):
    house, *_ = lived
    offers = read_bank_offers(house.home)
    fates = [r for r in rows(house, CANDIDATE_FATE) if r["as_of"] == SMALL.end and r["source"] == "offer"]
    assert {r["treatment"] for r in fates} <= set(offers.proposable(SMALL.end))
    assert {r["fate"] for r in fates} >= {"passed", "gated"}
    refused = {
        r["customer_id"] for r in rows(house, CONSENT) if r["purpose"] == "automated_decision" and not r["granted"]
    }
    assert refused
    assert all(r["gate"] is not None for r in fates if r["customer_id"] in refused)
    people = {r["customer_id"]: r for r in rows(house, CUSTOMER_SNAPSHOT)}
    passed = [(offers.offers[r["offer_id"]], people[r["customer_id"]]) for r in fates if r["fate"] == "passed"]
    risky = [(o.spec.risk, int(p["risk_appetite"][1])) for o, p in passed if o.spec.risk]
    assert risky
    assert all(level <= grade for level, grade in risky)
    assert {r["offer_version"] for r in fates} == {offers.offers[r["offer_id"]].version for r in fates}
    seniors = {r["customer_id"] for r in rows(house, CUSTOMER_TAG) if r["tag"] == "senior"}
    assert {r["customer_id"] for r in fates if r["offer_id"] == "elderly_fraud_talk"} == seniors
