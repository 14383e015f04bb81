"""Bad rows → quarantine rows: one per broken rule, with file, line, column, value, and the row kept whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.collect.mapping import FileMap
from liuke.collect.raw import Raw
from liuke.collect.report import Finding
from liuke.collect.shape import as_json
from liuke.engine import Engine
from liuke.tables import QUARANTINE, Column, Table

_KINDS = {
    "money": "金额,如 1234.50 / an amount such as 1234.50",
    "int": "整数 / a whole number",
    "float": "数字 / a number",
    "bool": "是/否 / true or false",
    "date": "日期,如 2026-03-31,或映射中的格式 / a date such as 2026-03-31, or in the mapping's format",
    "timestamp": "时间,如 2026-03-31 18:00:00 / a timestamp such as 2026-03-31 18:00:00",
}


def of_shape(engine: Engine, rows: ir.Table, raw: Raw, table: Table, entry: FileMap) -> list[ir.Table]:
    """Findings of values and of `unique`, as tables with the columns of QUARANTINE that the row decides.

    The row is kept as delivered, fetched again from the raw rows: only bad rows pay for it.
    """
    bad = engine.materialise(rows.filter(rows["_bad"]))
    delivered = engine.layer(raw.rows.semi_join(bad, ["_file_no", "_line"]))
    texts = delivered.select("_file_no", "_line", _row=as_json(delivered, raw.names))
    bad = engine.materialise(bad.left_join(texts, ["_file_no", "_line"]))
    parts = []
    for column in (c for c in table.columns if f"_f_{c.name}" in rows.columns):
        found = bad.filter(bad[f"_f_{column.name}"].notnull())
        rule = found[f"_f_{column.name}"]
        text = f"_x_{column.name}" if f"_x_{column.name}" in rows.columns else column.name
        message = ibis.cases(*[(rule == code, message_of(code, column)) for code in _RULES], else_=ibis.literal(""))
        parts.append(_part(found, column.name, found[text].cast("string"), rule, message, found["_row"]))
    if entry.unique:
        again = bad.filter(bad["_repeat"])
        text = f"应唯一: {', '.join(entry.unique)} / must be unique"
        parts.append(
            _part(again, ", ".join(entry.unique), ibis.null("string"), ibis.literal("unique"),
                  ibis.literal(text), again["_row"])
        )  # fmt: skip
    return parts


def of_verdicts(bad: ir.Table, table: Table) -> ir.Table:
    """Findings of references and conflicting keys; the row is kept as mapped."""
    message = ibis.cases(
        *[(bad["_column"] == c.name, message_of("references", c)) for c in table.columns if c.references],
        else_="主键已有不同内容,先到的保留 / the key is already there with different content; the first is kept",
    )
    names = tuple(c.name for c in table.columns)
    return _part(bad, bad["_column"], bad["_value"], bad["_rule"], message, as_json(bad, names))


def of_broken(engine: Engine, files: Sequence[Path]) -> list[ir.Table]:
    """Lines with the wrong number of fields."""
    parts = []
    for path in files:
        lines = engine.from_parquet(str(path))
        message = (
            ibis.literal("应为 ") + lines["expected"].cast("string") + " 列,实为 " + lines["found"].cast("string")
            + " 列 / wrong number of fields"
        )  # fmt: skip
        parts.append(
            _part(lines, ibis.null("string"), ibis.null("string"), ibis.literal("fields"), message, lines["text"])
        )
    return parts


def completed(
    engine: Engine, parts: list[ir.Table], file_names: list[str], table: Table, mark: tuple[str, str, datetime]
) -> ir.Table:
    """The parts as rows of QUARANTINE, materialised. mark: source, batch id, moment."""
    source, batch_id, now = mark
    rows = ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
    numbers = pa.table(
        {"_file_no": pa.array(range(len(file_names)), pa.int64()), "file": pa.array(file_names, pa.string())}
    )
    rows = rows.left_join(engine.from_arrow(numbers), "_file_no")
    rows = rows.mutate(
        source=ibis.literal(source), batch_id=ibis.literal(batch_id), table_name=ibis.literal(table.name),
        ingested_at=ibis.literal(now),
    )  # fmt: skip
    return engine.materialise(rows.select(*QUARANTINE.names).order_by("file", "line"))


def first_findings(engine: Engine, rows: ir.Table, count: int) -> tuple[Finding, ...]:
    """The first few quarantine rows, in file order."""
    found = engine.arrow(rows.limit(count)).to_pylist()
    return tuple(
        Finding(r["table_name"], r["file"], r["line"], r["column_name"], r["value"], r["rule"], r["message"] or "")
        for r in found
    )


_RULES = ("required", "type", "value_map", "values", "minimum", "maximum", "future_date")


def message_of(rule: str, column: Column) -> str:  # noqa: PLR0911 - one per rule
    """What was expected, in Chinese and English.

    >>> from liuke.tables import TRANSACTION
    >>> message_of("minimum", TRANSACTION.column("amount"))
    '不得小于 0 / must not be below 0'
    """
    match rule:
        case "required":
            return "不能为空 / must not be empty"
        case "type":
            return f"应为{_KINDS.get(column.kind, column.kind)}"
        case "value_map":
            return "取值不在 value_map 中 / not in the mapping's value_map"
        case "values":
            return f"取值应为 / must be one of: {', '.join(column.values)}"
        case "minimum":
            return f"不得小于 {column.minimum} / must not be below {column.minimum}"
        case "maximum":
            return f"不得大于 {column.maximum} / must not be above {column.maximum}"
        case "future_date":
            return "日期晚于加载日次日 / later than the day after loading"
        case _:
            return f"{column.references} 中没有此值 / not known in {column.references}"


def _part(
    rows: ir.Table, column: str | ir.Value, value: ir.Value, rule: ir.Value, message: ir.Value, text: ir.Value
) -> ir.Table:
    named = ibis.literal(column) if isinstance(column, str) else column
    return rows.select(
        _file_no=rows["_file_no"], line=rows["_line"], column_name=named, value=value, rule=rule, message=message,
        row_text=text,
    )  # fmt: skip
