"""Audiences become candidates: who is meant, over which channels, and which rule is not met."""

from datetime import date
from typing import Any

import pyarrow as pa

from liuke.act.candidate import CANDIDATE
from liuke.act.offers.bank_offers import BankOffers, read_bank_offers
from liuke.act.offers.offer_policy import OfferRule, PolicyRule
from liuke.act.offers.propose import propose
from liuke.engine import Engine
from liuke.insight.rules.references import Names, resolve
from tests.act.offers.reading import BANK, offer
from tests.insight import bank as b
from tests.insight.rules.asking import data_of

PEOPLE = {
    "customer": [
        b.customer("OLD", birth_date=date(1950, 1, 1), city="杭州"),
        b.customer("YOUNG", birth_date=date(2000, 1, 1), city="杭州"),
        b.customer("AWAY", birth_date=date(1960, 1, 1), city="宁波"),
    ]
}
HERE = {"attribute": "city", "value": "杭州"}
TWO = {"channels": ["sms", "phone"], "wording": {c: {"zh": "您好", "en": "Hello"} for c in ("sms", "phone")}}


def rule(code: str, kind: str, condition: dict[str, Any], *offers: str) -> OfferRule:
    spec = PolicyRule.model_validate({"name": {"zh": "x", "en": "x"}, "kind": kind, "rule": condition})
    return OfferRule(code, spec, resolve(spec.rule, Names()), offers)


def asked(engine: Engine, bank: BankOffers, risks: dict[str, int] | None = None) -> list[dict[str, Any]]:
    made = propose(engine, bank, data_of(engine, PEOPLE, {}), risks or {}, b.DAY)
    assert made.rows.schema().to_pyarrow().names == CANDIDATE.names
    return sorted(engine.arrow(made.rows).to_pylist(), key=lambda r: (r["customer_id"], r["channel"]))


def test_everybody_of_the_audience_is_a_candidate_over_each_channel(engine: Engine):
    rows = asked(engine, BankOffers({"draft": offer(audience=HERE, **TWO)}, ()))
    assert [(r["customer_id"], r["treatment"], r["channel"]) for r in rows] == [
        ("OLD", "draft", "phone"), ("OLD", "draft", "sms"), ("YOUNG", "draft", "phone"), ("YOUNG", "draft", "sms"),
    ]  # fmt: skip
    assert {(r["eligible"], r["applicable"], r["unmet"], r["purpose"]) for r in rows} == {
        (True, True, None, "marketing")
    }


def test_a_rule_that_is_not_met_is_named_the_hard_one_first(engine: Engine):
    rules = (
        rule("under_60", "eligibility", {"attribute": "age", "op": "<", "value": 60}, "draft"),
        rule("in_town", "applicability", HERE, "draft"),
        rule("of_others", "eligibility", {"attribute": "age", "op": "<", "value": 0}, "another"),
    )
    rows = asked(engine, BankOffers({"draft": offer()}, rules))
    assert [(r["customer_id"], r["eligible"], r["applicable"], r["unmet"]) for r in rows] == [
        ("AWAY", False, False, "under_60"), ("OLD", False, True, "under_60"), ("YOUNG", True, True, None),
    ]  # fmt: skip


def test_offers_out_of_date_or_not_approved_have_no_candidates(engine: Engine):
    late = offer("late", valid={"from": "2025-01-01", "to": "2025-12-31"})
    assert asked(engine, BankOffers({"late": late, "draft": offer(approval={"state": "draft"})}, ())) == []


def test_the_product_s_own_level_counts_when_it_is_higher(engine: Engine):
    made = BankOffers({"draft": offer(product_id="P1", risk_level="R2", audience=HERE)}, ())
    assert {r["offered_risk"] for r in asked(engine, made, {"P1": 4})} == {4}
    assert {r["offered_risk"] for r in asked(engine, made, {"P1": 1})} == {2}


def test_an_offer_that_cannot_be_asked_is_told_and_the_others_go_on(engine: Engine):
    poor = offer("poor", audience={"feature": "aum", "op": ">", "value": 1})
    offers = {"poor": poor, "draft": offer(audience=HERE)}
    made = propose(engine, BankOffers(offers, ()), data_of(engine, PEOPLE), {}, b.DAY)
    assert made.lacking == {"poor": ("aum",)}
    assert pa.compute.unique(engine.arrow(made.rows)["offer_id"]).to_pylist() == ["draft"]


def test_the_shipped_bank_is_read_whole_and_its_version_follows_its_offers():
    bank = read_bank_offers(BANK)
    assert len(bank.offers) >= 30
    assert "gold_saving_plan" not in bank.proposable(b.DAY)
    assert BankOffers({"a": offer()}, ()).version != BankOffers({"a": offer(theme="other")}, ()).version
