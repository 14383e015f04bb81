"""A synthetic bank whose effects depend on something the bank can see, and the bank's tables as of a day.

Calls help those who hardly use the app and disturb those who live in it: what the default bank has in a small measure
(episodes.kinds), here made plain, so that a ranking that ignores effects must lose to one that learns them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.churn.signals import signals
from liuke.insight.churn.warning_policy import WarningPolicy
from liuke.insight.known import SHANGHAI, BankTables, tables_as_of
from liuke.tables import Table

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def kinds(c: Any, cause: np.ndarray, u: np.ndarray) -> np.ndarray:
    """In place of episodes.kinds: persuadable, sure, lost, do not disturb, by use of the app alone."""
    digital = c.app > 0.5
    weight = np.stack(
        [np.where(digital, 0.2, 2.0), np.full(len(c), 0.1), np.full(len(c), 0.4), np.where(digital, 1.2, 0.05)]
    )
    edges = np.cumsum(weight, axis=0) / weight.sum(axis=0)
    return np.where(cause == 4, 1, (u >= edges[:3]).sum(axis=0)).astype(np.int64)


def chance_to_save(c: Any, _cause: np.ndarray) -> np.ndarray:
    """In place of episodes.chance_to_save: who can be persuaded at all nearly always is."""
    return np.full(len(c), 0.9)


def tables(engine: Engine, folder: Path, day: date) -> BankTables:
    """What `history` wrote into `folder`, as known at the end of the day."""

    def rows(table: Table) -> ir.Table:
        files = sorted(str(file) for file in (folder / table.name).glob("*.parquet"))
        if not files:
            return engine.scan([], table.arrow)
        found = ibis.union(*[engine.from_parquet(f) for f in files], distinct=False) if files[1:] else None
        return _whole(table, engine.from_parquet(files[0]) if found is None else found)

    return tables_as_of(lambda table: engine.layer(rows(table)), AsOf.end_of(day, SHANGHAI), SHANGHAI)


def warned(engine: Engine, folder: Path, day: date) -> ir.Table:
    """Customers with a red or orange warning on the day, by number. segment: how much of the app in 180 days."""
    as_of = AsOf.end_of(day, SHANGHAI)
    bank = tables(engine, folder, day)
    found = engine.materialise(signals(bank, as_of, WarningPolicy()))
    since = ibis.literal(day - timedelta(days=180))
    visits = bank.event.filter(bank.event.business_date > since)
    visits = visits.group_by("customer_id").aggregate(visits=lambda t: t.count())
    rows = found.filter(found.tier.isin(["red", "orange"])).left_join(visits, "customer_id")
    rows = rows.select("customer_id", "tier", "score", visits=rows.visits.fill_null(0))
    rows = rows.left_join(bank.customer.select("customer_id", "branch_id"), "customer_id").drop("customer_id_right")
    return engine.materialise(rows.mutate(segment=_use_of_app(rows.visits)).order_by("customer_id"))


def _use_of_app(visits: ir.IntegerValue) -> ir.StringValue:
    return ibis.cases((visits < 12, "rare"), (visits < 22, "often"), else_="daily")


def _whole(table: Table, found: ir.Table) -> ir.Table:
    """With the columns a load adds; everything has been known for long."""
    system: dict[str, ir.Value] = {
        "source": ibis.literal("sim"), "batch_id": ibis.literal("b"), "line": ibis.literal(1, "int64"),
        "ingested_at": ibis.literal(LONG_AGO),
    }  # fmt: skip
    if table.event_time:
        moment = found[table.event_time]
        system["business_date"] = moment if moment.type().is_date() else (moment + ibis.interval(hours=8)).date()
    wanted = ibis.schema(table.arrow)
    added = {
        n: system[n] if n in system else ibis.null(wanted[n].copy(nullable=True))
        for n in table.names
        if n not in found.columns
    }
    return found.mutate(**added).select(*table.names)
