"""Facts of the core systems in the shape of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.act.triggers.catalogue import BANK_FACTS

_TYPES: Final = {"text": "string", "number": "float64", "flag": "boolean"}
PROPERTIES: Final[Mapping[str, str]] = {
    name: _TYPES[kind] for facts in BANK_FACTS.values() for name, kind in facts.items() if name != "channel"
}
"""Every property a fact may have, with its type in the engine."""
COLUMNS: Final = ("event_id", "name", "occurred_at", "customer_id", "channel", *PROPERTIES)
MOMENT: Final = "timestamp('UTC', 6)"


def as_event(rows: ir.Table, name: str, key: ir.Value, occurred_at: ir.Value, **properties: ir.Value) -> ir.Table:
    """`rows` (with customer_id) as COLUMNS; a property that is not given is null. `channel` may be among them.

    The id is the fact's name and key: a core system's numbers are unique within one table only.
    """
    channel = properties.pop("channel", ibis.null("string"))
    filled = {p: (properties[p] if p in properties else ibis.null(t)).cast(t) for p, t in PROPERTIES.items()}
    return rows.select(
        event_id=ibis.literal(f"{name}:") + key.cast("string"), name=ibis.literal(name),
        occurred_at=occurred_at.cast(MOMENT), customer_id=rows.customer_id, channel=channel.cast("string"), **filled,
    )  # fmt: skip
