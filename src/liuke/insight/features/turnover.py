"""Features of what moved, set against what lies at the bank today: 5,000 out is much of 6,000 and little of 600,000."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import ibis.expr.types as ir

from liuke.insight.features.balances import INPUTS
from liuke.insight.features.definition import Cell, Definition, Kind, lineage, ratio
from liuke.insight.features.feature import WINDOWS
from liuke.insight.features.moves import MEASURES

_LONG: Final = (30, 90, 180)
_NOW: Final = Cell("balance", "now")
_TURNOVER: Final = Kind("money", "retention", "C2", "competition")


def definitions() -> Iterator[Definition]:
    """Every feature of this family; null without AUM."""
    for w in WINDOWS:
        yield _d(
            "out_to_aum", ("转出金额与现有资产之比", "Money out over", "to today's AUM"), w, ("out_amount",), ratio
        )
        yield _d("net_to_aum", ("净流入与现有资产之比", "Money in less money out over", "to today's AUM"), w,
                 ("in_amount", "out_amount"), lambda i, o, aum: ratio(i - o, aum))  # fmt: skip
    for w in _LONG:
        for side, zh, en in (("in", "转入", "incoming"), ("out", "转出", "outgoing")):
            yield _d(f"{side}_max_to_aum", (f"单笔最大{zh}与现有资产之比", f"Largest {en} transaction in",
                     "to today's AUM"), w, (f"{side}_max",), ratio)  # fmt: skip


def _d(
    stem: str, words: tuple[str, str, str], w: int, measures: tuple[str, ...], formula: Callable[..., ir.Value]
) -> Definition:
    zh, before, after = words
    cells = tuple(Cell("move", m, w, zero=MEASURES[m].how != "max") for m in measures)
    text = (f"近{w}天{zh}", f"{before} {w} days, {after}")
    return _TURNOVER.define(
        f"{stem}_{w}", text, "ratio", (*cells, _NOW), (*lineage(MEASURES, *measures), *INPUTS), formula, w
    )
