"""What lists and look-ups read: one row per living customer, with who they are and how worried we are."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.facts import is_open_on, living
from liuke.insight.known import BankTables
from liuke.lake import Lake
from liuke.tables import CUSTOMER_SNAPSHOT

_FROM_SIGNALS = (
    "as_of", "aum", "aum_30", "score", "tier",
    "frequency_severity", "balance_severity", "complaint_severity", "recency_severity", "probability",
)  # fmt: skip


def snapshot(tables: BankTables, signals: ir.Table) -> ir.Table:
    """CUSTOMER_SNAPSHOT rows, in its column order and types.

    signals: SIGNAL rows of the same day (best materialised: it is not computed again then). The RM is the
    owner whose term holds the day; of several the latest since, then the smallest staff number. products:
    distinct types among accounts open on the day, debts included.
    """
    people = living(tables).rename(bank_tier="tier")
    joined = people.inner_join(signals.select("customer_id", *_FROM_SIGNALS), "customer_id")
    for part in (owners(tables), _products(tables)):
        joined = joined.left_join(part, "customer_id").drop("customer_id_right")
    return joined.mutate(products=joined.products.fill_null(0).cast("int64")).select(*CUSTOMER_SNAPSHOT.names)


def last_run_day(lake: Lake, engine: Engine) -> date | None:
    """The day of the stored customer snapshot; None before the first run."""
    rows = lake.scan(engine, CUSTOMER_SNAPSHOT)
    day: date | None = engine.arrow(rows.aggregate(day=rows.as_of.max()))["day"][0].as_py()
    return day


def is_newest(lake: Lake, engine: Engine, day: date) -> bool:
    """Whether no day after `day` was run: what is kept for the last day only is then this day's."""
    last = last_run_day(lake, engine)
    return last is None or last <= day


def owners(tables: BankTables) -> ir.Table:
    """The RM of each customer on the as-of day: customer_id, staff_id; customers without one are absent."""
    day, terms = ibis.literal(tables.as_of.day), tables.assignment
    now = terms.filter(terms.role == "owner", terms.since <= day, terms["until"].isnull() | (terms["until"] >= day))
    order = ibis.window(group_by="customer_id", order_by=[ibis.desc("since"), ibis.asc("staff_id")])
    ranked = now.mutate(_rank=ibis.row_number().over(order))
    return ranked.filter(ranked["_rank"] == 0).select("customer_id", "staff_id")


def _products(tables: BankTables) -> ir.Table:
    held = tables.account.filter(is_open_on(tables.account, tables.as_of.day))
    return held.group_by("customer_id").aggregate(products=held.account_type.nunique())
