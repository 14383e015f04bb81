"""What rules are asked of: the customers of one day and the facts known about them, nothing later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.facts import assets_on, is_open_on, living
from liuke.insight.known import SHANGHAI, BankTables
from liuke.insight.rules.attribute import Source
from liuke.insight.rules.vocabulary import FACTS
from liuke.insight.snapshot import owners
from liuke.tables import ACCOUNT, Table

PERSON_COLUMNS = (
    "customer_id", "gender", "birth_date", "city", "registered_city", "occupation", "branch_id", "staff_id",
    "opened_on", "bank_tier", "risk_appetite", "risk_assessed_on",
)  # fmt: skip


Keep = Callable[[str, Table, Callable[[], ir.Table]], ir.Table]
"""Told a name, the table behind it and how to make it: makes it, or gives what was kept since that table changed."""


Answers = Callable[[str, Callable[[], ir.Table]], ir.Table]
"""Told what tells a question about behaviour apart and how to answer it: the answer, a table inside the engine."""


def unshared(_question: str, make: Callable[[], ir.Table]) -> ir.Table:
    """Asks every question anew; its answer lives as long as the engine."""
    return make()


def fresh(_name: str, _table: Table, make: Callable[[], ir.Table]) -> ir.Table:
    """Keeps nothing."""
    return make()


@dataclass(frozen=True, slots=True)
class RuleData:
    """Lazy tables as of the end of `day`.

    people: one row per living customer, at least PERSON_COLUMNS; the customer snapshot serves. features: one row per
    living customer, one float64 column per feature; None when none were built. facts: gives a fact table by name with
    customer_id, or with account_id where the vocabulary says `via_account`; only rows that happened and were known.
    branches: branch_id, parent_id. owners: account_id, customer_id of every account known. event_days: optional
    pre-aggregate of events (customer_id, business_date, event_name, events, first_at, last_at) of the last
    `event_days_back` days, from which plain event counts are answered. transactions: optional rows of
    CUSTOMER_TRANSACTION of as many days, from which conditions on transactions are. made: what the daily run made of
    the day, by source: CUSTOMER_VALUE rows, the active model's SCORE rows, CUSTOMER_CLUSTER rows; one that is not there
    was not made on the day, and its attributes are lacking. answers: gives those to questions about behaviour, which
    conditions and rules share (`answers.py`). zone: the bank's. assets: AUM of
    customers at the end of each of some days, rising and not after `day` (`facts.assets_on`).
    """

    day: date
    people: ir.Table
    features: ir.Table | None
    facts: Callable[[str], ir.Table]
    branches: ir.Table
    event_days: ir.Table | None = None
    event_days_back: int = 180
    made: Mapping[Source, ir.Table] = field(default_factory=dict)
    owners: Callable[[], ir.Table] | None = None
    transactions: ir.Table | None = None
    answers: Answers = unshared
    zone: ZoneInfo = SHANGHAI
    assets: Callable[[tuple[date, ...]], ir.Table] | None = None

    @property
    def is_shared(self) -> bool:
        """Whether somebody keeps the answers to questions about behaviour."""
        return self.answers is not unshared


def rule_data(
    tables: BankTables,
    branches: ir.Table,
    *,
    people: ir.Table | None = None,
    features: ir.Table | None = None,
    event_days: ir.Table | None = None,
    transactions: ir.Table | None = None,
    made: Mapping[Source, ir.Table] | None = None,
    keep: Keep = fresh,
) -> RuleData:
    """The data behind `tables`. people: default computed from the contracts, without warning and product counts.

    branches: the newest version of each branch known by then. features: rows of other days are left out. keep:
    given what is found among all versions of a thing, which takes longer than a question itself.
    """
    day = tables.as_of.day
    if features is not None and "as_of" in features.columns:
        features = features.filter(features.as_of == ibis.literal(day))

    def facts(name: str) -> ir.Table:
        if not FACTS[name].state:
            return facts_of(tables, name)
        return keep(name, FACTS[name].table, lambda: facts_of(tables, name))

    return RuleData(
        day=day,
        people=people_of(tables) if people is None else people,
        features=features,
        facts=facts,
        branches=branches,
        event_days=event_days,
        transactions=transactions,
        made=made or {},
        zone=tables.zone,
        assets=lambda days: assets_on(tables, days),
        owners=lambda: keep("owners", ACCOUNT, lambda: tables.account.select("account_id", "customer_id")),
    )


def people_of(tables: BankTables) -> ir.Table:
    """PERSON_COLUMNS of every customer living at the end of the as-of day."""
    people = living(tables).rename(bank_tier="tier")
    joined = people.left_join(owners(tables), "customer_id").drop("customer_id_right")
    return joined.select(*PERSON_COLUMNS)


def facts_of(tables: BankTables, name: str) -> ir.Table:
    """Rows of one fact table, as they stood at the end of the day.

    States are those in force on the day. A complaint's end that lies after the day is not known yet.
    """
    rows: ir.Table = getattr(tables, name)
    day = ibis.literal(tables.as_of.day)
    if name == "account":
        return rows.filter(is_open_on(rows, tables.as_of.day))
    if name == "holding":
        return rows.filter(rows.started_on <= day, rows.ended_on.isnull() | (rows.ended_on > day))
    if name == "complaint":
        over = rows.resolved_at < ibis.literal(tables.day_ends)
        return rows.mutate(resolved_at=ibis.ifelse(over, rows.resolved_at, ibis.null(rows.resolved_at.type())))
    return rows


def subtree(engine: Engine, branches: ir.Table, root: str) -> tuple[str, ...]:
    """The branch and every branch below it, sorted. A circle in the tree does no harm; an unknown root is alone."""
    rows = engine.arrow(branches.select("branch_id", "parent_id")).to_pylist()
    below: dict[str, list[str]] = {}
    for row in rows:
        below.setdefault(row["parent_id"] or "", []).append(row["branch_id"])
    found, waiting = {root}, [root]
    while waiting:
        fresh = [b for b in below.get(waiting.pop(), []) if b not in found]
        found.update(fresh)
        waiting.extend(fresh)
    return tuple(sorted(found))
