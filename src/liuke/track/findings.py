"""Remarks on a measurement in plain words: what to mind before believing a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from liuke.insight.amounts import Locale

Severity = Literal["stop", "mind", "note"]

_TEXTS: dict[str, tuple[str, str]] = {
    "nothing_decided": (
        "还没有任何决策，暂无可衡量的效果。",
        "Nobody has been decided yet; there is no effect to measure.",
    ),
    "nothing_matured": (
        "{immature} 位客户的观察期（{horizon} 天）未满，效果尚不可知。",
        "The observation time of {horizon} days is not over for {immature} customers; the effect is not known yet.",
    ),
    "small_sample": (
        "样本量不足：对照组已成熟 {holdout} 人，少于 {needed} 人，区间较宽，请勿据此下结论。",
        "Small sample: {holdout} measured in the hold-out, fewer than {needed}; the interval is wide, do not conclude.",
    ),
    "sample_ratio": (
        "组别比例异常(SRM)：对照组 {holdout} 人，计划约 {planned} 人，p = {p:.2g}。请先查明原因，效果数字不可信。",
        "Sample ratio mismatch: {holdout} in the hold-out, about {planned} planned, p = {p:.2g}. "
        "Find the cause first; the effect cannot be believed.",
    ),
    "mixed_shares": (
        "实验期间用过 {shares} 种对照比例，不同时期的客户在两组中占比不同，请按周查看，或以新实验名重新开始。",
        "{shares} different hold-out shares were in force, so the arms mix periods unequally; "
        "read it by week, or start a new experiment.",
    ),
    "unmeasured": (
        "{unmeasured} 位客户观察期已满但尚未计算结果，请先完成每日运行。",
        "{unmeasured} customers have matured but have no outcome yet; finish the daily run first.",
    ),
    "contacted_holdouts": (
        "对照组有 {people} 位客户被人工联系过({share:.1%})，效果会被低估。",
        "{people} hold-outs were contacted by a person ({share:.1%}); the effect is understated.",
    ),
    "arm_sizes": (
        "各组人数与计划比例不符(p = {p:.2g})：有人在途中丢失或多出。请先查明原因，效果不可读。",
        "The arms' sizes do not fit the planned split (p = {p:.2g}): people were lost or added on the way. "
        "Find the cause first; the effect cannot be read.",
    ),
    "drawn_into_two_arms": (
        "{units} 个单位同时被抽入两组，无法判断其受到何种对待。请先查明抽签，效果不可读。",
        "{units} units were drawn into two arms, so how they were treated is not known. "
        "Find out what happened to the draw; the effect cannot be read.",
    ),
    "drawn_twice": (
        "{units} 个单位在同一组中出现多次，每个单位只应计一次。",
        "{units} units stand in the same arm more than once; each must count once.",
    ),
    "split_changed": (
        "{weeks} 周之间各组占比有变（p = {p:.2g}），不同时期的客户在各组中占比不同。请按周分层或分开读，不可合并读。",
        "The arms' shares changed between {weeks} weeks (p = {p:.2g}), so the arms mix periods unequally. "
        "Read by week or with weeks as strata, never as one.",
    ),
    "outcome_before_entry": (
        "{units} 个单位的结果在入组当天或之前就已观察到，不可能是干预造成的。请检查日期，效果不可读。",
        "The outcomes of {units} units were observed on or before the day they entered and cannot be due to the "
        "treatment. Check the dates; the effect cannot be read.",
    ),
    "shared_household": (
        "{share:.1%} 的客户与另一组的客户同属一个家庭，两组会互相影响，效果可能被低估；可改为按家庭抽取。",
        "{share:.1%} of the customers share a household with one of the other arm; the arms influence each other and "
        "the effect may be understated. Consider drawing households.",
    ),
    "shared_rm": (
        "{share:.1%} 的客户与另一组的客户属于同一位客户经理。"
        "如果干预是客户经理学到的做法，对照组也会受益，应改为按客户经理抽取。",
        "{share:.1%} of the customers share their RM with the other arm. If the treatment is something RMs learn, the "
        "hold-out gains as well; then draw RMs.",
    ),
    "repeats": (
        "另有 {repeats} 次再次决策未计入：每位客户只计首次。",
        "{repeats} repeated decisions are left out: each customer counts once, with the first.",
    ),
    "effect_found": (
        "干预组留存率高于对照组 {gap:.1f} 个百分点，95% 区间 {low:.1f} 至 {high:.1f}。",
        "Retention of the treated is {gap:.1f} points above the hold-out, 95% interval {low:.1f} to {high:.1f}.",
    ),
    "no_effect_seen": (
        "留存率差异 {gap:.1f} 个百分点，95% 区间 {low:.1f} 至 {high:.1f} 包含 0，尚不能断定有效。",
        "The difference in retention is {gap:.1f} points; the 95% interval {low:.1f} to {high:.1f} holds zero, "
        "so an effect is not shown.",
    ),
    "harm_found": (
        "干预组留存率低于对照组 {gap:.1f} 个百分点（差异的 95% 区间 {low:.1f} 至 {high:.1f}），请暂停并检查做法。",
        "Retention of the treated is {gap:.1f} points below the hold-out (95% interval {low:.1f} to {high:.1f}). "
        "Pause and look at what is being done.",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark. severity: stop = do not use the number; mind = read it with care; note = good to know."""

    code: str
    severity: Severity
    facts: tuple[tuple[str, float], ...] = ()

    def text(self, locale: Locale) -> str:
        """The remark as a sentence."""
        zh, en = _TEXTS[self.code]
        return (zh if locale == "zh-hans" else en).format(**dict(self.facts))


def finding(code: str, severity: Severity, **facts: float) -> Finding:
    """A finding with its numbers."""
    return Finding(code, severity, tuple(facts.items()))
