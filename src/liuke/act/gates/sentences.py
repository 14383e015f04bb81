"""What a rule found, as a sentence in Chinese or English; and what it finds in general, for counts over many."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from liuke.insight.amounts import Locale

GATE_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "eligibility": ("准入", "eligibility"),
    "applicability": ("适用", "applicability"),
    "consent": ("同意", "consent"),
    "refusal": ("拒绝记录", "refusals"),
    "hold": ("限制", "holds"),
    "suitability": ("适当性", "suitability"),
    "frequency": ("频次", "frequency"),
    "window": ("时段", "hours"),
    "wording": ("话术", "wording"),
    "approval": ("审批", "approval"),
}

OVER_SHARE: Final = "over_share"
"""Stops matches of a trigger rule; no gate asks for it."""

RULES: Final[Mapping[str, tuple[str, str]]] = {
    "not_eligible": ("不符合准入条件“{fact}”", "does not meet the condition of eligibility '{fact}'"),
    "not_applicable": ("现在不适用:“{fact}”", "does not apply now: '{fact}'"),
    "automated_off": ("{fact} 起拒绝自动化决策", "refused automated decisions on {fact}"),
    "personalisation_off": ("{fact} 起关闭个性化推荐", "switched personalisation off on {fact}"),
    "service_with_offer": ("服务消息不得携带权益 {fact}", "a service message may not carry the offer {fact}"),
    "asked_and_refused": ("{fact} 已拒绝,不再征询", "refused on {fact}; not asked again"),
    "consent_refused": ("{fact} 拒绝或撤回了同意", "refused or withdrew consent on {fact}"),
    "no_consent": ("没有用途“{fact}”的同意", "no consent for the purpose '{fact}'"),
    "consent_outdated": ("同意的是旧版条款 {fact}", "agreed to an older text, {fact}"),
    "consent_expired": ("同意已于 {fact} 过期", "the consent expired on {fact}"),
    "channel_refused": ("{fact} 在此渠道拒绝联系", "refused on this channel on {fact}"),
    "no_fresh_consent": ("{fact} 拒绝后没有新的同意", "no consent given since the refusal on {fact}"),
    "after_refusal": ("{fact} 拒绝后的冷静期", "quiet time after the refusal on {fact}"),
    "unknown_customer": ("不是在册客户", "not a customer now"),
    "deceased": ("{fact} 起登记为身故", "registered as deceased since {fact}"),
    "minor": ("{fact} 起登记为未成年", "registered as a minor since {fact}"),
    "dispute": ("{fact} 起有诉讼纠纷", "in a dispute since {fact}"),
    "fraud": ("{fact} 起涉诈限制", "held for fraud since {fact}"),
    "under_14": ("未满14周岁", "under 14"),
    "under_age": ("未满最低年龄", "under the lowest age"),
    "open_complaint": ("{fact} 起有未办结投诉", "a complaint is open since {fact}"),
    "after_complaint": ("{fact} 投诉后的静默期", "quiet time after the complaint of {fact}"),
    "not_assessed": ("没有风险评估", "no risk assessment"),
    "assessment_expired": ("风险评估已于 {fact} 过期", "the risk assessment expired on {fact}"),
    "too_risky": ("产品风险高于客户等级:{fact}", "the product is riskier than the customer's class: {fact}"),
    "cap": ("已达频次上限(次/天){fact}", "the cap (contacts/days) {fact} is reached"),
    "outside_window": ("不在联系时段 {fact}", "outside the hours {fact}"),
    "wording": ("话术未通过检查:{fact}", "the wording did not pass: {fact}"),
    "unknown_offer": ("没有这个权益:{fact}", "there is no offer {fact}"),
    "price_by_score": ("权益取决于“{fact}”", "the benefit depends on '{fact}'"),
    "not_approved": ("权益未获审批({fact})", "the offer is not approved ({fact})"),
    "not_yet_valid": ("权益 {fact} 起有效", "the offer is valid from {fact}"),
    "no_longer_valid": ("权益已于 {fact} 到期", "the offer ended on {fact}"),
    OVER_SHARE: ("规则命中的客户超过获准的比例,暂停派单", "the rule matched more customers than its file allows"),
}
"""By rule; every cap has the sentence of `cap`."""

GENERAL: Final[Mapping[str, tuple[str, str]]] = {
    "not_eligible": ("不符合准入条件", "does not meet a condition of eligibility"),
    "not_applicable": ("现在不适用", "does not apply now"),
    "automated_off": ("拒绝自动化决策", "refuses automated decisions"),
    "personalisation_off": ("关闭了个性化推荐", "switched personalisation off"),
    "service_with_offer": ("服务消息不得携带权益", "a service message may not carry an offer"),
    "asked_and_refused": ("已拒绝,不再征询", "refused; not asked again"),
    "consent_refused": ("拒绝或撤回了同意", "refused or withdrew consent"),
    "no_consent": ("没有所需用途的同意", "no consent for the purpose"),
    "consent_outdated": ("同意的是旧版条款", "agreed to an older text"),
    "consent_expired": ("同意已过期", "the consent expired"),
    "channel_refused": ("在此渠道拒绝过联系", "refused on this channel"),
    "no_fresh_consent": ("拒绝之后没有新的同意", "no consent given since a refusal"),
    "after_refusal": ("拒绝后的冷静期", "quiet time after a refusal"),
    "deceased": ("登记为身故", "registered as deceased"),
    "minor": ("登记为未成年", "registered as a minor"),
    "dispute": ("有诉讼纠纷", "in a dispute"),
    "fraud": ("涉诈限制", "held for fraud"),
    "open_complaint": ("有未办结投诉", "a complaint is open"),
    "after_complaint": ("投诉后的静默期", "quiet time after a complaint"),
    "assessment_expired": ("风险评估已过期", "the risk assessment expired"),
    "too_risky": ("产品风险高于客户等级", "the product is riskier than the customer's class"),
    "cap": ("已达 {days} 天频次上限", "the cap of {days} days is reached"),
    "outside_window": ("不在联系时段", "outside the hours for contacts"),
    "wording": ("话术未通过检查", "the wording did not pass"),
    "unknown_offer": ("没有这个权益", "there is no such offer"),
    "price_by_score": ("权益取决于客户评分或意愿", "the benefit depends on a score or willingness"),
    "not_approved": ("权益未获审批", "the offer is not approved"),
    "not_yet_valid": ("权益尚未生效", "the offer is not valid yet"),
    "no_longer_valid": ("权益已到期", "the offer has ended"),
}
"""Of the rules whose sentence tells somebody's fact: the same about nobody in particular."""


def gate_name(gate: str, locale: Locale) -> str:
    """The gate in words."""
    return GATE_NAMES[gate][locale == "en"]


def sentence(rule: str, fact: str | None, may_change_on: date | None, locale: Locale) -> str:
    """What the rule found, and when that may change.

    >>> sentence("cap_7", "2/7", date(2026, 7, 5), "en")
    'the cap (contacts/days) 2/7 is reached; may change on 2026-07-05'
    """
    english = locale == "en"
    told = RULES["cap" if rule.startswith("cap_") else rule][english].format(fact=fact or "—")
    if may_change_on is None:
        return told
    return told + (f"; may change on {may_change_on}" if english else f",{may_change_on} 起可能变化")


def general(rule: str, locale: Locale) -> str | None:
    """What a rule finds, of nobody in particular; None for what is no rule of the gates.

    >>> general("cap_7", "en")
    'the cap of 7 days is reached'
    """
    known = "cap" if rule.startswith("cap_") else rule
    told = GENERAL.get(known) or RULES.get(known)
    return told[locale == "en"].format(days=rule.removeprefix("cap_")) if told else None
