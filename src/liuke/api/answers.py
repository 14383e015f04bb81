"""What the API answers, as its OpenAPI document says it."""

from __future__ import annotations

from datetime import date

from ninja import Field, Schema


class Words(Schema):
    """A name in both languages."""

    zh: str
    en: str


class Named(Schema):
    """A code with its name."""

    code: str
    name: Words


class Product(Schema):
    """Open accounts of one kind. name: of the product, where there is one."""

    type: str
    name: str | None
    since: date
    accounts: int


class Summary(Schema):
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


class Shortcuts(Schema):
    """One-tap functions, the likeliest first. personalised: by habit; else the bank's own order, the same for all."""

    as_of: date
    purpose: str
    personalised: bool
    because: str = Field(description="habit | no_habit | personalisation_off")
    shortcuts: list[Shortcut]
