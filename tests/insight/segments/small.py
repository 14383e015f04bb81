"""Segments of a small bank written in a test."""

from collections.abc import Mapping
from typing import Any

import yaml

from liuke.govern.access import Scope
from liuke.insight.segments.catalogue import Segment, parse_segment
from tests.insight import bank as b

HEAD = {"name": {"zh": "试", "en": "Trial"}, "description": {"zh": "试", "en": "Trial"}, "owner": "me"}
ANALYST = Scope("ana", "analyst", None)
RM = Scope("rita", "rm", frozenset({"B1"}), "S1")


def segment(rule: dict[str, Any], code: str = "trial", others: Mapping[str, Segment] | None = None) -> Segment:
    """A segment of that rule."""
    return parse_segment(yaml.safe_dump(HEAD | {"rule": rule}, allow_unicode=True), {}, others or {}, code=code)


def spenders(*days_ago: int, who: str = "C1") -> list[dict[str, Any]]:
    """Card payments of a customer, whose account bears the same number."""
    return [b.transaction(n, "A" + who[1:], transaction_type="card", direction="out", amount=10) for n in days_ago]
