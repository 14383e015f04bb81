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
    "not_pre_registered": (
        "没有预先登记：口径与计划是默认的，事后才看。只作线索，不作结论。",
        "Not pre-registered: metrics and plan are the default, looked at afterwards. A hint, not a conclusion.",
    ),
    "weaker_switchback": (
        "证据较弱（轮换）：按时间段轮流，没有抽客户；时间段之间的差别与前一段的余波会混进差异。误差按时间段计算。",
        "Weaker evidence (switchback): periods took turns, customers were not drawn; what differs between periods, and "
        "what one carries into the next, mixes with the difference. Errors go by periods.",
    ),
    "weaker_before_after": (
        "证据较弱（前后对比）：同期发生的任何变化（季节、市场、客群）都会混进差异，区间不含这部分误差。",
        "Weaker evidence (before and after): whatever else changed meanwhile (season, market, customers) mixes with "
        "the difference, and the interval does not hold that error.",
    ),
    "text_changed": (
        "开始之后，文件、指标口径或比例被改过。读数仍按开始时登记的内容计算。",
        "Its file, an outcome or the split was changed since the start. It is read as it was registered.",
    ),
    "split_moved": (
        "抽签比例中途改过：登记 {planned:.1%}，{units} 位客户按 {drawn:.1%} 抽取。"
        "不同时期的客户在各组中占比不同，效果不可读。",
        "The split was changed on the way: {planned:.1%} held out as registered, {units} customers drawn at "
        "{drawn:.1%}. The arms mix periods unequally; the effect cannot be read.",
    ),
    "empty_arm": (
        "{arm} 组还没有客户，无从比较。",
        "There is nobody in the arm {arm} yet; nothing can be compared.",
    ),
    "all_equal": (
        "{metric}：所有客户的结果都相同，区间没有宽度，不能据此下结论。",
        "{metric}: everybody has the same outcome, so the interval has no width; do not conclude from it.",
    ),
    "entered_before": (
        "{units} 位客户在登记开始之前就已被抽取，不计入：他们已经受过干预或被留作对照。",
        "{units} customers had been drawn before the registered start and are left out: they were treated or held out "
        "already.",
    ),
    "gone_before_entry": (
        "{units} 位客户（{share:.1%}）在入组之前已经销户，不计入。",
        "{units} customers ({share:.1%}) had closed before they entered and are left out.",
    ),
    "no_pre_period": (
        "{share:.1%} 的客户没有入组前的 {covariate}：保留，另作标记。",
        "{share:.1%} of the customers have no {covariate} from before their entry: they stay, marked.",
    ),
    "no_covariate": (
        "没有任何客户有入组前的 {covariate}，区间没有因它变窄。",
        "Nobody has {covariate} from before the entry; it made no interval narrower.",
    ),
    "outside_units": (
        "{units} 位客户不属于开始时抽取的客户经理或网点，不计入。",
        "{units} customers belong to no manager or branch drawn at the start and are left out.",
    ),
    "few_clusters": (
        "每组不足 15 个单位（最少 {clusters} 个）：区间略偏窄。",
        "Under 15 units in an arm (least: {clusters}): intervals are slightly too narrow.",
    ),
    "unreadable": (
        "无法读取：{why}",
        "It cannot be read: {why}",
    ),
    "repeats": (
        "另有 {repeats} 次再次决策未计入：每位客户只计首次。",
        "{repeats} repeated decisions are left out: each customer counts once, with the first.",
    ),
    "no_global_holdout": (
        "没有全局对照组（levers.yaml 的 global_holdout.share 为 0），银行总体挽留多少没有最终依据；"
        "标题为每位客户只计首次决策的读数，可能少计后来其他来源的作用。",
        "There is no global hold-out (global_holdout.share of levers.yaml is 0), so what the bank saved as a whole has "
        "no last word; the headline counts each customer once, with the first decision, and may miss what later "
        "sources did.",
    ),
    "global_reached": (
        "全局对照组 {held} 位客户中有 {people} 位仍被干预过({share:.1%})，总效果会被低估。",
        "{people} of {held} customers of the global hold-out were treated after all ({share:.1%}); the total effect is "
        "understated.",
    ),
    "uncompared": (
        "另有 {people} 位客户由不设对照的来源决策，无从比较，未计入；其花费已计入总花费。",
        "{people} more customers were decided about by sources that hold nobody out; they cannot be compared and are "
        "left out. Their cost is part of what was spent.",
    ),
    "unpriced": (
        "{people} 个决策的价格不可知（活动文件读不出），每户成本与回报暂不可知。",
        "The price of {people} decisions is not known (a campaign's file cannot be read), so cost per save and return "
        "are not known.",
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
    facts: tuple[tuple[str, float | str], ...] = ()

    def text(self, locale: Locale) -> str:
        """The remark as a sentence."""
        zh, en = _TEXTS[self.code]
        return (zh if locale == "zh-hans" else en).format(**dict(self.facts))


def finding(code: str, severity: Severity, **facts: float | str) -> Finding:
    """A finding with its numbers."""
    return Finding(code, severity, tuple(facts.items()))
