"""A customer's fates in words: what was chosen and why, and of everything else why not.

For people inside the bank and for the explanation a customer may demand (PIPL art. 24): every number that went into the
decision is told, from the stored row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from liuke.act.arbitrate.fates import NOTHING, CandidateFate
from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.insight.amounts import Locale, money

Row = Mapping[str, Any]
"""A row of `fates.fates`, of `one.told` or of the table candidate_fate."""


@dataclass(frozen=True, slots=True)
class Told:
    """treatment: which candidate. fate: what became of it. text: one or two sentences about it."""

    treatment: str
    fate: CandidateFate
    text: str


_WHY: Final[dict[Locale, dict[str, str]]] = {
    "zh-hans": {
        "chosen": "选定「{name}」。{sum}",
        "duty": "「{name}」是应尽的告知，不参与比较，也不设对照。",
        "explored": "「{name}」由抽签选定，用来学习效果：{options} 个选项（含不做）机会均等，各 {odds}。{sum}",
        "held_out": "本应选定「{name}」，但抽签进入实验 {experiment} 的对照组"
                    "（抽签值 {draw} 小于对照比例 {share}），因此不做。",
        "global": "不做「{name}」：客户在全局对照组 {experiment} 内"
                  "（抽签值 {draw} 小于 {share}），不接受任何挽留动作。",
        "beaten": "不选「{name}」：「{winner}」更好（预期增量价值 {eiv}，对 {best}）。",
        "drawn_other": "不选「{name}」：为学习效果，本次由抽签决定，抽中的是「{winner}」。",
        "terms": "不选「{name}」：同一事项上「{winner}」给客户的更多；条件从优，与客户的评分无关。",
        "capacity": "「{name}」值得做（预期增量价值 {eiv}），但今天的名额已给了增益更大的客户。",
        "not_worth": "不选「{name}」：预期增量价值 {eiv}，不如不做。",
        "human_review": "「{name}」交由人工判断：客户拒绝由系统自动决定。",
        "gated": "「{name}」被关卡拦下：{gate}",
        "not_applicable": "「{name}」此刻与客户无关。",
        "not_eligible": "「{name}」客户不符合条件。",
        "unknown": "「{name}」无法估值：有一项要计入的因子未知。",
        "passed": "「{name}」没有被任何关卡拦下，早上未就它作决定。",
        "no_desk": "「{name}」没有负责的工作台。",
        "cool_down": "「{name}」不做：不久前刚为这位客户作过决定。",
        "nobody": "没有任何候选动作。",
        "sum": "预期增量价值 {eiv} = 起效机会 {chance}（{basis}）× 价值 {value_kept} × 情境 {context} × 调节 {lever}"
               " − 成本 {cost} − 疲劳 {fatigue}。",
        "measured": "已实测，证据 {n} 位客户",
        "assumed": "证据不足，按设定的假设",
        NOTHING: "不做",
    },
    "en": {
        "chosen": "Chosen: “{name}”. {sum}",
        "duty": "“{name}” is owed to the customer; it does not compete and nobody is held out from it.",
        "explored": "“{name}” was drawn by lot, to learn its effect: {options} options, doing nothing among them, "
                    "each with the chance {odds}. {sum}",
        "held_out": "“{name}” would have been chosen, but the draw put the customer into "
                    "the hold-out of experiment {experiment} ({draw} is below {share}): it is not done.",
        "global": "Not “{name}”: the customer belongs to the global hold-out {experiment} ({draw} is below {share}) "
                  "and gets no retention treatment.",
        "beaten": "Not “{name}”: “{winner}” is better (expected incremental value {eiv} against {best}).",
        "drawn_other": "Not “{name}”: this time the lot decided, to learn effects, and it fell on “{winner}”.",
        "terms": "Not “{name}”: “{winner}” gives the customer more for the same thing; the better terms stand, "
                 "whatever the customer's score.",
        "capacity": "“{name}” is worth doing (expected incremental value {eiv}), but today's places went to customers "
                    "who gain more.",
        "not_worth": "Not “{name}”: expected incremental value {eiv}; doing nothing is better.",
        "human_review": "“{name}” is left to a person: the customer refuses automated decisions.",
        "gated": "“{name}” is stopped by a gate: {gate}",
        "not_applicable": "“{name}” does not matter to the customer now.",
        "not_eligible": "The customer may not have “{name}”.",
        "unknown": "“{name}” has no value: a factor that counts is not known.",
        "passed": "Nothing stops “{name}”; the morning decided nothing about it.",
        "no_desk": "Nobody is responsible for “{name}”.",
        "cool_down": "Not “{name}”: something was decided for the customer not long ago.",
        "nobody": "There was no candidate at all.",
        "sum": "Expected incremental value {eiv} = chance {chance} ({basis}) × value {value_kept} × context {context} "
               "× lever {lever} − cost {cost} − fatigue {fatigue}.",
        "measured": "measured on {n} customers",
        "assumed": "too little evidence, as assumed",
        NOTHING: "doing nothing",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    """names: treatment → what people call it. gate_words: what a gate's rule found. policy: the one in force."""

    names: Mapping[str, str]
    gate_words: Callable[[Row], str]
    policy: LeverPolicy
    locale: Locale

    def name(self, treatment: str) -> str:
        """What people call it; the code where it has no name."""
        return _WHY[self.locale][NOTHING] if treatment == NOTHING else self.names.get(treatment, treatment)

    def money(self, value: float | None) -> str:
        """In the page's language; a dash for what is not known."""
        return "—" if value is None else money(value, self.locale)


def explained(rows: Sequence[Row], wording: Wording) -> list[Told]:
    """One text per candidate, what was done first, then by value. rows: of one customer and day.

    Without any candidate there is one text, under the treatment 'none'.
    """
    if not rows:
        return [Told(NOTHING, "unknown", _WHY[wording.locale]["nobody"])]
    best = _best(rows, wording.policy)
    return [Told(row["treatment"], row["fate"], _text(row, best, wording)) for row in in_order(rows, wording.policy)]


def in_order(rows: Sequence[Row], policy: LeverPolicy) -> list[Row]:
    """The rows in the order in which they are explained."""
    best = _best(rows, policy)
    return sorted(rows, key=lambda row: (row["fate"] != "chosen", row is not best, -_number(row["eiv"])))


def _best(rows: Sequence[Row], policy: LeverPolicy) -> Row | None:
    return next((row for row in rows if _won(row, policy)), None)


def _text(row: Row, best: Row | None, wording: Wording) -> str:
    kind, odds = _kind(row, best, wording.policy), row.get("draw_probability")
    return _WHY[wording.locale][kind].format(
        name=wording.name(row["treatment"]),
        winner=wording.name(row["beaten_by"] or NOTHING),
        eiv=wording.money(row["eiv"]),
        best=wording.money(best["eiv"] if best else None),
        gate=wording.gate_words(row) if row["gate"] else "",
        experiment=row.get("experiment"),
        draw=_short(row["draw"]),
        share=_short(row.get("holdout_share")),
        odds=f"{odds:.1%}" if odds else "",
        options=round(1 / odds) if odds else "",
        sum=_sum(row, wording) if kind in {"chosen", "explored"} else "",
    )


def _kind(row: Row, best: Row | None, policy: LeverPolicy) -> str:
    """Which sentence it is."""
    fate: str = row["fate"]
    drawn = bool(row["explored"])
    by_best = best is not None and row["beaten_by"] == best["treatment"]
    kinds = [
        ("duty", fate == "chosen" and row["theme"] in policy.duties),
        ("explored", fate == "chosen" and drawn),
        ("global", fate == "held_out" and row.get("experiment") == policy.global_holdout.experiment),
        ("drawn_other", fate == "beaten" and drawn and (by_best or row["beaten_by"] == NOTHING)),
        ("terms", fate == "beaten" and not by_best),
    ]
    return next((kind for kind, holds in kinds if holds), fate)


def _sum(row: Row, wording: Wording) -> str:
    words, policy = _WHY[wording.locale], wording.policy
    measured = policy.use.uplift and row["uplift"] is not None and (row.get("uplift_n") or 0) >= policy.least_evidence
    basis = words["measured"].format(n=row.get("uplift_n")) if measured else words["assumed"]
    chance = row["uplift"] if measured else row["propensity"]
    amounts = {name: wording.money(row[name]) for name in ("eiv", "value_kept", "cost", "fatigue")}
    factors = {name: _short(row[name]) for name in ("context", "lever")}
    return words["sum"].format(basis=basis, chance="—" if chance is None else f"{chance:.2%}", **amounts, **factors)


def _won(row: Row, policy: LeverPolicy) -> bool:
    """Whether the candidate was the customer's one treatment, done or held out from its own experiment."""
    own = row["fate"] == "held_out" and row.get("experiment") != policy.global_holdout.experiment
    return own or (row["fate"] == "chosen" and row["theme"] not in policy.duties)


def _number(value: float | None) -> float:
    return float("-inf") if value is None else value


def _short(value: float | None) -> str:
    return "—" if value is None else f"{value:.3g}"
