"""Campaigns as files: what is a mistake, what is a finding, and what the shipped ones are like."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from liuke.act.campaigns.catalogue import read_campaigns
from liuke.act.campaigns.fillable import NOBODY, OF_BANK, OF_CUSTOMER, OF_SOME, fillable, filled
from liuke.act.campaigns.schedule import is_over, works_on
from liuke.errors import YourMistake
from liuke.insight.rules.references import Names
from tests.act.campaigns.reading import MARKETING, SERVICE, campaign, shelf, shipped, written
from tests.act.offers.reading import EVERYBODY, offer

SHIPPED = shipped()
SCORE = {"attribute": "churn_probability", "op": ">", "value": 0.5}
GOLDEN = {
    "birthday_care": "生日关怀 recurring wishes/sms/marketing/5",
    "maturity_follow_up": "到期承接 on_segment_entry notice/sms/service/5 call/phone/marketing/600",
    "payroll_win_back": "代发中断挽回 on_trigger message/sms/marketing/5 call/phone/marketing/3100",
    "product_guidance": "产品使用指导 once call/phone/service/600 message/sms/service/5",
    "silent_wake_up": "沉默唤醒 recurring coupon/sms/marketing/1005 call/phone/service/600",
    "tier_keep_notice": "降级预警 on_segment_entry call/phone/service/600 notice/sms/service/5",
}


def test_the_shipped_campaigns_say_what_is_written_here():
    told = {
        code: " ".join([
            c.spec.name.zh, c.spec.kind,
            *(f"{a.code}/{a.channel}/{a.message_class}/{a.cost_cents}" for a in c.arms),
        ])
        for code, c in SHIPPED.items()
    }  # fmt: skip
    assert told == GOLDEN


@pytest.mark.parametrize("made", SHIPPED.values(), ids=SHIPPED)
def test_a_shipped_campaign_says_nothing_forbidden_is_measured_and_can_fill_its_texts(made):
    assert made.refusals == ()
    assert made.spec.holdout_share == 0.1
    facts = dict.fromkeys((*OF_CUSTOMER, *OF_BANK, *OF_SOME, "benefit_amount"), "x")
    for arm in made.arms:
        if arm.is_sent:
            assert "{" not in filled(arm.texts.zh, facts) + filled(arm.texts.en, facts)


@pytest.mark.parametrize(
    ("keys", "line", "where", "says"),
    [
        ({"audiense": EVERYBODY}, 29, "audiense", "did you mean 'audience'?"),
        ({"kind": "ones"}, 9, "kind", "'once'"),
        ({"audience": {"segment": "silnt"}}, 11, "audience.segment", "did you mean 'silent'?"),
        ({"kind": "on_trigger", "audience": None, "trigger": "payroll_stoped"}, 25, "trigger",
         "did you mean 'payroll_stopped'?"),
        ({"kind": "on_trigger", "audience": None}, 1, "", "`trigger` belongs to kind on_trigger"),
        ({"segment": "silent"}, 1, "", "`segment` belongs to kind on_segment_entry"),
        ({"days": {"weekdays": ["mon"]}}, 1, "", "`days` belongs to kind recurring"),
        ({"audience": None}, 1, "", "has an `audience`"),
        ({"holdout_share": 0}, 1, "", "without a hold-out nobody learns"),
        ({"holdout_share": 0, "no_holdout_because": "why not"}, 1, "", "without a hold-out nobody learns"),
        ({"no_holdout_because": "the law asks us to tell everybody"}, 1, "", "and a reason why there is none"),
        ({"re_entry": "always"}, 1, "", "lets nobody enter again"),
        ({"kind": "recurring", "re_entry": "after"}, 1, "", "`re_entry_days`"),
        ({"arms": {"one": SERVICE | {"offer": "gift"}}}, 18, "arms.one", "either an `offer` or a `wording`"),
        ({"arms": {"one": {"channel": "sms", "offer": "gifft"}}}, 20, "arms.one.offer", "did you mean 'gift'?"),
        ({"arms": {"one": {"channel": "push", "offer": "gift"}}}, 20, "arms.one.offer", "does not go over push"),
        ({"arms": {"one": SERVICE | {"purpose": "marketing"}}}, 18, "arms.one", "needs no consent"),
        ({"arms": {"one": MARKETING | {"purpose": "marketting"}}}, 24, "arms.one.purpose", "did you mean 'marketing'?"),
        ({"arms": {"one": SERVICE | {"channel": "phone", "gateway": "x"}}}, 18, "arms.one", "has no gateway"),
        ({"arms": {"one": SERVICE | {"wording": {"zh": "{custmer_name}", "en": "x"}}}}, 22, "arms.one.wording.zh",
         "'customer_name'"),
        ({"arms": {"one": SERVICE | {"wording": {"zh": "{term_days}", "en": "x"}}}}, 21, "arms.one.wording",
         "cannot fill 'term_days'"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_line_key_and_the_nearest_name(keys, line, where, says):
    with pytest.raises(YourMistake) as error:
        campaign(on=shelf(Names(segments={"silent": offer().spec.audience}), {"gift": offer("gift")}), **keys)
    first = error.value.mistakes[0]
    assert (error.value.place.file, first.line, first.key or "") == ("draft.yaml", line, where)
    assert says in error.value.render()


def test_without_a_hold_out_a_campaign_says_why():
    made = campaign(holdout_share=0, no_holdout_because="the regulator asks us to tell every customer")
    assert made.spec.holdout_share == 0


def codes(made) -> list[tuple[str, str]]:
    return [(finding.said.code, finding.key) for finding in made.refusals]


def test_forbidden_words_are_a_finding_and_no_mistake():
    made = campaign(arms={"one": MARKETING | {"wording": {"zh": "高收益,稳赚", "en": "Hello"}}})
    assert codes(made) == [("forbidden_word", "arms.one.wording.zh")] * 2


def test_an_offer_that_may_not_go_out_keeps_its_campaign_back():
    draft = offer("gift", approval={"state": "draft"})
    assert codes(campaign(on=shelf(offers={"gift": draft}), arms={"one": {"channel": "sms", "offer": "gift"}})) == [
        ("not_approved", "arms.one.offer")
    ]


def test_who_gets_a_benefit_may_not_depend_on_the_score_but_who_gets_a_call_may():
    on = shelf(offers={"gift": offer("gift", benefit={"kind": "coupon", "amount": 5})})
    assert codes(campaign(on=on, audience=SCORE, arms={"one": {"channel": "sms", "offer": "gift"}})) == [
        ("price_by_score", "audience")
    ]
    assert codes(campaign(audience=SCORE)) == []


def test_the_class_the_purpose_and_the_cost_of_an_arm_with_an_offer_are_the_offers():
    on = shelf(offers={"gift": offer("gift", benefit={"kind": "coupon", "amount": 5, "cost": 4.5})})
    arm = campaign(on=on, arms={"one": {"channel": "sms", "offer": "gift", "price": 0.05}}).arms[0]
    assert (arm.message_class, arm.purpose, arm.cost_cents) == ("marketing", "marketing", 455)


def test_arms_share_the_draws_by_weight_without_gap():
    made = campaign(arms={"a": SERVICE, "b": SERVICE | {"weight": 2}, "c": SERVICE})
    assert [(a.low, a.high) for a in made.arms] == [(0, 0.25), (0.25, 0.75), (0.75, 1)]


def test_the_version_changes_with_the_text_the_segment_and_the_offer():
    def version(condition, words: str = "您好", **keys) -> str:
        gift = offer("gift", wording={"sms": {"zh": words, "en": "Hello"}})
        names = Names(segments={"some": offer(audience=condition).spec.audience})
        return campaign(on=shelf(names, {"gift": gift}), audience={"segment": "some"},
                        arms={"one": {"channel": "sms", "offer": "gift"}}, **keys).version  # fmt: skip

    first = version(EVERYBODY)
    others = {version(SCORE), version(EVERYBODY, "再见"), version(EVERYBODY, rate={"per_day": 5})}
    assert version(EVERYBODY) == first
    assert len(others | {first}) == 4


def test_a_recurring_campaign_works_on_its_days_within_its_dates():
    made = campaign(kind="recurring", days={"weekdays": ["mon"], "month_days": [31]}).spec
    days = (date(2026, 6, 1), date(2026, 6, 2), date(2026, 8, 31), date(2026, 7, 31), date(2027, 1, 4))
    assert [works_on(made, day) for day in days] == [True, False, True, True, False]
    assert [is_over(made, day) for day in (date(2026, 12, 31), date(2027, 1, 1))] == [False, True]


def test_a_file_name_that_is_no_code_is_a_mistake(tmp_path: Path):
    (tmp_path / "My-Campaign.yaml").write_text(written(), encoding="utf-8")
    found = read_campaigns(tmp_path, shelf())
    assert (dict(found.campaigns), list(found.mistakes)) == ({}, ["My-Campaign"])
    assert "cannot be a campaign's code" in found.mistakes["My-Campaign"].what


def test_files_that_cannot_be_read_leave_the_others_alone(tmp_path: Path):
    (tmp_path / "a.yaml").write_text(written(audience={"segment": "silnt"}), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(written(), encoding="utf-8")
    (tmp_path / "c.yaml").write_bytes(b"name: \xff\xfe")
    (tmp_path / "d.yaml").write_text("name: {", encoding="utf-8")
    (tmp_path / "e.yaml").mkdir()
    found = read_campaigns(tmp_path, shelf(Names(segments={"silent": EVERYBODY})))
    assert list(found.campaigns) == ["b"]
    assert {code: (error.place.line, error.place.column) for code, error in found.mistakes.items() if error.place} == {
        "a": (11, "audience.segment"), "c": (None, None), "d": (2, None), "e": (None, None),
    }  # fmt: skip


def test_what_cannot_be_known_of_everybody_cannot_be_filled():
    assert "benefit_amount" not in fillable(
        offer(benefit={"kind": "rate", "amount": 1, "by": [{"when": EVERYBODY, "amount": 2}]})
    )
    assert "benefit_amount" in fillable(offer(benefit={"kind": "rate", "amount": 1}))
    assert "product_name" in fillable(offer(product_id="P1"))
    assert {*OF_SOME} <= fillable(None) - {"product_name"} == fillable(None)


def test_an_arm_asks_for_the_facts_that_only_some_customers_have():
    told = {"wording": {"zh": "{matures_on}到期", "en": "Call {staff_phone}, {bank_name}"}}
    assert campaign(arms={"one": SERVICE | told}).arms[0].asks_for == ("staff_phone", "matures_on")
    assert campaign(arms={"one": SERVICE | told | {"channel": "phone"}}).arms[0].asks_for == ()


def test_names_nobody_knows_have_a_word_in_both_languages():
    assert {len(words) for words in NOBODY.values()} == {len(OF_CUSTOMER)}


def test_money_is_read_to_the_cent():
    assert campaign(budget={"messages": 1, "money": "10.50"}).spec.budget.money == Decimal("10.50")
    with pytest.raises(YourMistake):
        campaign(budget={"messages": 1, "money": "10.505"})
