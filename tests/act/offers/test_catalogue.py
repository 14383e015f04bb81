"""Offers as files: what is a mistake, what is a finding, and what the shipped ones are like."""

from datetime import date
from pathlib import Path

import pytest

from liuke.act.offers.catalogue import read_offers
from liuke.act.offers.offer_policy import read_offer_policy
from liuke.act.offers.price import BLIND, seen_by_price
from liuke.act.offers.wording_policy import WordingPolicy
from liuke.errors import YourMistake
from liuke.insight.rules.references import Names
from liuke.insight.rules.vocabulary import ATTRIBUTES
from tests.act.offers.reading import BANK, EVERYBODY, bank_names, offer, refused, shipped, written

DAY = date(2026, 6, 30)
SCORE = {"attribute": "churn_probability", "op": ">", "value": 0.5}
SHIPPED = shipped()


def test_the_shipped_offers_are_thirty_or_more_and_all_but_the_draft_may_be_proposed():
    assert len(SHIPPED) >= 30
    assert [o.code for o in SHIPPED.values() if not o.proposable(DAY)] == ["gold_saving_plan"]
    assert refused(SHIPPED["gold_saving_plan"]) == [("approval", "not_approved")]


@pytest.mark.parametrize("made", SHIPPED.values(), ids=SHIPPED)
def test_no_shipped_benefit_or_price_looks_at_the_score_or_at_willingness_to_pay(made):
    conditions = (made.audience, *made.steps) if made.spec.benefit.kind != "none" else made.steps
    assert seen_by_price(conditions) == ()


def test_what_price_is_blind_to_holds_every_attribute_that_comes_from_a_score_or_warning():
    assert {a.name for a in ATTRIBUTES.values() if a.source == "score" or a.name.startswith("warning_")} <= set(BLIND)
    assert set(BLIND) <= set(ATTRIBUTES)


def test_the_shipped_policy_rules_speak_of_shipped_offers():
    rules = read_offer_policy(BANK / "policies" / "offers.yaml", bank_names(), SHIPPED)
    assert [r.spec.kind for r in rules] == sorted((r.spec.kind for r in rules), reverse=True)  # eligibility first
    assert all(r.offers for r in rules)
    by_code = {r.code: set(r.offers) for r in rules}
    assert by_code["insurable_age"] == {"pension_annuity"}
    assert "prepay_options_explained" not in by_code["adult"]  # a service message


def test_an_offer_with_a_benefit_for_those_likely_to_leave_is_loaded_and_never_proposed():
    tempting = offer(audience=SCORE, benefit={"kind": "coupon", "amount": 10})
    assert refused(tempting) == [("price", "price_by_score")]
    assert not tempting.proposable(DAY)
    assert tempting.refusals[0].finding.key == "audience"


def test_the_amount_of_a_benefit_may_not_depend_on_the_score_even_through_a_segment():
    names = Names(segments={"leaving": offer(audience=SCORE).spec.audience})
    steps = [{"when": {"all": [EVERYBODY, {"segment": "leaving"}]}, "amount": 50}]
    made = offer(names=names, benefit={"kind": "rate", "amount": 0.1, "by": steps})
    assert refused(made) == [("price", "price_by_score")]
    assert made.refusals[0].finding.key == "benefit.by"


def test_whom_to_tell_something_without_benefit_may_depend_on_the_score():
    assert refused(offer(audience=SCORE)) == []


def test_an_offer_is_proposable_on_its_first_and_last_day_and_not_beside_them():
    made = offer()
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    assert [made.proposable(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("keys", "line", "where", "says"),
    [
        ({"wording": {"sms": {"zh": "您好{customer}", "en": "Hi"}}}, 20, "wording.sms.zh", "'customer_name'"),
        ({"wording": {"sms": {"zh": "您好{", "en": "Hi"}}}, 20, "wording.sms.zh", "a brace stands alone"),
        ({"purpose": "marketting"}, 26, "purpose", "did you mean 'marketing'?"),
        ({"audiense": EVERYBODY}, 26, "audiense", "did you mean 'audience'?"),
        ({"channels": ["sms", "phone"]}, 1, "", "no wording for phone"),
        ({"category": "fund"}, 1, "", "has a risk_level"),
        ({"message_class": "service", "purpose": None, "product_id": "P1"}, 1, "", "may not carry an offer"),
        ({"message_class": "service", "benefit": {"kind": "gift"}}, 1, "", "may not carry an offer"),
        ({"audience": {"segment": "nobody"}}, 10, "audience.segment", "no segment is called 'nobody'"),
        ({"valid": {"from": "2026-02-01", "to": "2026-01-01"}}, 15, "valid", "lies before"),
        ({"approval": {"state": "approved"}}, 22, "approval", "`by` whom"),
    ],
)
def test_a_mistake_names_file_line_key_and_the_nearest_name(keys, line, where, says):
    with pytest.raises(YourMistake) as error:
        offer(**keys)
    first = error.value.mistakes[0]
    assert (error.value.place.file, first.line, first.key or "") == ("draft.yaml", line, where)
    assert says in error.value.render()


def test_approved_offers_of_one_product_and_theme_may_not_overlap(tmp_path: Path):
    late = {"valid": {"from": "2026-12-31", "to": "2027-12-31"}}
    for name, keys in (("first", {}), ("second", late)):
        (tmp_path / f"{name}.yaml").write_text(written(product_id="P1", **keys), encoding="utf-8")
    with pytest.raises(YourMistake, match="first and second are both for P1") as error:
        read_offers(tmp_path, Names(), WordingPolicy())
    assert str(error.value.place).endswith("second.yaml:15 [valid]")


@pytest.mark.parametrize(
    "other",
    [
        {"theme": "another"},
        {"product_id": "P2"},
        {"valid": {"from": "2027-01-01", "to": "2027-12-31"}},
        {"approval": {"state": "submitted"}},
    ],
)
def test_other_products_themes_days_and_drafts_may_stand_beside_each_other(tmp_path: Path, other):
    (tmp_path / "first.yaml").write_text(written(product_id="P1"), encoding="utf-8")
    (tmp_path / "second.yaml").write_text(written(**{"product_id": "P1", **other}), encoding="utf-8")
    assert list(read_offers(tmp_path, Names(), WordingPolicy())) == ["first", "second"]


def test_a_file_name_that_is_no_code_is_a_mistake(tmp_path: Path):
    (tmp_path / "My-Offer.yaml").write_text(written(), encoding="utf-8")
    with pytest.raises(YourMistake, match="cannot be an offer's code"):
        read_offers(tmp_path, Names(), WordingPolicy())


def test_the_higher_of_the_bank_s_and_the_issuer_s_risk_level_counts():
    assert offer(risk_level="R2", issuer_risk_level="R4").spec.risk == 4
    assert offer(risk_level="R3", issuer_risk_level="R1").spec.risk == 3
    assert offer().spec.risk is None


def test_the_version_changes_with_what_the_offer_or_a_segment_it_names_says():
    old, new = (Names(segments={"s": offer(audience={**EVERYBODY, "value": n}).spec.audience}) for n in (1, 2))
    by_segment = {"audience": {"segment": "s"}}
    assert offer(names=old, **by_segment).version == offer(names=old, **by_segment).version
    assert offer(names=old, **by_segment).version != offer(names=new, **by_segment).version
