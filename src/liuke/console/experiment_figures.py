"""What each figure of an experiment means, how it is computed, and the query it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from liuke.console.labels import Text
from liuke.track.experiments.queries import Query


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure. where: the document and section that says more."""

    label: Text
    meaning: Text
    formula: str
    where: str
    query: Query


DEFINITIONS: Final[Mapping[str, Definition]] = {
    "difference": Definition(
        _("差异与区间"),
        _(
            "干预组减对照组，按抽签分组，不论是否接通（意向性分析）；用入组前的协变量收窄（CUPED），要求分层时按层合并。随时有效区间哪天看都成立，一次性区间只在计划那天成立。"
        ),
        "Δ = (ȳ₁ − ȳ₀) − θᵀ(x̄₁ − x̄₀);  Δ ± s·√[2(nρ²+1)/(n²ρ²) · ln(√(nρ²+1)/α)]",
        "docs/statistics.md",
        "sums",
    ),
    "over_time": Definition(
        _("区间随时间"),
        _("每次日批当天说过的差异与区间，逐日追加，从不改写；资料迟到的日子不读。"),
        "as said on each day",
        "docs/experiments.md §5",
        "kept",
    ),
    "entered": Definition(
        _("入组客户"),
        _("每位客户只计该抽签第一次选中他的那一次，且在开始之后、结束之前；开始之前已被抽过的、入组之前已销户的不计。"),
        "first decision per customer",
        "docs/experiments.md §4",
        "units",
    ),
    "arm_sizes": Definition(
        _("各组人数"),
        _("入组客户按抽签分组的人数；与登记的比例不符（可随时查看的 SRM 检验，p 小于 0.001）就停读。"),
        "sequential multinomial test",
        "docs/statistics.md",
        "units",
    ),
    "guardrail": Definition(
        _("护栏"),
        _("不该变差的指标。区间整个低于 0，且点估计的变坏达到登记的程度，才算受损；p 不作多重校正，宁可早报。"),
        "Δ_high < 0  and  Δ ≤ −harm",
        "docs/experiments.md §6",
        "sums",
    ),
    "saved": Definition(
        _("留住客户"),
        _("已测的干预组人数乘以留存率之差；只在主要指标是留存率时给出。"),
        "n₁ · Δ",
        "docs/experiments.md §6",
        "sums",
    ),
    "aum": Definition(
        _("留住资产"),
        _("户均留住资产（资产保有率乘以入组时资产）之差，乘以已测的干预组人数。"),
        "n₁ · Δ(k·x)",
        "docs/experiments.md §6",
        "sums",
    ),
    "segments": Definition(
        _("客群"),
        _("各客群单独读一次：原始差异留作记录，收缩后的用来行动；p 已按 Benjamini–Hochberg 校正。"),
        "(τ²·dᵢ + vᵢ·μ) / (τ² + vᵢ)",
        "docs/statistics.md",
        "sums",
    ),
    "reached": Definition(
        _("真正被触达者的效果"),
        _("意向性差异除以两组触达比例之差（顺从者效果）；触达指干预所用渠道上接通或送达，属于别的决策的联系不算。"),
        "Δy / Δw  (Anderson–Rubin)",
        "docs/statistics.md",
        "outcomes",
    ),
    "bounds": Definition(
        _("缺失结果的界"),
        _("有些客户没有作答。Lee 界把应答较多的一组裁去多出的部分，取最好与最坏两种裁法，真实效果在两者之间。"),
        "Lee (2009)",
        "docs/statistics.md",
        "outcomes",
    ),
    "leaks": Definition(
        _("对照组被联系"),
        _("入组之后、观察期之内对照组客户被联系的次数：人工联系一律算，消息只算干预所用的渠道。"),
        "contacts of hold-outs in (entry, entry + horizon]",
        "docs/experiments.md §5",
        "leaks",
    ),
}
KINDS: Final[Mapping[str, Text]] = {
    "retained": _(
        "入组后第 {horizon_days} 天未销户、资产不低于入组时的 {keep_share}，"
        "且最近 {activity_window_days} 天主动交易至少 {activity_minimum} 次，计 1，否则计 0。"
    ),
    "aum_kept_share": _("入组后第 {horizon_days} 天的资产 ÷ 入组时的资产，至多 1。"),
    "reactivated": _(
        "入组前 {quiet_days} 天没有主动交易的客户，{horizon_days} 天内主动交易至少 {transactions} 次，计 1；"
        "其余客户不问。"
    ),
    "renewed": _(
        "入组时持有、{horizon_days} 天内到期的产品，到期前 5 天至到期后 {renewal_days} 天内有新的持有，所占比例；"
        "没有到期产品的客户不问。"
    ),
    "complaint_free": _("{horizon_days} 天内没有投诉计 1，否则计 0。"),
    "nps_change": _("{horizon_days} 天内最后一次 NPS 减入组前 {look_back_days} 天内最后一次；没有两次作答的客户不问。"),
}  # fmt: skip
"""What an outcome of each kind is, with the parameters that were frozen."""
