"""Offers written in a test, and those shipped."""

from collections.abc import Mapping
from typing import Any

import yaml

from liuke.act.offers.catalogue import Offer, parse_offer, read_offers
from liuke.act.offers.wording_policy import WordingPolicy
from liuke.insight.rules.codes import bank_codes
from liuke.insight.rules.references import Names
from liuke.insight.segments.catalogue import read_segments
from liuke.insight.tags.catalogue import names_of, read_tags
from tests.conftest import REPO

BANK = REPO / "examples" / "bank"
EVERYBODY = {"attribute": "age", "op": ">=", "value": 0}


def bank_names() -> Names:
    """Tags, segments and codes of the shipped bank."""
    codes = bank_codes(lambda name: BANK / "policies" / f"{name}.yaml")
    tags = read_tags(BANK / "tags", codes)
    segments = read_segments(BANK / "segments", tags, codes)
    return Names(names_of(tags), {code: s.spec.rule for code, s in segments.items()}, codes)


def shipped() -> Mapping[str, Offer]:
    """The offers of the shipped bank."""
    return read_offers(BANK / "offers", bank_names(), WordingPolicy())


def written(**other: Any) -> str:
    """The YAML of a plain approved offer, with these keys instead of its own; None leaves a key out."""
    keys: dict[str, Any] = {
        "name": {"zh": "试", "en": "Trial"},
        "description": {"zh": "试", "en": "Trial"},
        "owner": "me",
        "theme": "trial",
        "audience": EVERYBODY,
        "channels": ["sms"],
        "valid": {"from": "2026-01-01", "to": "2026-12-31"},
        "wording": {"sms": {"zh": "您好", "en": "Hello"}},
        "approval": {"state": "approved", "by": "boss", "day": "2025-12-01"},
    }
    kept = {key: value for key, value in (keys | other).items() if value is not None}
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False)


def offer(code: str = "draft", names: Names | None = None, **other: Any) -> Offer:
    """That offer, read."""
    return parse_offer(written(**other), names or Names(), WordingPolicy(), code=code)


def refused(made: Offer) -> list[tuple[str, str]]:
    """Gate and code of everything that keeps the offer from being proposed."""
    return [(r.gate, r.finding.said.code) for r in made.refusals]
