"""What rules may speak of: the bank's events by name, and the properties of each with their kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Kind = Literal["text", "number", "flag"]
"""What a property is compared as. Moments and days are texts (ISO 8601 compares for equality only)."""
Properties = Mapping[str, Kind]
Catalogue = Mapping[str, Properties]
"""Properties by event name."""

EVERY_EVENT: Final[Properties] = {"channel": "text"}
"""What every event has beside its own properties; an own property of that name comes first."""

BANK_FACTS: Final[Catalogue] = {
    "transaction": {
        "direction": "text", "amount": "number", "initiator": "text", "transaction_type": "text",
        "merchant_category": "text", "counterparty_name": "text", "counterparty_bank": "text",
        "counterparty_is_self": "flag", "counterparty_is_own_bank": "flag", "balance_after": "number",
    },
    "balance": {"aum": "number", "aum_change_30": "number", "aum_share_30": "number"},
    "complaint": {"category": "text", "reason": "text", "channel": "text"},
    "maturity": {"product_type": "text", "amount": "number", "days_left": "number"},
    "contact": {"channel": "text", "result": "text"},
}  # fmt: skip
"""Facts of the core systems that come on the same stream as app events.

balance.aum_share_30: AUM now as a share of AUM 30 days before; maturity: sent on each of the last days before
something falls due, days_left 0 on the day itself.
"""

APP_EVENTS: Final[Catalogue] = {
    "login": {"device": "text"},
    "search": {"keyword": "text"},
    "view_product": {"product_id": "text", "category": "text"},
    "apply_start": {"product": "text", "application_id": "text"},
    "apply_upload": {"product": "text", "application_id": "text"},
    "apply_submit": {"product": "text", "application_id": "text"},
    "prepay_apply": {"loan_id": "text", "amount": "number"},
    "progress_query": {"subject": "text", "result": "text"},
}
"""Events of the bank's apps that the shipped rules speak of; `events/*.yaml` says what clients call them."""

_OF_APPLICATION: Final[Properties] = {
    "application": "text", "journey": "text", "stage": "text", "fields": "text", "status": "text",
}  # fmt: skip
APPLICATION_EVENTS: Final[Catalogue] = {
    f"application_{what}": _OF_APPLICATION
    for what in ("started", "step", "submitted", "status", "completed", "rejected", "withdrawn")
}
"""Steps of applications over all channels (docs/progress-code.md): the same events from apps, counters and systems."""
SHIPPED: Final[Catalogue] = {**BANK_FACTS, **APP_EVENTS, **APPLICATION_EVENTS}

_KINDS: Final[Mapping[str, Kind]] = {
    "text": "text", "moment": "text", "number": "number", "integer": "number", "truth": "flag", "flag": "flag",
}  # fmt: skip


def kind_of(written: str | None) -> Kind:
    """The kind for the type a bank wrote for a property; text where it wrote none.

    >>> kind_of("integer"), kind_of("truth"), kind_of(None)
    ('number', 'flag', 'text')
    """
    return _KINDS.get(written or "text", "text")


def properties_of(catalogue: Catalogue, name: str) -> Properties:
    """The properties rules may ask of events of that name."""
    return {**EVERY_EVENT, **catalogue[name]}
