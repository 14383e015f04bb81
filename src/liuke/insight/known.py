"""The bank's tables as known as of one moment: the only door through which insight reads the lake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.stitching import stitched
from liuke.lake import Lake, known
from liuke.tables import (
    ACCOUNT,
    ASSIGNMENT,
    BALANCE_DAILY,
    COMPLAINT,
    CONSENT,
    CONTACT,
    CUSTOMER,
    EVENT,
    HOLD,
    HOLDING,
    IDENTITY_LINK,
    INTERACTION,
    PRODUCT,
    STAFF,
    SURVEY_RESPONSE,
    TRANSACTION,
    Table,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The default zone of `liuke.yaml` (settings.BankSettings.time_zone)."""


Rows = Callable[[Table], ir.Table]
"""Gives the whole of a contract table, lazily."""


@dataclass(frozen=True, slots=True)
class BankTables:
    """Lazy views in which nothing is later than `as_of`, in the bank's life or in its knowledge.

    Facts: rows that happened by `as_of.day` and were ingested by `as_of.known_by`. Dimensions: the newest
    version of each key ingested by then. A dimension version may still speak of a later day (an account that
    will close next month): whoever reads such a date compares it with the day. event: anonymous events bear the
    customer to whom they are linked as of then (stitching.py). day_ends: the UTC moment at
    which `as_of.day` ends in the bank's `zone`, to compare timestamps of such versions with (resolved_at).
    """

    as_of: AsOf
    day_ends: datetime
    customer: ir.Table
    account: ir.Table
    balance_daily: ir.Table
    transaction: ir.Table
    complaint: ir.Table
    holding: ir.Table
    assignment: ir.Table
    staff: ir.Table
    event: ir.Table
    contact: ir.Table
    product: ir.Table
    interaction: ir.Table
    survey_response: ir.Table
    consent: ir.Table
    hold: ir.Table
    zone: ZoneInfo = SHANGHAI


def bank_tables(lake: Lake, engine: Engine, as_of: AsOf, zone: ZoneInfo = SHANGHAI) -> BankTables:
    """The tables of `lake` as of `as_of`; reads table metadata only, rows are read when a query runs."""
    linked = lake.version(IDENTITY_LINK) is not None
    return tables_as_of(lambda table: lake.scan(engine, table), as_of, zone, stitch=linked)


def tables_as_of(rows: Rows, as_of: AsOf, zone: ZoneInfo = SHANGHAI, *, stitch: bool = False) -> BankTables:
    """The same over any source of rows: `rows(table)` gives the whole contract table, lazily.

    stitch: whether there are links of identities; without, events are read as they are, in one scan.
    """

    def view(table: Table) -> ir.Table:
        return known(rows(table), table, as_of)

    return BankTables(
        as_of=as_of,
        day_ends=datetime.combine(as_of.day + timedelta(days=1), time(), zone).astimezone(UTC),
        customer=view(CUSTOMER),
        account=view(ACCOUNT),
        balance_daily=view(BALANCE_DAILY),
        transaction=view(TRANSACTION),
        complaint=view(COMPLAINT),
        holding=view(HOLDING),
        assignment=view(ASSIGNMENT),
        staff=view(STAFF),
        event=stitched(rows(EVENT), rows(IDENTITY_LINK), as_of, zone) if stitch else view(EVENT),
        contact=view(CONTACT),
        product=view(PRODUCT),
        interaction=view(INTERACTION),
        survey_response=view(SURVEY_RESPONSE),
        consent=view(CONSENT),
        hold=view(HOLD),
        zone=zone,
    )
