"""Asking a rule of a small bank, as tests do it."""

from datetime import timedelta
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
from pydantic import TypeAdapter

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.insight.conditions import RuleNode
from liuke.insight.known import tables_as_of
from liuke.insight.rules.attribute import Source
from liuke.insight.rules.compile import flags, matching
from liuke.insight.rules.data import RuleData, rule_data
from liuke.insight.rules.references import Names, resolve
from liuke.insight.rules.vocabulary import ATTRIBUTES
from liuke.insight.segments.customer_transactions import customer_transactions
from liuke.insight.segments.event_days import event_days
from liuke.lake import newest
from liuke.tables import BRANCH
from tests.insight.bank import AS_OF, ZONE, Bank, source

RULE: TypeAdapter[Any] = TypeAdapter(RuleNode)


def data_of(
    engine: Engine, bank: Bank, features: dict[str, dict[str, Any]] | None = None, as_of: AsOf = AS_OF, **more: Any
) -> RuleData:
    """The bank as rules see it. features: by customer, then by name."""
    rows = source(engine, bank)
    branches = rows(BRANCH)
    branches = newest(branches.filter(branches.ingested_at <= as_of.known_by), BRANCH)
    more.setdefault("made", made_rows(engine, {}))
    return rule_data(tables_as_of(rows, as_of, ZONE), branches, features=table(engine, features or {}, as_of), **more)


def table(engine: Engine, features: dict[str, dict[str, Any]], as_of: AsOf) -> ir.Table:
    names = sorted({n for numbers in features.values() for n in numbers})
    schema = pa.schema([("as_of", pa.date32()), ("customer_id", pa.string()), *((n, pa.float64()) for n in names)])
    rows = [{"as_of": as_of.day, "customer_id": who, **numbers} for who, numbers in features.items()]
    return engine.from_arrow(pa.Table.from_pylist(rows, schema=schema))


def made_rows(engine: Engine, made: dict[str, dict[str, Any]]) -> dict[Source, ir.Table]:
    """What the daily run made, as `RuleData.made`. made: by customer, then by the attribute's name."""
    kinds = {"number": pa.float64(), "text": pa.string(), "date": pa.date32(), "flag": pa.bool_()}
    found: dict[Source, ir.Table] = {}
    for kind in {a.source for a in ATTRIBUTES.values()} - {"people"}:
        mine = [a for a in ATTRIBUTES.values() if a.source == kind]
        schema = pa.schema([("customer_id", pa.string()), *((a.column, kinds[a.kind]) for a in mine)])
        rows = [
            {"customer_id": who, **{a.column: facts[a.name] for a in mine if a.name in facts}}
            for who, facts in made.items()
            if any(a.name in facts for a in mine)
        ]
        found[kind] = engine.from_arrow(pa.Table.from_pylist(rows, schema=schema))
    return found


def who_meets(engine: Engine, rule: dict[str, Any], data: RuleData, names: Names | None = None) -> list[str]:
    """The customers who meet a rule written as in YAML, sorted."""
    resolved = resolve(RULE.validate_python(rule), names or Names())
    return sorted(engine.arrow(matching(engine, resolved, data))["customer_id"].to_pylist())


def who_meet(engine: Engine, rules: list[dict[str, Any]], data: RuleData) -> list[list[str]]:
    """The customers who meet each of several rules, asked in one query."""
    resolved = {f"r{i}": resolve(RULE.validate_python(rule), Names()) for i, rule in enumerate(rules)}
    rows = engine.arrow(flags(engine, resolved, data)).to_pylist()
    return [sorted(row["customer_id"] for row in rows if row[name]) for name in resolved]


def with_event_days(engine: Engine, bank: Bank, as_of: AsOf = AS_OF) -> ir.Table:
    """The pre-aggregate of the bank's events."""
    tables = tables_as_of(source(engine, bank), as_of, ZONE)
    return engine.materialise(event_days(tables.event, as_of.day - timedelta(days=180)))


def with_transactions(engine: Engine, bank: Bank, as_of: AsOf = AS_OF) -> ir.Table:
    """The bank's transactions as the daily run keeps them by customer."""
    tables = tables_as_of(source(engine, bank), as_of, ZONE)
    return engine.materialise(customer_transactions(tables, as_of.day - timedelta(days=179)))
