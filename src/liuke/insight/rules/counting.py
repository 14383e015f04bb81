"""The measures of `did` and `has`: one pass per fact table, conditional aggregates per customer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.row_condition import is_meant
from liuke.insight.rules.rows import ColumnTest, Counted, Did, Rows, row_tests
from liuke.insight.rules.vocabulary import FactTable

_EVENT_DAYS, _TRANSACTIONS = "event_days", "transactions"
"""What the daily run keeps by customer, beside the contracts: fields of RuleData."""


@dataclass(frozen=True, slots=True)
class _Aggregate:
    """One column per customer: from which table, over which rows, what. make: given the rows and which count (all).

    merge: how the values of a customer's accounts become the customer's; None when only rows tell (distinct).
    number: whether the column is a float64 in the end, which exact sums become last.
    """

    source: str
    name: str
    rows: Rows
    make: Callable[[ir.Table, ir.BooleanValue | None], ir.Value]
    merge: Callable[[ir.Column], ir.Value] | None
    number: bool = False

    @property
    def condition(self) -> str:
        """Equal for the same rows, whatever is measured over them."""
        asked = (self.rows.name, [node.key for node in self.rows.where], self.rows.within)
        return repr(asked)

    def finished(self, value: ir.Value) -> ir.Value:
        """The column as rules compare it."""
        return value.cast("float64") if self.number else value


def column_of(leaf: Counted, part: str = "value") -> str:
    """The name of a measure's column: value, first (moment of the first match) or last (of what must not be)."""
    return f"{part}_{hashlib.sha256(leaf.key.encode()).hexdigest()[:16]}"


def measures(engine: Engine, wanted: Sequence[Counted], data: RuleData) -> list[ir.Table]:
    """One table per source with customer_id and the measures' columns; customers without rows are absent."""
    found = {a.name: a for leaf in wanted for a in _aggregates(leaf, data)}
    sources = dict.fromkeys(a.source for a in found.values())
    return [_pass(engine, [a for a in found.values() if a.source == s], data) for s in sources]


def _pass(engine: Engine, wanted: list[_Aggregate], data: RuleData) -> ir.Table:
    source, facts = wanted[0].source, wanted[0].rows.facts
    kept_by_customer = source in (_EVENT_DAYS, _TRANSACTIONS)
    table: ir.Table = getattr(data, source) if kept_by_customer else data.facts(source)
    table = _narrowed(table, [a.rows for a in wanted], facts, data)
    by_account = facts.via_account and not kept_by_customer
    if by_account and any(a.merge is None for a in wanted):
        table, by_account = _owned(table, data), False
    # Conditions become columns once, under short names; the aggregates refer to them. A single one needs no column.
    marks = {key: f"_holds_{i}" for i, key in enumerate(dict.fromkeys(a.condition for a in wanted))}
    tests = {marks[a.condition]: is_meant(engine, a.rows, table, data.day) for a in wanted}
    marked = table.mutate(**tests) if len(tests) > 1 else table
    subject = "account_id" if by_account else "customer_id"
    any_of = ibis.or_(*(marked[n] for n in tests)) if len(tests) > 1 else next(iter(tests.values()))
    kept = marked.filter(marked[subject].notnull(), any_of)
    made = {a.name: a.make(kept, kept[marks[a.condition]] if len(tests) > 1 else None) for a in wanted}
    if by_account:
        # Rows lie together by account and merge as they come; joining each to its owner takes twice as long.
        kept = _owned(kept.group_by(subject).aggregate(**made), data)
        made = {a.name: a.merge(kept[a.name]) for a in wanted if a.merge}
    return kept.group_by("customer_id").aggregate(**{a.name: a.finished(made[a.name]) for a in wanted})


def _owned(rows: ir.Table, data: RuleData) -> ir.Table:
    """Rows of accounts with the customer of each."""
    assert data.owners is not None
    return rows.inner_join(data.owners(), "account_id")


def _narrowed(table: ir.Table, wanted: list[Rows], facts: FactTable, data: RuleData) -> ir.Table:
    """Only days and names that some condition may want: tests so plain that whole row groups are left unread."""
    spans = [r.within for r in wanted]
    if None not in spans:
        oldest = data.day - timedelta(days=max(s for s in spans if s is not None))
        table = table.filter(table.business_date > ibis.literal(oldest))
    names = {n for r in wanted for n in r.name}
    if facts.name_column and all(r.name for r in wanted):
        table = table.filter(table[facts.name_column].isin(sorted(names)))
    return table


def _aggregates(leaf: Counted, data: RuleData) -> Iterable[_Aggregate]:
    facts, source = leaf.facts, _source(leaf, data)
    daily = source == _EVENT_DAYS
    merge = None if leaf.measure == "distinct" else _sum
    yield _Aggregate(source, column_of(leaf), leaf, lambda t, w: _measure(leaf, t, w, daily=daily), merge, number=True)
    if not isinstance(leaf, Did) or leaf.without is None:
        return
    since = leaf.without.since is not None
    if since:
        first = "first_at" if daily else str(facts.moment)
        yield _Aggregate(source, column_of(leaf, "first"), leaf, lambda t, w: t[first].min(where=w), _min)
    other, other_source = leaf.without, _source(leaf.without, data)
    last = "last_at" if other_source == _EVENT_DAYS else str(other.facts.moment)
    yield _Aggregate(other_source, column_of(leaf, "last"), other, lambda t, w: t[last].max(where=w), _max)


def _sum(column: ir.Column) -> ir.Value:
    return column.sum()


def _min(column: ir.Column) -> ir.Value:
    return column.min()


def _max(column: ir.Column) -> ir.Value:
    return column.max()


def _measure(leaf: Counted, table: ir.Table, where: ir.BooleanValue | None, *, daily: bool) -> ir.Value:
    """Counts, exact sums of money, distinct values."""
    if leaf.measure == "count":
        return table.events.sum(where=where) if daily else table.count(where=where)
    if leaf.measure == "sum":
        return table[leaf.of].sum(where=where)
    return table[leaf.of].nunique(where=where)


def _source(rows: Rows, data: RuleData) -> str:
    """Where the rows are read: what is kept by customer where it answers them, else the contract's table."""
    name = rows.facts.table.name
    if rows.within is None or rows.within > data.event_days_back:
        return name
    of = {rows.of} - {None} if isinstance(rows, Counted) else set()
    if name == "event" and data.event_days is not None and not rows.where and of <= {"business_date", "event_name"}:
        return _EVENT_DAYS
    if name == "transaction" and data.transactions is not None:
        asked = {test.column for test in row_tests(rows.where) if isinstance(test, ColumnTest)} | of
        return _TRANSACTIONS if asked <= set(data.transactions.columns) else name
    return name
