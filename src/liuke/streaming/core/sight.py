"""Which rows of the lake may be told: as of a moment for the past, by rounds of the feed for what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.known import BankTables, Rows, bank_tables, tables_as_of
from liuke.lake import Lake
from liuke.streaming.core.book import Batch, Told
from liuke.tables import Table
from liuke.tables.schema import TIMESTAMP

SETTLED: Final = timedelta(days=2)
"""A load that began so long ago is over: its rows need not be looked up among the loads any more."""
_READ: Final = frozenset({"customer", "account", "product", "holding", "balance_daily", "complaint"})
_BATCHES: Final = pa.schema([
    ("source", pa.string()), ("batch_id", pa.string()), ("_started", TIMESTAMP), ("_round", pa.int64()),
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sight:
    """tables: as known. versions: a contract table with all versions known of each thing."""

    engine: Engine
    tables: BankTables
    versions: Rows


def past_sight(lake: Lake, engine: Engine, as_of: AsOf, zone: ZoneInfo) -> Sight:
    """Everything known as of a moment."""

    def versions(table: Table) -> ir.Table:
        rows = lake.scan(engine, table)
        return rows.filter(rows.ingested_at <= ibis.literal(as_of.known_by))

    return Sight(engine, bank_tables(lake, engine, as_of, zone), versions)


class Rounds:
    """Rows of the lake by the round that took up their load.

    A row whose load is still under way is not seen, though it may be in the lake and bear an earlier moment: what a
    round sees never changes afterwards. Rows of a backfill are history, whenever they come.
    """

    def __init__(self, lake: Lake, engine: Engine, told: Told, batches: Sequence[Batch], at: datetime) -> None:
        self._lake, self._engine, self._told, self._batches, self._at = lake, engine, told, batches, at
        loads = [(batch.source, batch.batch_id, batch.started, batch.round) for batch in batches]
        named = [dict(zip(_BATCHES.names, load, strict=True)) for load in loads]
        self._loads = engine.from_arrow(pa.Table.from_pylist(named, schema=_BATCHES))

    def sight(self, upto: int, as_of: AsOf, zone: ZoneInfo) -> Sight:
        """What rounds up to `upto` saw of the tables that facts are made of; the others are empty."""

        def rows(table: Table) -> ir.Table:
            return self._seen(table, upto) if table.name in _READ else self._engine.scan([], table.arrow)

        return Sight(self._engine, tables_as_of(rows, as_of, zone), rows)

    def fresh(self, table: Table, number: int) -> ir.Table:
        """The rows that the loads of round `number` brought as they arrived."""
        rows = self._loaded(table, ibis.literal(self._told.since))
        return rows.filter(rows["_round"] == number, rows.ingested_at == rows["_started"]).select(*table.names)

    def _seen(self, table: Table, upto: int) -> ir.Table:
        hidden = [batch.started for batch in self._batches if batch.round > upto]
        settled = ibis.literal(max(self._told.since, min([self._at - SETTLED, *hidden])))
        rows = self._lake.scan(self._engine, table)
        later = self._loaded(table, settled)
        later = later.filter((later["_round"] <= upto) | (later.ingested_at < later["_started"]))
        return rows.filter(rows.ingested_at <= settled).select(*table.names).union(later.select(*table.names))

    def _loaded(self, table: Table, after: ir.Value) -> ir.Table:
        rows = self._lake.scan(self._engine, table)
        return rows.filter(rows.ingested_at > after).inner_join(self._loads, ["source", "batch_id"])
