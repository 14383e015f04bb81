"""Shortcuts by habit 一键快捷入口: the functions a customer uses most, of late and at this time of the month."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
from pydantic import Field, model_validator

from liuke.insight.known import BankTables
from liuke.settings import Name
from liuke.tables import TRANSACTION
from liuke.yaml_file import Document, load_yaml

_MONTH = 31


class Function(Document):
    """A function of the app that can be a shortcut. events: names of app events, transactions: types, that mean it."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    name: Name
    events: tuple[str, ...] = ()
    transactions: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Function:
        types = TRANSACTION.column("transaction_type").values
        if unknown := sorted(set(self.transactions) - set(types)):
            raise ValueError(f"unknown transaction type '{unknown[0]}'; known are {', '.join(types)}")
        if not self.events and not self.transactions:
            raise ValueError("a function needs events or transactions that mean it")
        return self


_DEFAULTS = (
    Function(code="transfer", name=Name(zh="转账", en="Transfer"), transactions=("transfer",)),
    Function(code="bill", name=Name(zh="生活缴费", en="Pay bills"), transactions=("bill",)),
    Function(code="repayment", name=Name(zh="还款", en="Repay"), transactions=("repayment",)),
    Function(code="wealth", name=Name(zh="理财", en="Wealth"), transactions=("wealth",), events=("view_product",)),
    Function(code="apply", name=Name(zh="业务申请", en="Apply"), events=("apply_start",)),
)


class ShortcutPolicy(Document):
    """`policies/shortcuts.yaml`. Defaults are ours and configurable.

    functions: in the bank's own order, which is also what customers without personalisation see. look_back_days: how
    far back uses count; half_life_days: after so long a use counts half. near_days, month_boost: a use within so many
    days of the same day of the month counts 1 + month_boost times. least_days: with fewer days of use it is no habit.
    """

    functions: tuple[Function, ...] = Field(_DEFAULTS, min_length=1)
    channels: tuple[str, ...] = ("app", "web")
    look_back_days: int = Field(120, ge=7, le=400)
    half_life_days: float = Field(45, gt=0)
    near_days: int = Field(3, ge=0, le=15)
    month_boost: float = Field(2, ge=0)
    least_days: int = Field(2, ge=1)
    most: int = Field(4, ge=1, le=20)

    @model_validator(mode="after")
    def _apart(self) -> ShortcutPolicy:
        codes = [function.code for function in self.functions]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"the function '{twice[0]}' is there twice")
        return self


def read_shortcut_policy(path: Path) -> ShortcutPolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, ShortcutPolicy) if path.is_file() else ShortcutPolicy()


def shortcuts(tables: BankTables, policy: ShortcutPolicy, on: date) -> ir.Table:
    """Per customer the functions used most, for somebody who opens the app on the day `on`, after the as-of day.

        days of use of C1, on = 10 July              customer_id  function   days  last_on  weight  place
        repayment 10 May, 10 June                    C1           repayment  2     06-10    3.06    1
        transfer  1 June, 20 June, 27 June           C1           transfer   3     06-27    2.10    2

    A day counts once per function, whatever was done on it. Nothing after the as-of day enters.
    """
    days = _days_of_use(tables, policy)
    age = ibis.literal(on).delta(days.day, unit="day").cast("float64")
    apart = (days.day.day() - on.day).abs()
    near = ibis.least(apart, _MONTH - apart) <= policy.near_days
    worth = ibis.literal(0.5) ** (age / policy.half_life_days) * ibis.ifelse(near, 1.0 + policy.month_boost, 1.0)
    days = days.mutate(worth=worth)
    used = days.group_by("customer_id", "function").aggregate(
        days=days.count(), last_on=days.day.max(), weight=days.worth.sum().round(6)
    )
    habits = used.filter(used.days >= policy.least_days)
    order = [ibis.desc("weight"), ibis.desc("last_on"), ibis.asc("function")]
    place = ibis.row_number().over(group_by="customer_id", order_by=order) + 1
    return habits.mutate(place=place.cast("int64")).filter(ibis._.place <= policy.most)


def _days_of_use(tables: BankTables, policy: ShortcutPolicy) -> ir.Table:
    """customer_id, function, day; each once."""
    since = ibis.literal(tables.as_of.day) - ibis.interval(days=policy.look_back_days)
    taps = tables.event
    taps = taps.filter(taps.business_date > since, taps.customer_id.notnull(), taps.channel.isin(policy.channels))
    events = taps.select("customer_id", word="event_name", day="business_date")
    moves = tables.transaction
    moves = moves.filter(
        moves.business_date > since, moves.initiator == "customer", moves.channel.isin(policy.channels)
    )
    owned = moves.inner_join(tables.account.select("account_id", "customer_id"), "account_id")
    done = owned.select("customer_id", word="transaction_type", day="business_date")
    taps_of = [(word, function.code) for function in policy.functions for word in function.events]
    moves_of = [(word, function.code) for function in policy.functions for word in function.transactions]
    return ibis.union(_named(events, taps_of), _named(done, moves_of), distinct=True)


def _named(rows: ir.Table, pairs: list[tuple[str, str]]) -> ir.Table:
    """Rows whose word means a function, one for each function it means."""
    parts = [rows.filter(rows.word == word).select("customer_id", function=ibis.literal(code), day="day")
             for word, code in pairs]  # fmt: skip
    empty = rows.filter(ibis.literal(False)).select("customer_id", function=ibis.literal(""), day="day")
    return ibis.union(empty, *parts)
