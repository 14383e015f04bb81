"""Campaigns written in a test, and those shipped."""

from collections.abc import Mapping
from typing import Any

import yaml

from liuke.act.campaigns.bank_campaigns import read_bank_campaigns
from liuke.act.campaigns.catalogue import Campaign, Shelf, parse_campaign
from liuke.act.offers.catalogue import Offer
from liuke.act.offers.wording_policy import WordingPolicy
from liuke.insight.rules.references import Names
from tests.act.offers.reading import BANK, EVERYBODY

SERVICE = {"channel": "sms", "message_class": "service", "wording": {"zh": "您好", "en": "Hello"}}
MARKETING = SERVICE | {"message_class": "marketing", "purpose": "marketing"}


def shipped() -> Mapping[str, Campaign]:
    """The campaigns of the shipped bank."""
    return read_bank_campaigns(BANK).campaigns


def written(**other: Any) -> str:
    """The YAML of a plain campaign, with these keys instead of its own; None leaves a key out."""
    keys: dict[str, Any] = {
        "name": {"zh": "试", "en": "Trial"},
        "description": {"zh": "试", "en": "Trial"},
        "owner": "me",
        "theme": "trial",
        "kind": "once",
        "audience": EVERYBODY,
        "valid": {"from": "2026-01-01", "to": "2026-12-31"},
        "arms": {"one": SERVICE},
        "holdout_share": 0.2,
        "budget": {"messages": 100},
        "rate": {"per_day": 100},
    }
    kept = {key: value for key, value in (keys | other).items() if value is not None}
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False)


def shelf(names: Names | None = None, offers: Mapping[str, Offer] | None = None) -> Shelf:
    """What these campaigns may refer to: one trigger rule, payroll_stopped."""
    return Shelf(names or Names(), offers or {}, ("payroll_stopped",), WordingPolicy())


def campaign(code: str = "draft", on: Shelf | None = None, **other: Any) -> Campaign:
    """That campaign, read."""
    return parse_campaign(written(**other), on or shelf(), code=code)
