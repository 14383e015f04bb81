"""Receipts and refusals, from the outbox into the lake's events and consents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from liuke.lake import Lake
from liuke.state.actions.carry_messages import Append, carry
from liuke.tables import CONSENT, EVENT, Table

SOURCE: Final = "outbox"
_OF_THE_CUSTOMER: Final = ("opened", "clicked", "refused")
"""What the customer did. Other receipts are the gateway's doing: their events name no customer (the loop leads to
it), or features would take them for activity.
"""


def carry_back(lake: Lake, zone: ZoneInfo, now: datetime) -> int:
    """Brings what waits into the lake; returns how many rows."""
    return carry("receipt", _into(lake, EVENT, zone), now=now) + carry("refusal", _into(lake, CONSENT, zone), now=now)


def _into(lake: Lake, table: Table, zone: ZoneInfo) -> Append:
    shape = _event if table is EVENT else _consent

    def append(rows: Sequence[Mapping[str, Any]], commit_id: str) -> None:
        full = [_whole(shape(row), n, table, commit_id, zone) for n, row in enumerate(rows, 1)]
        lake.append(table, pa.Table.from_pylist(full, table.arrow), commit_id=commit_id)

    return append


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        "key": row["message__key"], "channel": row["message__channel"], "loop_id": row["message__loop_id"],
        "offer_id": row["message__offer_id"], "code": row["code"],
    }  # fmt: skip
    return {
        "event_id": f"{SOURCE}:{row['id']}",
        "customer_id": (row["message__customer_id"] or None) if row["kind"] in _OF_THE_CUSTOMER else None,
        "occurred_at": row["at"],
        "event_name": f"message_{row['kind']}",
        "channel": "other",
        "properties": json.dumps({k: v for k, v in told.items() if v}, ensure_ascii=False),
        "ingested_at": row["received_at"],
    }


def _consent(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "consent_id": f"{SOURCE}:{row['id']}",
        "customer_id": row["customer_id"],
        "purpose": "marketing",
        "channel": row["medium"],
        "granted": False,
        "effective_at": row["at"],
        "ingested_at": row["at"],
    }


def _whole(row: dict[str, Any], line: int, table: Table, batch: str, zone: ZoneInfo) -> dict[str, Any]:
    moment: datetime = row[table.event_time or ""]
    system = {"source": SOURCE, "batch_id": batch, "line": line, "business_date": moment.astimezone(zone).date()}
    return dict.fromkeys(table.names) | row | system
