"""What made a rule match, for the drawer of an order: each event with its moment and what was searched or opened."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from liuke.act.triggers.catalogue import BANK_FACTS
from liuke.console import labels
from liuke.console.reading.lending import Reader
from liuke.console.timeline import Item
from liuke.govern.masking import mask_text
from liuke.insight.evidence import FACTS, Trace, fact_traces, traces
from liuke.tables import EVENT

_SHOWN: Final = 3
"""Properties told of an event."""
_LONGEST: Final = 40
_TOLD: Final = {"transaction": ("merchant_category", "counterparty_bank"), "complaint": ("category", "reason")}
"""Texts of facts that are told; the others are codes, or names."""
_OF_DAY: Final = re.compile(r"(?P<name>balance|maturity):.*:(?P<day>\d{4}-\d\d-\d\d)(:\d+)?$")


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


def _from_lake(reader: Reader, event_ids: list[str], told: list[Mapping[str, Any]]) -> Iterator[Trace]:
    moments = [datetime.fromisoformat(r["numbers"][name]) for r in told for name in ("first", "last")]
    zone = settings.BANK.zone
    first, last = (m.astimezone(zone).date() for m in (min(moments) - timedelta(days=1), max(moments)))
    lake, engine = reader.house.lake, reader.engine
    facts = {name for event_id in event_ids if (name := event_id.split(":")[0]) in FACTS}
    asked = [fact_traces(lake.scan(engine, FACTS[name]), name, event_ids, first, last) for name in sorted(facts)]
    if lake.version(EVENT) is not None:
        asked.append(traces(lake.scan(engine, EVENT), event_ids, first, last))
    for rows in asked:
        yield from (Trace(**row) for row in engine.arrow(rows).to_pylist())
    yield from _of_days(event_ids, zone)


def _of_days(event_ids: list[str], zone: ZoneInfo) -> Iterator[Trace]:
    """Balances and maturities: the day is all that their ids tell."""
    for event_id in event_ids:
        if found := _OF_DAY.match(event_id):
            at = datetime.combine(date.fromisoformat(found["day"]), time(), zone)
            yield Trace(event_id, at, found["name"], None, None)


def _item(trace: Trace) -> Item:
    title = labels.EVENT_NAMES.get(trace.event_name, trace.event_name)
    said = [str(labels.CHANNELS.get(trace.channel or "", trace.channel or "")), *islice(_words(trace), _SHOWN)]
    return Item(trace.occurred_at, "event", "bolt", "orange", title, " · ".join(part for part in said if part))


def _words(trace: Trace) -> Iterator[str]:
    """Texts among the properties: what was searched, which product, which page; of facts what tells something."""
    found = json.loads(trace.properties or "{}")
    found = found if isinstance(found, dict) else {}
    told = found.values() if trace.event_name not in BANK_FACTS else map(found.get, _TOLD.get(trace.event_name, ()))
    for value in told:
        if isinstance(value, str) and value:
            yield mask_text(value[:_LONGEST])
    if found.get("aum_share_30") is not None:
        yield _("为 30 天前的 {share}").format(share=f"{found['aum_share_30']:.0%}")
    if found.get("days_left") is not None:
        yield _("到期前 {n} 天").format(n=round(found["days_left"]))
