"""Conditions in words, Chinese and English, as reports and the console show them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from liuke.insight.amounts import Locale
from liuke.insight.features.registry import FEATURES
from liuke.insight.rules.compile import quantities
from liuke.insight.rules.operand import Operand, Other, RelativeDay
from liuke.insight.rules.references import Leaf
from liuke.insight.rules.rows import (
    ColumnTest,
    Counted,
    Did,
    Has,
    RowAll,
    RowAny,
    Rows,
    row_operand,
)
from liuke.insight.rules.tree import AttributeTest, BehaviourTest
from liuke.insight.rules.vocabulary import ATTRIBUTES, FactTable

Words = Mapping[str, tuple[str, str]]
"""Codes and what people say for them, Chinese and English."""
NO_WORDS: Final[Mapping[str, Any]] = {}
_SIGNS = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥"}
_WORDS: dict[str, tuple[str, str]] = {
    "in": ("属于", "in"),
    "not_in": ("不属于", "not in"),
    "contains": ("包含", "contains"),
    "starts_with": ("开头为", "starts with"),
    "under": ("隶属", "under"),
    "is_null": ("缺失", "is missing"),
    "not_null": ("已知", "is known"),
    "between": ("介于", "between"),
}
_MEASURES = {"count": ("次数", "count"), "sum": ("合计", "sum"), "distinct": ("去重数", "distinct")}


def said(leaf: Leaf, locale: Locale = "zh-hans", own: Mapping[str, Words] = NO_WORDS) -> str:
    """One comparison: 年龄(周岁) ≥ 60; 近 30 天 行为事件 login 次数 ≥ 3; 生命周期阶段 = 衰退.

    own: the bank's own codes in words, by attribute.
    """
    tongue = int(locale == "en")
    if isinstance(leaf, Did | Has):
        return _counted(leaf, tongue)
    if isinstance(leaf, BehaviourTest):
        return leaf.behaviour.said(tongue)
    words: Words = {}
    if isinstance(leaf, AttributeTest):
        words = own.get(leaf.attribute) or ATTRIBUTES[leaf.attribute].words
    return f"{subject(leaf, locale)} {_right(leaf.op, leaf.operand, tongue, words)}"


def subject(leaf: Leaf, locale: Locale = "zh-hans") -> str:
    """What a comparison looks at, without what it is compared with."""
    tongue = int(locale == "en")
    if isinstance(leaf, Did | Has):
        return rows_said(leaf, tongue)
    if isinstance(leaf, BehaviourTest):
        return leaf.behaviour.said(tongue)
    return _name(*quantities(leaf)[0], tongue)


def is_money(leaf: Leaf) -> bool:
    """Whether what the comparison looks at is an amount of money."""
    if isinstance(leaf, Did | Has):
        return leaf.measure == "sum" and leaf.of is not None and leaf.facts.column(leaf.of).kind == "money"
    if isinstance(leaf, AttributeTest):
        return ATTRIBUTES[leaf.attribute].money
    if isinstance(leaf, BehaviourTest):
        return False
    return FEATURES[leaf.feature].unit == "currency"


def value_said(value: Any, locale: Locale = "zh-hans") -> str:
    """A value as shown before and after: numbers without needless decimals, days as 2026-06-30, — for none."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return (("否", "是"), ("no", "yes"))[locale == "en"][value]
    if isinstance(value, int | float | Decimal):
        number = round(float(value), 4)
        return f"{number:,.0f}" if number == int(number) else f"{number:,.4f}".rstrip("0")
    return value.isoformat() if isinstance(value, date) else str(value)


def _name(source: str, name: str, tongue: int) -> str:
    found = ATTRIBUTES[name] if source == "attribute" else FEATURES[name]
    return (found.zh, found.en)[tongue]


def _right(op: str, right: Operand, tongue: int, words: Words = NO_WORDS) -> str:
    word = _SIGNS.get(op) or (_WORDS[op][tongue] if op in _WORDS else op)
    return word if right is None else f"{word} {_operand(right, tongue, words)}"


def _operand(right: Operand, tongue: int, words: Words = NO_WORDS) -> str:
    if isinstance(right, tuple):
        return ("、", ", ")[tongue].join(_operand(r, tongue, words) for r in right)
    if isinstance(right, str) and right in words:
        return words[right][tongue]
    if isinstance(right, Other):
        times = "" if right.times == 1.0 else f" × {right.times:g}"
        return _name(right.source, right.name, tongue) + times
    if isinstance(right, RelativeDay):
        return ("数据日期", "the data date")[tongue] + (f"{right.days:+d}" if right.days else "")
    return value_said(right, "en" if tongue else "zh-hans")


def _counted(leaf: Counted, tongue: int) -> str:
    text = f"{rows_said(leaf, tongue)} {_right(leaf.op, leaf.operand, tongue)}"
    if isinstance(leaf, Did) and leaf.without:
        since = ("首次之后", "since the first")[tongue] if leaf.without.since else ""
        without = ("且无", "and no")[tongue]
        text += f" {without} {since} {rows_said(leaf.without, tongue, bare=True)}".replace("  ", " ")
    return text


def rows_said(rows: Rows, tongue: int, *, bare: bool = False) -> str:
    """Rows of a fact table in words, Chinese for 0, English for 1. bare: without what is measured over them."""
    table = rows.facts.table
    span = "" if rows.within is None else (f"近{rows.within}天", f"last {rows.within} days")[tongue]
    where = where_said(rows, tongue)
    parts = [span, (table.zh, table.name.replace("_", " "))[tongue], "/".join(rows.name), f"[{where}]" if where else ""]
    if isinstance(rows, Counted) and not bare:
        of = "" if rows.of is None else f"{(table.column(rows.of).zh, rows.of)[tongue]}"
        parts.append(f"{of}{_MEASURES[rows.measure][tongue]}" if not tongue else f"{rows.measure} {of}".strip())
    return " ".join(p for p in parts if p)


def where_said(rows: Rows, tongue: int) -> str:
    """The conditions on the rows; empty without any."""
    return ("、", ", ")[tongue].join(_row(n, rows.facts, tongue) for n in rows.where)


def _row(node: Any, facts: FactTable, tongue: int) -> str:
    if hasattr(node, "op"):
        column = isinstance(node, ColumnTest)
        name = (facts.column(node.column).zh, node.column)[tongue] if column else node.property_
        return f"{name} {_right(node.op, row_operand(node, facts), tongue)}"
    parts = [_row(child, facts, tongue) for child in node.children]
    if isinstance(node, RowAll | RowAny):
        joint = (("且", " and "), ("或", " or "))[isinstance(node, RowAny)][tongue]
        return f"({joint.join(parts)})"
    return ("非", "not ")[tongue] + parts[0]
