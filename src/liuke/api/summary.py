"""The profile summary of one customer: masked, and of what is said about people only what the purpose allows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from liuke.api.answers import Named, Product, Summary, Words
from liuke.api.entrance import Asked
from liuke.govern.access import MASKED
from liuke.govern.masking import mask_row
from liuke.insight.keyed_rows import KeyedRows
from liuke.insight.segments.catalogue import Segment
from liuke.insight.tags.catalogue import Tag
from liuke.tables import CUSTOMER_SNAPSHOT


def summary_of(question: Asked) -> Summary:
    """The answer. Tags that rest on a protected attribute are never told."""
    day, who = question.day, question.customer_id
    masked = mask_row(question.person, CUSTOMER_SNAPSHOT, MASKED)
    silent = withheld(question.switches, question.purpose)
    since: date | None = question.person["opened_on"]
    return Summary(
        as_of=day.as_of,
        purpose=question.purpose,
        name=masked["name"],
        phone=masked["phone"],
        tier=masked["bank_tier"],
        customer_since=since,
        tenure_months=months_between(since, day.as_of) if since else None,
        products=[Product(**row) for row in day.products.of(who)],
        tags=[] if silent else _told(day.tags, who, day.tag_catalogue, question.purpose),
        segments=[] if silent else _told(day.segments, who, day.segment_catalogue, question.purpose),
        withheld=silent,
    )


def withheld(switches: Mapping[str, Any], purpose: str) -> bool:
    """Whether the customer's own word keeps tags and segments back: personalisation off leaves those of service."""
    if purpose != "service" and switches.get("personalisation_off_on"):
        return True
    return purpose == "marketing" and bool(switches.get("refused_on__marketing__all"))


def months_between(first: date, last: date) -> int:
    """Whole months; 0 when `first` is later."""
    whole = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    return max(0, whole)


def _told(
    kept: KeyedRows, customer_id: str, catalogue: Mapping[str, Tag] | Mapping[str, Segment], purpose: str
) -> list[Named]:
    found = (catalogue.get(row["code"]) for row in kept.of(customer_id))
    told = [item for item in found if item and item.purpose == purpose and not item.lineage.protected]
    return [Named(code=item.code, name=Words(zh=item.name.zh, en=item.name.en)) for item in told]
