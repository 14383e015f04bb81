"""The bank's past as the stream would have brought it: app events and facts of the core systems, in order of time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import msgspec

from liuke.act.triggers import Event
from liuke.engine import Engine
from liuke.insight.known import BankTables

_FACTS: Final = (
    "direction", "amount", "initiator", "transaction_type", "merchant_category", "counterparty_name",
    "counterparty_bank", "balance_after", "category", "reason", "result",
)  # fmt: skip
"""Columns of facts that rules may ask for, by the names of `act.triggers.catalogue.BANK_FACTS`."""
REPLAYED: Final = frozenset({"transaction", "complaint", "contact"})
"""Facts that the lake keeps; `balance` and `maturity` are made by the core systems' feed and are not replayed."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DECODE: Final = msgspec.json.Decoder(dict[str, Any]).decode


def past(tables: BankTables, since: datetime, names: Collection[str]) -> ir.Table:
    """Events named in `names` from `since` on, oldest first, known as of the tables' moment.

    Columns: event_id, name, occurred_at, customer_id, channel, properties (JSON of app events), and `_FACTS`.
    """
    parts = [_events(tables, [name for name in names if name not in REPLAYED])]
    if "transaction" in names:
        parts.append(_transactions(tables))
    if "complaint" in names:
        rows = tables.complaint
        parts.append(
            _like(rows, "complaint", rows.complaint_id, rows.received_at, rows.channel, ("category", "reason"))
        )
    if "contact" in names:
        rows = tables.contact
        parts.append(_like(rows, "contact", rows.contact_id, rows.occurred_at, rows.channel, ("result",)))
    whole = ibis.union(*parts) if len(parts) > 1 else parts[0]
    recent = whole.filter(whole.occurred_at >= ibis.literal(since), whole.customer_id.notnull())
    return recent.order_by("occurred_at", "event_id")


def events_of(engine: Engine, rows: ir.Table) -> Iterator[list[Event]]:
    """The rows of `past` in batches, as the core takes them; each is received when it happens."""
    for batch in engine.batches(rows):
        yield [_event(row) for row in batch.to_pylist()]


def _event(row: Mapping[str, Any]) -> Event:
    at = (row["occurred_at"] - _EPOCH) // timedelta(microseconds=1)
    facts = {name: float(v) if isinstance(v, Decimal) else v for name in _FACTS if (v := row[name]) is not None}
    own = _DECODE(row["properties"]) if row["properties"] else {}
    return Event(row["event_id"], row["name"], at, at, row["customer_id"], {**facts, **own}, row["channel"])


def _events(tables: BankTables, names: Collection[str]) -> ir.Table:
    rows = tables.event.filter(tables.event.event_name.isin(list(names)))
    return _like(rows, rows.event_name, rows.event_id, rows.occurred_at, rows.channel, (), rows.properties)


def _transactions(tables: BankTables) -> ir.Table:
    owners = tables.account.select("account_id", "customer_id")
    rows = tables.transaction.inner_join(owners, "account_id")
    return _like(rows, "transaction", rows.transaction_id, rows.occurred_at, rows.channel, _FACTS[:8])


def _like(
    rows: ir.Table, name: ir.StringValue | str, key: ir.Value, at: ir.Value, channel: ir.Value,
    facts: Collection[str], properties: ir.StringValue | None = None,
) -> ir.Table:  # fmt: skip
    """`rows` in the shape of `past`."""
    texts = {
        fact: rows[fact].cast(_type(fact)) if fact in facts else ibis.null(_type(fact)) for fact in _FACTS
    }  # fmt: skip
    return rows.select(
        event_id=key.cast("string"), name=ibis.literal(name) if isinstance(name, str) else name, occurred_at=at,
        customer_id=rows.customer_id, channel=channel.cast("string"),
        properties=ibis.null("string") if properties is None else properties, **texts,
    )  # fmt: skip


def _type(fact: str) -> str:
    return "decimal(18, 2)" if fact in ("amount", "balance_after") else "string"
