"""The words of the effect board: what each figure means, how it is computed, and the query it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from django.utils.translation import gettext_lazy as _

from liuke.console.labels import Text
from liuke.track.saved.bank_terms import Period
from liuke.track.saved.queries import Query
from liuke.track.saved.sources import Kind

FigureCode = Literal[
    "saves", "aum", "cost", "returned", "difference", "spent", "word", "total", "steps", "curve", "sources", "groups"
]
FIGURES: Final[tuple[FigureCode, ...]] = get_args(FigureCode)


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure. section: of docs/effect.md. queries: what is run for it, the first one carries the figure."""

    label: Text
    meaning: Text
    formula: str
    section: str
    queries: tuple[Query, ...]


PERIOD_NAMES: Final[dict[Period, Text]] = {"year": _("本年"), "90": _("近 90 天"), "all": _("全部")}
KIND_NAMES: Final[dict[Kind, Text]] = {
    "loop": _("预警关怀"),
    "offer": _("权益"),
    "campaign": _("活动"),
    "trigger": _("实时规则"),
    "other": _("其他实验"),
}
DEFINITIONS: Final[Mapping[FigureCode, Definition]] = {
    "saves": Definition(
        _("净挽留客户"),
        _("被干预的客户里，若不干预本会流失的户数：干预组与对照组的留存率之差，乘以观察期已满的干预组户数。每位客户只计首次决策。"),
        "(p₁ − p₀) · n₁,  p₀ = Σ w·y / Σ w,  w = (1 − h) / h",
        "2",
        ("main",),
    ),
    "aum": Definition(
        _("净挽留资产"),
        _("若不干预本会流走、实际留住的资产。按决策时资产校正（CUPED）：校正只收窄区间，不改变所估计的数。"),
        "[(k̄₁ − k̄₀) − θ·(x̄₁ − x̄₀)] · n₁",
        "2",
        ("main",),
    ),
    "cost": Definition(
        _("每挽留一户的成本"),
        _("观察期已满的干预组花费 ÷ 净挽留客户。净挽留的区间含 0 时为空：那时任何成本都说不准。"),
        "C / S,  [C / S₊, C / S₋]  (Fieller)",
        "3",
        ("main",),
    ),
    "returned": Definition(
        _("投入产出"),
        _("净挽留资产按策略中的年利差与年数能带来的收益，除以同一批客户的花费。1 为刚好回本。"),
        "A · m · t / C",
        "3",
        ("main",),
    ),
    "difference": Definition(
        _("留存率差"),
        _("干预组留存率减对照组留存率，按抽签分组，不论是否接通（意向性分析）。"),
        "p₁ − p₀  (Newcombe)",
        "2",
        ("main",),
    ),
    "spent": Definition(
        _("花费"),
        _("期内全部干预的花费，含观察期未满的客户：工单按 score.yaml 的单次联系成本，活动按方案单价，权益另加其成本。"),
        "Σ c",
        "3",
        ("spending",),
    ),
    "word": Definition(
        _("全局对照组：最终依据"),
        _("期初已是客户的全部客户，按全局对照的抽签分为两组，比较今天还在的占比，不问其间做过什么。重叠、遗漏都不影响它。"),
        "(p₁ − p₀) · N₁",
        "5",
        ("everybody", "people"),
    ),
    "total": Definition(
        _("各来源之和"),
        _("各来源净挽留客户相加。同一位客户可能被两个来源各算一次，各来源的对照组也可能被别的来源干预，所以它只作参考，不作标题。"),
        "Σ Sₛ,  Var = Σᵢ (Σₛ zᵢₛ)²",
        "4",
        ("overlap", "sources"),
    ),
    "steps": Definition(
        _("累计净挽留"),
        _("到每月（周）末为止进入的客户合在一起读一次。累计的区间由累计的和算出，不是各月区间相加：后来各月用的是同一批对照。"),
        "S(t) = (p₁(t) − p₀(t)) · n₁(t)",
        "4",
        ("main",),
    ),
    "curve": Definition(
        _("留存曲线"),
        _("两组在决策后各天仍在的占比：未销户，且资产不低于决策时的规定比例。后面的天数只有较早决策的客户到达。"),
        "Wilson 95%",
        "6",
        ("curves",),
    ),
    "sources": Definition(
        _("按来源"),
        _("每个来源只与自己的对照组比。一位客户在一个来源里只计一次，可以出现在几个来源里。"),
        "(p₁ − p₀) · n₁",
        "4",
        ("sources",),
    ),
    "groups": Definition(
        _("按机构与客户经理"),
        _("每个机构自己的差异向总体收缩（经验贝叶斯）：人少的收得多，人多的几乎不动。行动看收缩后的数，原始数留作记录。"),
        "(τ²·dᵢ + vᵢ·μ) / (τ² + vᵢ)",
        "4",
        ("branches", "staff"),
    ),
}  # fmt: skip
