"""`offers/<code>.yaml`: one offer as a bank writes it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from liuke.act.offers.placeholders import Wording
from liuke.errors import Wrong, guess
from liuke.insight.conditions import RuleNode
from liuke.settings import Name
from liuke.tables import CONSENT_PURPOSES
from liuke.yaml_file import Document

MessageClass = Literal["marketing", "service"]
"""marketing needs consent and is counted; service (progress, maturity notice, care) does neither and offers nothing."""
Channel = Literal["phone", "wecom", "visit", "sms", "push", "email"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
RiskLevel = Literal["R1", "R2", "R3", "R4", "R5"]
Category = Literal["current", "term_deposit", "wealth", "fund", "insurance", "loan", "credit_card", "other"]
INVESTMENT: tuple[Category, ...] = ("wealth", "fund", "insurance")
"""Categories whose advertising needs a risk level and a risk warning (广告法 25)."""
BenefitKind = Literal["none", "points", "coupon", "fee_waiver", "rate", "gift", "service"]
ApprovalState = Literal["draft", "submitted", "approved", "withdrawn"]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


def _known_purpose(value: str | None) -> str | None:
    if value is not None and value not in CONSENT_PURPOSES:
        raise Wrong("no_purpose", "no purpose of consent is called '{name}'; {hint}", name=value,
                    **guess(value, CONSENT_PURPOSES))  # fmt: skip
    return value


ConsentPurpose = Annotated[
    str | None, AfterValidator(_known_purpose), Field(json_schema_extra={"enum": [*CONSENT_PURPOSES, None]})
]
"""What a message needs the customer's consent for; null for service."""


class Texts(Document):
    """One wording in both languages."""

    zh: Wording = Field(min_length=1)
    en: Wording = Field(min_length=1)


class Step(Document):
    """An amount for those who meet a condition."""

    when: RuleNode
    amount: float = Field(ge=0)


class Benefit(Document):
    """What the customer gets. amount: points, currency or percentage points by kind; cost: the bank's, in its currency,
    per customer who takes it. by: other amounts by condition, the first that holds; conditions may not look at how
    likely the customer is to leave or how much he would pay.
    """

    kind: BenefitKind = "none"
    amount: float | None = Field(None, ge=0)
    cost: float = Field(0, ge=0)
    by: tuple[Step, ...] = ()

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.kind == "none" and (self.amount or self.by):
            raise Wrong("amount_of_nothing", "a benefit of kind none has no amount")
        return self


class Validity(Document):
    """Days on which the offer may be proposed, bank-local, both included."""

    from_: date = Field(alias="from")
    to: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to < self.from_:
            raise Wrong("validity_order", "`to` ({to}) lies before `from` ({start})", to=self.to, start=self.from_)
        return self

    def overlaps(self, other: Validity) -> bool:
        """Whether a day lies in both."""
        return self.from_ <= other.to and other.from_ <= self.to


class Approval(Document):
    """Who let the offer out and when. Only an approved one is ever proposed. (YAML reads a key `on` as true.)"""

    state: ApprovalState = "draft"
    by: str | None = None
    day: date | None = None

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if self.state == "approved" and not (self.by and self.day):
            raise Wrong("approval_unsigned", "an approved offer says `by` whom and on which `day`")
        return self


class OfferFile(Document):
    """One offer.

    version: the owner's numbering, for people. theme: what it is about; two approved offers of the same product and
    theme may not be valid on the same day. risk_level: as the bank rates the product, issuer_risk_level as its issuer
    does: the higher counts. audience: whom it is for. wording: one text per channel, for phone and visit what to say.
    purpose: the consent it needs; a service message needs none. materials: files of the approved texts, by name.
    """

    name: Name
    description: Name
    owner: str = Field(min_length=1)
    version: str = "1"
    theme: Code
    product_id: str | None = None
    category: Category | None = None
    risk_level: RiskLevel | None = None
    issuer_risk_level: RiskLevel | None = None
    audience: RuleNode
    benefit: Benefit = Benefit()
    channels: tuple[Channel, ...] = Field(min_length=1)
    valid: Validity
    wording: dict[Channel, Texts]
    purpose: ConsentPurpose = "marketing"
    message_class: MessageClass = "marketing"
    approval: Approval = Approval()
    materials: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        missing = [c for c in self.channels if c not in self.wording]
        if missing:
            raise Wrong("no_wording", "there is no wording for {channel}", channel=missing[0])
        if self.message_class == "service" and self.carries_offer:
            raise Wrong("service_carries_offer", "a service message may not carry an offer; take product and benefit "
                        "out, or write message_class: marketing")  # fmt: skip
        if self.message_class == "marketing" and self.purpose is None:
            raise Wrong("marketing_without_purpose", "a marketing message names the purpose of the consent it needs")
        if self.category in INVESTMENT and self.risk is None:
            raise Wrong("investment_without_risk", "an investment product has a risk_level, R1 to R5")
        return self

    @property
    def carries_offer(self) -> bool:
        """Whether it offers anything."""
        return self.product_id is not None or self.benefit.kind != "none"

    @property
    def risk(self) -> int | None:
        """1..5, the higher of what bank and issuer say; None for what has no risk level."""
        return max((int(r[1]) for r in (self.risk_level, self.issuer_risk_level) if r), default=None)
