"""What every source of features works with: the engine, the bank's rows, one chain of moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
from ibis.expr.operations import DatabaseTable

from liuke.engine import Engine
from liuke.insight.features.definition import Cell
from liuke.insight.features.moments import Chain
from liuke.insight.features.scratch import Memory
from liuke.insight.known import Rows
from liuke.tables import ACCOUNT, CUSTOMER, Table


@dataclass(frozen=True, slots=True)
class Part:
    """Customers with first ≤ customer_id < end; None: without limit."""

    first: str | None = None
    end: str | None = None

    def of(self, rows: ir.Table) -> ir.Table:
        """The rows of these customers."""
        if self.first is not None:
            rows = rows.filter(rows.customer_id >= self.first)
        return rows if self.end is None else rows.filter(rows.customer_id < self.end)

    @property
    def whole(self) -> bool:
        """Whether it is everybody."""
        return self.first is None and self.end is None


@dataclass(frozen=True, slots=True)
class Desk:
    """One build over one chain for some of the customers. Keeps what several sources share."""

    engine: Engine
    all_rows: Rows
    chain: Chain
    part: Part = Part()
    memory: Memory = field(default_factory=Memory)
    _kept: dict[str, ir.Table] = field(default_factory=dict)
    _span: list[tuple[str, str]] = field(default_factory=list)

    def once(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """`make()`, run once and kept in the engine."""
        if name not in self._kept:
            self._kept[name] = self.engine.materialise(make())
        return self._kept[name]

    def keep(self, table: ir.Table, shown: ir.Table) -> ir.Table:
        """`shown`, a cheap view of `table`, which is in the engine and is dropped by `release`."""
        view = self.engine.layer(shown)
        self._kept[view.get_name()] = table
        return view

    def computed(self, rows: ir.Table) -> ir.Table:
        """`rows`, computed once: as they are when `keep` gave them."""
        known = isinstance(rows.op(), DatabaseTable) and rows.get_name() in self._kept
        return rows if known else self.once(f"computed {len(self._kept)}", lambda: rows)

    def release(self) -> None:
        """Drops what was kept."""
        self.memory.cells.begin()
        for table in self._kept.values():
            self.engine.release(table)
        self._kept.clear()

    def rows(self, table: Table) -> ir.Table:
        """Rows of a fact table that may belong to the part's customers."""
        rows = self.all_rows(table)
        if self.part.whole:
            return rows
        if "customer_id" in rows.columns:
            return self.part.of(rows)
        # Files lie in the order of accounts (lake/arrangement.py): where numbers were given out in order, the span
        # leaves most of them unread.
        first, last = self.account_span
        return rows.filter(rows.account_id.between(first, last)).semi_join(self.accounts, "account_id")

    @property
    def account_span(self) -> tuple[str, str]:
        """The smallest and the largest account number of the part; of nobody: an empty one."""
        if not self._span:
            ids = self.accounts.account_id
            found = self.engine.arrow(self.accounts.aggregate(first=ids.min(), last=ids.max())).to_pylist()[0]
            self._span.append((found["first"] or "", found["last"] or ""))
        return self._span[0]

    @property
    def moments(self) -> ir.Table:
        """See Chain.table."""
        return self.once("moments", lambda: self.engine.from_arrow(self.chain.table()))

    def calendar(self, windows: Sequence[int]) -> ir.Table:
        """See Chain.calendar."""
        return self.once(f"calendar {windows}", lambda: self.engine.from_arrow(self.chain.calendar(windows)))

    def reach(self, windows: Sequence[int]) -> ir.Table:
        """See Chain.reach."""
        return self.once(f"reach {windows}", lambda: self.engine.from_arrow(self.chain.reach(windows)))

    def placed(self, rows: ir.Table, windows: Sequence[int]) -> ir.Table:
        """Rows of the windows with their day of the calendar and their `_slot`."""
        days = self.calendar(windows)
        joined = rows.inner_join(days, "business_date")
        late = joined["_first"] + self.chain.seen(joined.ingested_at)
        slot = ibis.ifelse(joined.ingested_at <= joined["_due"], joined["_slot"], late)
        return joined.mutate(_slot=slot)

    def versions(self, table: Table, *names: str) -> ir.Table:
        """Rows of a history table, each with the moments it speaks for: `_from` ≤ number < `_until`.

        A version speaks from the first moment that sees it until the first that sees a newer one. names: the columns
        wanted besides.
        """
        if self.part.whole:
            return self._versions(table, names)
        # Of all customers, and once for all parts: a newer version may have passed to another one.
        key = f"{table.name} {names}"
        if key not in self.memory.tables:
            self.memory.tables[key] = self.engine.materialise(self._versions(table, names))
        return self.part.of(self.memory.tables[key])

    def _versions(self, table: Table, names: Sequence[str]) -> ir.Table:
        rows = self.all_rows(table)
        seen = self.chain.seen(rows.ingested_at)
        if table.event_time:
            seen = ibis.greatest(seen, self.chain.happened(rows.business_date))
        rows = self.engine.layer(rows.mutate(_from=seen))
        n = len(self.chain.moments)
        rows = rows.filter(rows["_from"] < n)
        newer = ibis.window(
            group_by=list(table.key),
            order_by=[ibis.asc("ingested_at"), ibis.asc("batch_id"), ibis.asc("line")],
            rows=(1, None),
        )
        rows = rows.mutate(_until=rows["_from"].min().over(newer).fill_null(n))
        return rows.filter(rows["_until"] > rows["_from"]).select(*names, "_from", "_until")

    def of_moments(self, versions: ir.Table) -> ir.Table:
        """Each version once for every moment it speaks for, with the columns of `moments`."""
        both = versions.cross_join(self.moments)
        return both.filter(both["_from"] <= both["_i"], both["_i"] < both["_until"])

    @property
    def accounts(self) -> ir.Table:
        """Account versions: account_id, customer_id, account_type, opened_on, closed_on, `_from`, `_until`."""
        names = ("account_id", "customer_id", "account_type", "opened_on", "closed_on")
        return self.once("accounts", lambda: self.versions(ACCOUNT, *names))

    @property
    def owners(self) -> ir.Table:
        """account_id, customer_id, `_from`, `_until`: whose an account is, versions with one owner taken together."""
        return self.once("owners", lambda: _spells(self.accounts))

    @property
    def numbers(self) -> ir.Table:
        """customer_id and `_k`, its number from 0 in the order of customer_id."""
        people = self.customers.select("customer_id").distinct()
        return self.once("numbers", lambda: people.mutate(_k=ibis.row_number().over(order_by="customer_id")))

    @property
    def numbered_owners(self) -> ir.Table:
        """account_id, `_k`, `_from`, `_until`."""
        both = self.owners.inner_join(self.numbers, "customer_id")
        return self.once("numbered owners", lambda: both.select("account_id", "_k", "_from", "_until"))

    @property
    def customers(self) -> ir.Table:
        """Customer versions with `_from`, `_until`. Stays inside the engine: it has names."""
        names = (
            "customer_id", "name", "gender", "birth_date", "opened_on", "closed_on", "risk_appetite",
            "risk_assessed_on",
        )  # fmt: skip
        return self.once("customers", lambda: self.versions(CUSTOMER, *names))


def _spells(accounts: ir.Table) -> ir.Table:
    """Versions of an account of one customer as one, where no moment lies between them."""
    whole = accounts.group_by("account_id", "customer_id").aggregate(
        _begins=accounts["_from"].min(), _ends=accounts["_until"].max(),
        _spoken=(accounts["_until"] - accounts["_from"]).sum(),
    )  # fmt: skip
    joined = accounts.inner_join(whole, ["account_id", "customer_id"])
    unbroken = joined["_spoken"] == joined["_ends"] - joined["_begins"]
    return joined.select(
        "account_id", "customer_id",
        _from=ibis.ifelse(unbroken, joined["_begins"], joined["_from"]),
        _until=ibis.ifelse(unbroken, joined["_ends"], joined["_until"]),
    ).distinct()  # fmt: skip


Source = Callable[[Desk, Sequence[Cell]], ir.Table]
"""Computes cells: a table `_i`, customer_id and one column per cell; customers may be absent."""
