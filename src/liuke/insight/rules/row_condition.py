"""Whether a row of a fact table is one of those meant by a condition: one Ibis boolean, never null."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.rules.compare import compared
from liuke.insight.rules.rows import ColumnTest, PropertyTest, RowAll, RowAny, Rows, row_operand
from liuke.insight.rules.vocabulary import FactTable


def is_meant(engine: Engine, rows: Rows, table: ir.Table, day: date) -> ir.BooleanValue:
    """Whether a row is one of those meant. table: the fact table of `rows`, with business_date where `within` counts
    days back from `day`.
    """
    facts = rows.facts
    parts: list[ir.BooleanValue] = [ibis.literal(True)]
    if rows.within is not None:
        parts.append(table.business_date > ibis.literal(day - timedelta(days=rows.within)))
    if rows.name and facts.name_column:
        parts.append(table[facts.name_column].isin(list(rows.name)).fill_null(False))
    parts.extend(_row(engine, node, facts, table, day) for node in rows.where)
    return ibis.and_(*parts)


def _row(engine: Engine, node: object, facts: FactTable, table: ir.Table, day: date) -> ir.BooleanValue:
    if isinstance(node, ColumnTest | PropertyTest):
        return compared(_cell(engine, node, facts, table), node.op, row_operand(node, facts), day)
    parts = [_row(engine, child, facts, table, day) for child in node.children]  # type: ignore[attr-defined]
    if isinstance(node, RowAll):
        return ibis.and_(*parts)
    return ibis.or_(*parts) if isinstance(node, RowAny) else ~parts[0]


def _cell(engine: Engine, test: ColumnTest | PropertyTest, facts: FactTable, table: ir.Table) -> ir.Value:
    if isinstance(test, PropertyTest):
        text = engine.json_text(table[str(facts.properties)], test.property_)
        return text.try_cast("float64") if test.kind == "number" else text
    column = table[test.column]
    return column.cast("float64") if facts.kinds[test.column] == "number" else column
