"""The bank's past as the stream would have brought it: app events and facts of the core systems, in order of time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import msgspec

from liuke.act.triggers import Event, Rule
from liuke.act.triggers.catalogue import BANK_FACTS
from liuke.act.triggers.conditions import leaves, patterns
from liuke.engine import Engine
from liuke.insight.known import BankTables
from liuke.streaming.core.balances import balances
from liuke.streaming.core.heard import Heard
from liuke.streaming.core.maturities import maturities
from liuke.streaming.core.moves import complaints, contacts, transactions
from liuke.streaming.core.shape import COLUMNS, PROPERTIES
from liuke.streaming.core.sight import Sight
from liuke.tables import COMPLAINT

LOOK_BACK: Final = timedelta(days=200)
"""Of the past that is read before a moment, so that windows and baselines are full at it."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DECODE: Final = msgspec.json.Decoder(dict[str, Any]).decode


def past(
    sight: Sight, since: datetime, names: Collection[str], facts: Heard, until: datetime | None = None,
    whose: ir.Table | None = None,
) -> ir.Table:  # fmt: skip
    """Events named in `names` from `since` (aware) on, oldest first, up to the sight's day or before `until` (aware).

    facts: what is listened to among the facts of the core systems, which are those that the core feed tells. whose: a
    table of `customer_id`; the events of others are left out.
    Columns: those of `core.shape`, and own, the JSON of an app event's properties.
    """
    tables = sight.tables
    first, last = since.astimezone(tables.zone).date(), tables.as_of.day
    parts: list[ir.Table] = []
    if apps := set(names) - BANK_FACTS.keys():
        parts.append(_events(tables, apps))
    for name in sorted(BANK_FACTS.keys() & set(names)):
        told = facts.meant(_told(sight, name, (first, last), facts.days_ahead), name)
        parts.append(told.select(*COLUMNS, own=ibis.null("string")))
    whole = ibis.union(*parts) if len(parts) > 1 else parts[0]
    begins, ends = ibis.literal(since), ibis.literal(min(tables.day_ends, until or tables.day_ends))
    recent = whole.filter(whole.occurred_at >= begins, whole.occurred_at < ends, whole.customer_id.notnull())
    theirs = recent if whose is None else recent.semi_join(whose, "customer_id")
    return theirs.order_by("occurred_at", "event_id")


def names_of(rules: Iterable[Rule]) -> frozenset[str]:
    """The events that the rules read."""
    found = [each for rule in rules for each in leaves(rule.spec.condition)]
    return frozenset(pattern.event for leaf, keys in found for pattern, _ in patterns(leaf, keys)) | frozenset(
        leaf.name for leaf, _ in found if hasattr(leaf, "name")
    )


def _told(sight: Sight, name: str, days: tuple[date, date], ahead: int) -> ir.Table:
    """The core feed's facts of that name."""
    tables = sight.tables
    match name:
        case "transaction":
            return transactions(tables.transaction, tables)
        case "complaint":
            return complaints(sight.versions(COMPLAINT))
        case "contact":
            return contacts(tables.contact)
        case "balance":
            return balances(tables, *days)
        case _:
            return maturities(sight, *days, ahead)


def events_of(engine: Engine, rows: ir.Table) -> Iterator[list[Event]]:
    """The rows of `past` in batches, as the core takes them; each is received when it happens."""
    for batch in engine.batches(rows):
        yield [_event(row) for row in batch.to_pylist()]


def _event(row: Mapping[str, Any]) -> Event:
    at = (row["occurred_at"] - _EPOCH) // timedelta(microseconds=1)
    facts = {name: value for name in PROPERTIES if (value := row[name]) is not None}
    own = _DECODE(row["own"]) if row["own"] else {}
    return Event(row["event_id"], row["name"], at, at, row["customer_id"], {**facts, **own}, row["channel"])


def _events(tables: BankTables, names: Collection[str]) -> ir.Table:
    rows = tables.event.filter(tables.event.event_name.isin(sorted(names)))
    nothing = {name: ibis.null(kind) for name, kind in PROPERTIES.items()}
    return rows.select(
        "event_id", "occurred_at", "customer_id", "channel", name=rows.event_name, own=rows.properties, **nothing
    ).select(*COLUMNS, "own")  # fmt: skip
