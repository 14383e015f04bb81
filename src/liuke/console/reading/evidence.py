"""What made a rule match, for the drawer of an order: each event with its moment and what was searched or opened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.conf import settings

from liuke.console import labels
from liuke.console.reading.lending import Reader
from liuke.console.timeline import Item
from liuke.govern.masking import mask_text
from liuke.insight.evidence import Trace, traces
from liuke.tables import EVENT

_SHOWN: Final = 3
"""Properties told of an event."""
_LONGEST: Final = 40


def evidence_items(reader: Reader, reasons: Iterable[Mapping[str, Any]]) -> tuple[Item, ...]:
    """The events named by the reasons of rules, newest first; those of the last seconds may still be on their way.

    A reason carries what was known of its newest events when the rule matched (`seen`); the lake knows the others.
    """
    told = [reason for reason in reasons if reason.get("evidence")]
    if not told:
        return ()
    seen = {trace.event_id: trace for reason in told for trace in _seen(reason)}
    missing = [event_id for reason in told for event_id in reason["evidence"] if event_id not in seen]
    if missing:
        seen |= {trace.event_id: trace for trace in _from_lake(reader, missing, told)}
    return tuple(_item(t) for t in sorted(seen.values(), key=lambda t: (t.occurred_at, t.event_id), reverse=True))


def _seen(reason: Mapping[str, Any]) -> Iterator[Trace]:
    for row in reason.get("seen") or ():
        at = datetime.fromisoformat(row["at"])
        yield Trace(row["id"], at, row["name"], row.get("channel"), json.dumps(row.get("properties") or {}))


def _from_lake(reader: Reader, event_ids: list[str], told: list[Mapping[str, Any]]) -> list[Trace]:
    if reader.house.lake.version(EVENT) is None:
        return []
    moments = [datetime.fromisoformat(r["numbers"][name]) for r in told for name in ("first", "last")]
    zone = settings.BANK.zone
    first, last = (m.astimezone(zone).date() for m in (min(moments) - timedelta(days=1), max(moments)))
    rows = traces(reader.house.lake.scan(reader.engine, EVENT), event_ids, first, last)
    return [Trace(**row) for row in reader.engine.arrow(rows).to_pylist()]


def _item(trace: Trace) -> Item:
    title = labels.EVENT_NAMES.get(trace.event_name, trace.event_name)
    said = [str(labels.CHANNELS.get(trace.channel or "", trace.channel or "")), *islice(_words(trace), _SHOWN)]
    return Item(trace.occurred_at, "event", "bolt", "orange", title, " · ".join(part for part in said if part))


def _words(trace: Trace) -> Iterator[str]:
    """Texts among the properties: what was searched, which product, which page."""
    found = json.loads(trace.properties or "{}")
    for value in (found if isinstance(found, dict) else {}).values():
        if isinstance(value, str) and value:
            yield mask_text(value[:_LONGEST])
