"""Whether a row of a fact table is one of those meant by a condition: one Ibis boolean, never null."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.rules.compare import compared
from liuke.insight.rules.rows import ColumnTest, PropertyTest, RowAll, RowAny, Rows, row_operand
from liuke.insight.rules.vocabulary import FactTable


def is_meant(
    engine: Engine, rows: Rows, table: ir.Table, day: date, *, texts: Mapping[str, ir.StringValue] | None = None
) -> ir.BooleanValue:  # fmt: skip
    """Whether a row is one of those meant. table: the fact table of `rows`, with business_date where `within` counts
    days back from `day`. texts: properties that were taken out already, by name: to look into JSON takes longest.
    """
    facts = rows.facts
    parts: list[ir.BooleanValue] = [ibis.literal(True)]
    if rows.within is not None:
        parts.append(table.business_date > ibis.literal(day - timedelta(days=rows.within)))
    if rows.name and facts.name_column:
        parts.append(table[facts.name_column].isin(list(rows.name)).fill_null(False))
    cells = _Cells(engine, facts, table, texts or {})
    parts.extend(_row(cells, node, day) for node in rows.where)
    return ibis.and_(*parts)


@dataclass(frozen=True, slots=True)
class _Cells:
    engine: Engine
    facts: FactTable
    table: ir.Table
    texts: Mapping[str, ir.StringValue]

    def value(self, test: ColumnTest | PropertyTest) -> ir.Value:
        if isinstance(test, PropertyTest):
            text = self._text(test.property_)
            return text.try_cast("float64") if test.kind == "number" else text
        column = self.table[test.column]
        return column.cast("float64") if self.facts.kinds[test.column] == "number" else column

    def _text(self, name: str) -> ir.StringValue:
        if name in self.texts:
            return self.texts[name]
        return self.engine.json_text(self.table[str(self.facts.properties)], name)


def _row(cells: _Cells, node: object, day: date) -> ir.BooleanValue:
    if isinstance(node, ColumnTest | PropertyTest):
        return compared(cells.value(node), node.op, row_operand(node, cells.facts), day)
    parts = [_row(cells, child, day) for child in node.children]  # type: ignore[attr-defined]
    if isinstance(node, RowAll):
        return ibis.and_(*parts)
    return ibis.or_(*parts) if isinstance(node, RowAny) else ~parts[0]
