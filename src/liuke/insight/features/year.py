"""Features of a whole year of own transactions: the habit of customers who come rarely.

Half a year says little about who comes twice a year. Only own transactions are read, and few measures of them, so
that a longer look back stays cheap.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.insight.features.definition import Cell, Definition, Kind, Measure, fen, lineage, ratio
from liuke.insight.features.desk import Desk
from liuke.insight.features.moves import DAY
from liuke.insight.features.windows import Additive
from liuke.tables import TRANSACTION

YEAR: Final = 365
_OWN: Final = (
    "transaction.initiator", "transaction.business_date", "transaction.account_id", "account.customer_id",
)  # fmt: skip


def _own(desk: Desk) -> ir.Table:
    rows = desk.rows(TRANSACTION)
    return rows.filter(rows.initiator == "customer")


def _spent(t: ir.Table) -> ir.Value:
    return ibis.ifelse(t.direction == "out", fen(t.amount), 0.0)


MEASURES: Final = {
    "count": Measure(lambda t: t.amount.notnull(), "count", ("transaction.amount", *_OWN)),
    "days": Measure(lambda t: t.amount.notnull(), "days", ("transaction.amount", *_OWN)),
    "spent": Measure(_spent, "money", ("transaction.amount", "transaction.direction", *_OWN)),
    "first": Measure(lambda t: t["_d"].cast("int32"), "min", _OWN),
    "last": Measure(lambda t: t["_d"].cast("int32"), "max", _OWN),
}
SOURCES: Final = {"year": Additive(_own, MEASURES, "account_id")}
_ACTIVITY = Kind("activity", "retention", "C1", "needs")
_MONEY = Kind("money", "retention", "C2", "competition")
_RHYTHM = Kind("rhythm", "retention", "C1", "life_cycle")


def _c(name: str, window: int = YEAR) -> Cell:
    return Cell("year", name, window, zero=name not in ("first", "last"))


def _in_of(*names: str) -> tuple[str, ...]:
    return lineage(MEASURES, *names)


def definitions() -> Iterator[Definition]:
    """Every feature of this family."""
    yield _ACTIVITY.define("own_count_365", ("近365天主动交易笔数", "Own transactions in 365 days"),
                           "transactions", (_c("count"),), _in_of("count"), None, YEAR)  # fmt: skip
    yield _ACTIVITY.define("own_days_365", ("近365天主动交易天数", "Days with own transactions in 365 days"),
                           "days", (_c("days"),), _in_of("days"), None, YEAR)  # fmt: skip
    yield _MONEY.define("own_out_365", ("近365天主动转出金额", "Own money out over 365 days"),
                        "currency", (_c("spent"),), _in_of("spent"), None, YEAR)  # fmt: skip
    yield _MONEY.define("own_out_mean_365", ("近365天笔均主动转出", "Mean own transaction out in 365 days"),
                        "currency", (_c("spent"), _c("count")), _in_of("spent", "count"), ratio, YEAR)  # fmt: skip
    yield _ACTIVITY.define("days_since_first_own_365",
                           ("近365天首次主动交易距今天数", "Days since the first own transaction of 365 days"),
                           "days", (_c("first"), DAY), _in_of("first"), lambda first, d: d - first, YEAR)  # fmt: skip
    gaps, read = (_c("first"), _c("last"), _c("days")), _in_of("first", "last", "days")
    yield _RHYTHM.define("gap_mean_365",
                         ("近365天主动交易日平均间隔", "Mean gap between days with own transactions in 365 days"),
                         "days", gaps, read, lambda first, last, n: ratio(last - first, n - 1), YEAR)  # fmt: skip
    yield _RHYTHM.define("silence_to_gap_365",
                         ("静默天数与平均间隔之比", "Days of silence to the mean gap of 365 days"), "ratio",
                         (*gaps, DAY), read,
                         lambda first, last, n, d: ratio((d - last) * (n - 1), last - first), YEAR)  # fmt: skip
