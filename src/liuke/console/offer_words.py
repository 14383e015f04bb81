"""Offers in words: how one stands, what was checked of it, and its texts with what is known filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liuke.act.offers.catalogue import Offer
from liuke.act.offers.filling import offer_facts, pieces
from liuke.act.offers.placeholders import PLACEHOLDERS
from liuke.console import labels
from liuke.console.figures import money
from liuke.console.labels import Text
from liuke.console.mistakes import Told, told_all
from liuke.console.showing import locale

STATES: Final[Mapping[str, tuple[Text, str]]] = {
    "blocked": (gettext_lazy("不合规"), "red"),
    "draft": (gettext_lazy("草稿"), ""),
    "submitted": (gettext_lazy("待审批"), "orange"),
    "withdrawn": (gettext_lazy("已撤下"), ""),
    "early": (gettext_lazy("未生效"), "blue"),
    "over": (gettext_lazy("已过期"), ""),
    "working": (gettext_lazy("在用"), "green"),
}
"""How an offer stands on a day, and the look of the tag."""
_BENEFITS: Final[Mapping[str, Text]] = {
    "none": gettext_lazy("无"),
    "points": gettext_lazy("积分"),
    "coupon": gettext_lazy("优惠券"),
    "fee_waiver": gettext_lazy("费用减免"),
    "rate": gettext_lazy("利率"),
    "gift": gettext_lazy("礼品"),
    "service": gettext_lazy("服务"),
}
CHECKS: Final[Mapping[str, Text]] = {
    "price": gettext_lazy("给客户什么不取决于流失分、价值或忠诚度"),
    "wording": gettext_lazy("话术没有禁用词，投资类有风险提示"),
    "approval": gettext_lazy("已获审批"),
}
"""By the gate of a refusal."""
OF_PERSON: Final = ("customer_name", "staff_name", "staff_phone", "branch_name", "matures_on")
"""Placeholders that differ by customer: a preview leaves them open."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked. wrong: what was found; empty when all is well."""

    label: Text
    wrong: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The text of a channel in pieces. Each: text, and 'open' for what differs by customer, 'missing' for what the bank
    lacks, '' for what is said.
    """

    channel: Text
    said: tuple[tuple[str, str], ...]


def state_of(offer: Offer, day: date) -> str:
    """A key of STATES."""
    spec = offer.spec
    if any(refusal.gate != "approval" for refusal in offer.refusals):
        return "blocked"
    if spec.approval.state != "approved":
        return spec.approval.state
    return "early" if day < spec.valid.from_ else "over" if day > spec.valid.to else "working"


def checks(offer: Offer) -> list[Check]:
    """Everything that is checked, in order."""
    found = {gate: [r.finding for r in offer.refusals if r.gate == gate] for gate in CHECKS}
    return [Check(label, tuple(told_all(found[gate]))) for gate, label in CHECKS.items()]


def benefit_words(offer: Offer) -> str:
    """What the customer gets, and what that costs the bank."""
    benefit = offer.spec.benefit
    if benefit.kind == "none":
        return str(_BENEFITS["none"])
    amounts = [step.amount for step in benefit.by] + ([benefit.amount] if benefit.amount is not None else [])
    much = " – ".join(f"{value:g}" for value in sorted({min(amounts), max(amounts)})) if amounts else ""
    return " ".join(part for part in (str(_BENEFITS[benefit.kind]), much) if part)


def cost_words(offer: Offer) -> str:
    """The bank's cost per customer who takes it."""
    return money(offer.spec.benefit.cost) if offer.spec.benefit.kind != "none" else "—"


def channel_words(offer: Offer) -> str:
    """Its channels by name."""
    return " · ".join(str(labels.CHANNELS[channel]) for channel in offer.spec.channels)


def previews(offer: Offer, product: Mapping[str, Any] | None, bank: str) -> list[Preview]:
    """Each channel's text in the page's language. product: its row of PRODUCT."""
    facts = {**offer_facts(offer, product, locale()), "bank_name": bank}
    english = locale() == "en"
    return [
        Preview(labels.CHANNELS[channel], tuple(_said(texts.en if english else texts.zh, facts)))
        for channel, texts in offer.spec.wording.items()
    ]


def facts(offer: Offer) -> Iterator[tuple[Text, str]]:
    """What the file says besides conditions and texts."""
    spec = offer.spec
    yield _("归口"), spec.owner
    yield _("主题"), spec.theme
    yield _("产品"), spec.product_id or "—"
    yield _("风险等级"), f"R{spec.risk}" if spec.risk else "—"
    yield _("客户得到"), benefit_words(offer)
    yield _("每位客户成本"), cost_words(offer)
    yield _("渠道"), channel_words(offer)
    yield _("有效期"), f"{spec.valid.from_} – {spec.valid.to}"
    yield _("消息类别"), str(_("营销") if spec.message_class == "marketing" else _("服务"))
    yield _("同意用途"), str(labels.PURPOSES.get(spec.purpose, spec.purpose)) if spec.purpose else "—"
    signed = spec.approval
    yield _("审批"), f"{signed.by} {signed.day}" if signed.by else "—"
    yield _("材料"), "、".join(spec.materials) or "—"


def _said(text: str, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for piece in pieces(text, known):
        if piece.missing:
            yield PLACEHOLDERS[piece.hole][locale() == "en"], "open" if piece.hole in OF_PERSON else "missing"
        else:
            yield piece.text, ""
