"""What the API answers, as its OpenAPI document says it."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field


class Words(BaseModel):
    """A name in both languages."""

    zh: str
    en: str


class Named(BaseModel):
    """A code with its name."""

    code: str
    name: Words


class Product(BaseModel):
    """Open accounts of one kind. name: of the product, where there is one."""

    type: str
    name: str | None
    since: date
    accounts: int


class Summary(BaseModel):
    """A customer in a few lines, masked. withheld: tags and segments are not told, because the customer said so."""

    as_of: date = Field(description="Last business day whose data are in it")
    purpose: str
    name: str | None = Field(description="Masked")
    phone: str | None = Field(description="Masked")
    tier: str | None = Field(description="The bank's own tier label")
    customer_since: date | None
    tenure_months: int | None
    products: list[Product]
    tags: list[Named] = Field(description="Of this purpose only")
    segments: list[Named] = Field(description="Of this purpose only")
    withheld: bool


class Shortcut(Named):
    """A function of the app. days_used: days of use within the look-back; null in the bank's own order."""

    days_used: int | None = None


class Shortcuts(BaseModel):
    """One-tap functions, the likeliest first. personalised: by habit; else the bank's own order, the same for all."""

    as_of: date
    purpose: str
    personalised: bool
    because: str = Field(description="habit | no_habit | personalisation_off")
    shortcuts: list[Shortcut]


class Action(BaseModel):
    """Something to do for the customer. offer_id: of the offer it carries."""

    treatment: str
    name: Words
    channel: str
    theme: str
    message_class: str
    offer_id: str | None


class Fate(BaseModel):
    """What became of one candidate, with the sentence that explains it; amounts in it are bands."""

    treatment: str
    name: Words
    channel: str
    fate: str
    gate: str | None
    rule: str | None
    text: Words


class NextBestAction(BaseModel):
    """What to do now. action: null when nothing is to be done or told for this purpose; `because` says why.

    duties: what is owed to the customer in any case. automated: false when a person must decide. decided: whether the
    morning's decision stands or this one was made now, by the same rules.
    """

    as_of: date
    purpose: str
    because: str = Field(
        description="chosen | held_out | nothing_better | human_review | personalisation_off | other_purpose"
    )
    action: Action | None
    duties: list[Action]
    automated: bool
    personalised: bool
    decided: str = Field(description="morning | now")
    fates: list[Fate]


class Decision(BaseModel):
    """The last daily decision about the customer. decided_at: null when there was no candidate."""

    as_of: date
    purpose: str
    decided_at: datetime | None
    policy_version: str | None
    automated: bool
    fates: list[Fate]
