"""`campaigns/<code>.yaml`: one campaign as a bank writes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import Field, model_validator

from liuke.act.offers.offer_file import Channel, Code, ConsentPurpose, MessageClass, Texts, Validity
from liuke.errors import Wrong
from liuke.insight.conditions import RuleNode
from liuke.settings import Name
from liuke.yaml_file import Document

Kind = Literal["once", "recurring", "on_segment_entry", "on_trigger"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
ReEntry = Literal["never", "after", "always"]
SENT: Final[tuple[Channel, ...]] = ("sms", "push", "email")
"""Channels whose arms are messages of the outbox; the others are work orders of a relationship manager."""
SHORTEST_REASON: Final = 10
"""Characters of a justification that says anything."""


class Arm(Document):
    """What a customer of the arm gets: an offer over a channel, or a text of the campaign's own.

    offer: its wording, class and purpose count. wording, message_class, purpose: of an arm without an offer; it
    offers nothing. weight: how many customers go here beside the other arms. price: of one message or call, in the
    bank's currency; what an offer costs is added to it. gateway: a name of channels.yaml; default: the first there
    that reaches customers over the channel.
    """

    channel: Channel
    weight: int = Field(1, ge=1, le=1000)
    offer: Code | None = None
    wording: Texts | None = None
    message_class: MessageClass | None = None
    purpose: ConsentPurpose = None
    price: Decimal = Field(Decimal(0), ge=0, max_digits=12, decimal_places=2)
    gateway: str | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if (self.offer is None) == (self.wording is None):
            raise Wrong("arm_says_one_thing", "an arm has either an `offer` or a `wording` of its own")
        if self.offer and (self.message_class or self.purpose):
            raise Wrong("arm_of_offer", "class and purpose of an arm with an offer are the offer's")
        if self.wording and self.message_class is None:
            raise Wrong("arm_without_class", "an arm with a wording of its own says its message_class")
        if self.message_class == "marketing" and self.purpose is None:
            raise Wrong("marketing_without_purpose", "a marketing message names the purpose of the consent it needs")
        if self.message_class == "service" and self.purpose is not None:
            raise Wrong("service_with_purpose", "a service message needs no consent and names no purpose")
        if self.gateway and self.channel not in SENT:
            raise Wrong("gateway_of_order", "{channel} is a work order and has no gateway", channel=self.channel)
        return self


class Budget(Document):
    """What the campaign may use over its whole life; what hold-outs would have cost is not used. None: no limit."""

    messages: int = Field(ge=1)
    money: Decimal | None = Field(None, ge=0, max_digits=14, decimal_places=2)


class Rate(Document):
    """How fast it goes out: messages and orders a day, and messages an hour."""

    per_day: int = Field(ge=1)
    per_hour: int | None = Field(None, ge=1)


class Days(Document):
    """Bank-local days on which a recurring campaign works: days of the week or of the month (31: only where there is
    one). Neither: every day.
    """

    weekdays: tuple[Weekday, ...] = ()
    month_days: tuple[Annotated[int, Field(ge=1, le=31)], ...] = ()


class CampaignFile(Document):
    """One campaign.

    kind: once (each customer at most once), recurring (on its `days`), on_segment_entry (who came into `segment`),
    on_trigger (whom the rule `trigger` matched). audience: of the latter two it narrows those who come. within_days: so
    long after coming in or matching a customer may still enter, if gates or the rate stopped it first. arms: by code.
    holdout_share: of those who would be told something, left out to measure the effect; without any, why. re_entry,
    re_entry_days: whether a customer may enter again, and how long after. theme: of orders, one open order each.
    priority: of two campaigns with marketing for the same customer the lower number goes first, then the code.
    message_valid_days: an unsent message is dropped after so many days.
    """

    name: Name
    description: Name
    owner: str = Field(min_length=1)
    version: str = "1"
    theme: Code
    kind: Kind
    audience: RuleNode = Field(default=None)  # type: ignore[assignment]  # a union of tagged nodes has no `| None`
    segment: Code | None = None
    trigger: Code | None = None
    within_days: int = Field(7, ge=1, le=30)
    days: Days = Days()
    valid: Validity
    arms: dict[Code, Arm] = Field(min_length=1, max_length=8)
    holdout_share: float = Field(ge=0, le=0.5)
    no_holdout_because: str | None = None
    budget: Budget
    rate: Rate
    re_entry: ReEntry = "never"
    re_entry_days: int | None = Field(None, ge=1, le=3660)
    priority: int = Field(5, ge=1, le=9)
    message_valid_days: int = Field(3, ge=1, le=30)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind in ("once", "recurring") and self.audience is None:
            raise Wrong("no_audience", "a campaign of kind {kind} has an `audience`", kind=self.kind)
        for key, kind in (("segment", "on_segment_entry"), ("trigger", "on_trigger")):
            if (getattr(self, key) is not None) != (self.kind == kind):
                raise Wrong("key_of_kind", "`{key}` belongs to kind {kind}, and only there", key=key, kind=kind)
        if self.days != Days() and self.kind != "recurring":
            raise Wrong("key_of_kind", "`{key}` belongs to kind {kind}, and only there", key="days", kind="recurring")
        return self

    @model_validator(mode="after")
    def _measured(self) -> Self:
        said = len((self.no_holdout_because or "").strip()) >= SHORTEST_REASON
        if not self.holdout_share and not said:
            raise Wrong("no_holdout", "without a hold-out nobody learns what the campaign does; write holdout_share, "
                        "or say in `no_holdout_because` why there is none")  # fmt: skip
        if self.holdout_share and self.no_holdout_because:
            raise Wrong("holdout_both", "there is a hold-out, and a reason why there is none")
        return self

    @model_validator(mode="after")
    def _re_enters(self) -> Self:
        if (self.re_entry == "after") != (self.re_entry_days is not None):
            raise Wrong("re_entry_days", "`re_entry: after` goes with `re_entry_days`, and only so")
        if self.kind == "once" and self.re_entry != "never":
            raise Wrong("once_is_once", "a campaign of kind once lets nobody enter again")
        return self
