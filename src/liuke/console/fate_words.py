"""Fates of candidates in words: what was done, what was not and why, and the draw an auditor repeats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liuke.act.arbitrate.explain import Told, Wording, explained
from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.gates.sentences import RULES, gate_name, sentence
from liuke.console import labels
from liuke.console.figures import money, share
from liuke.console.labels import Text
from liuke.console.showing import locale

Row = Mapping[str, Any]

FATE_NAMES: Final[Mapping[str, Text]] = {
    "chosen": gettext_lazy("选中"),
    "held_out": gettext_lazy("对照组"),
    "passed": gettext_lazy("可以提供"),
    "beaten": gettext_lazy("有更好的"),
    "gated": gettext_lazy("被拦截"),
    "capacity": gettext_lazy("没有名额"),
    "not_worth": gettext_lazy("不如不做"),
    "human_review": gettext_lazy("交人工判断"),
    "no_desk": gettext_lazy("无人负责"),
    "cool_down": gettext_lazy("冷却期"),
    "not_applicable": gettext_lazy("现在不适用"),
    "not_eligible": gettext_lazy("不符合条件"),
    "unknown": gettext_lazy("无法估值"),
}
FATE_LOOKS: Final[Mapping[str, str]] = {
    "chosen": "green", "passed": "blue", "held_out": "violet", "human_review": "orange", "gated": "red",
}  # fmt: skip
_PLAIN: Final[Mapping[str, Text]] = {
    "chosen": gettext_lazy("已选中，派给工作台。"),
    "passed": gettext_lazy("没有规则拦下；没有为它单独派单，客户经理联系时可以提供。"),
    "capacity": gettext_lazy("今天工作台的名额已给了排在前面的客户。"),
    "cool_down": gettext_lazy("不久前已为这位客户做过决定，冷却期内不再打扰。"),
    "no_desk": gettext_lazy("没有客户经理，也没有归属网点。"),
    "beaten": gettext_lazy("当天为这位客户选了更合适的做法。"),
    "not_worth": gettext_lazy("预期带来的价值不高于成本，不如不做。"),
    "unknown": gettext_lazy("有一项要计入的因子未知，无法估值。"),
    "human_review": gettext_lazy("客户拒绝由系统自动决定，交由人工判断；系统不营销，也不派单。"),
}
"""Where no value was weighed, or the person reads no amounts."""
_SENT: Final[Mapping[str, Text]] = {
    "chosen": gettext_lazy("已选中，由活动发送。"),
    "passed": gettext_lazy("没有规则拦下；还没有活动为它安排发送。"),
    "capacity": gettext_lazy("今天的发送名额或预算已给了排在前面的客户。"),
}
"""The same of messages."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate as the page shows it. why: a sentence. factors: label and figure; none when nothing was weighed."""

    name: str
    channel: Text | None
    fate: str
    label: Text
    look: str
    why: str
    may_change_on: date | None
    factors: tuple[tuple[Text, str], ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw that anybody can repeat. text: what is hashed. value, share: as stored. held: below the share.
    options: the chance of each, of a draw among several.
    """

    what: Text
    text: str
    value: float
    share: float
    held: bool
    options: float | None = None

    @property
    def stored(self) -> str:
        """The value to its last digit, whatever the language of the page."""
        return repr(self.value)


def candidates(rows: Sequence[Row], names: Mapping[str, str], policy: LeverPolicy, *, exact: bool) -> list[Candidate]:
    """Every candidate of a customer's day, what was done first. exact: amounts may be read, and so what they sum to."""
    weighed = sorted((row for row in rows if exact and row["eiv"] is not None), key=lambda row: -row["eiv"])
    plain = [_candidate(row, names, _why(row)) for row in rows if not exact or row["eiv"] is None]
    told = explained(weighed, Wording(names, gate_words, policy, locale())) if weighed else []
    left = list(weighed)
    pairs = [(_take(left, text), text.text) for text in told]
    made = [_candidate(row, names, text, tuple(_factors(row))) for row, text in pairs]
    order = list(FATE_NAMES)
    return sorted((*made, *plain), key=lambda c: (order.index(c.fate), c.name, str(c.channel)))


def gate_words(row: Row) -> str:
    """The gate and what its rule found."""
    return f"{gate_name(row['gate'], locale())} · {sentence(row['rule'], row['fact'], row['may_change_on'], locale())}"


def rule_words(rule: str, names: Mapping[str, str]) -> str:
    """A rule without anybody's fact. names: of conditions of offers, which are told by their own code."""
    known = "cap" if rule.startswith("cap_") else rule
    if known not in RULES:
        return names.get(rule, rule)
    return RULES[known][locale() == "en"].format(fact=rule.removeprefix("cap_") if known == "cap" else "…")


def draws(rows: Iterable[Row], salt: str, number: str) -> list[Draw]:
    """The draws behind the fates of a customer's day, each once. number: the customer's as the person may read it."""
    found: dict[str, Draw] = {}
    for row in rows:
        if row["draw"] is not None and row["experiment"]:
            text = f"{salt}|{row['experiment']}|{number}"
            held = row["draw"] < row["holdout_share"]
            found[text] = Draw(_("实验 {name} 的对照").format(name=row["experiment"]), text, row["draw"],
                               row["holdout_share"], held)  # fmt: skip
        if row["explored"] and row["explore_draw"] is not None:
            text = f"{salt}|explore:{row['as_of'].isoformat()}|{number}"
            found[text] = Draw(_("探索"), text, row["explore_draw"], row["explore_share"], held=True,
                               options=row["draw_probability"])  # fmt: skip
    return list(found.values())


def _take(rows: list[Row], told: Told) -> Row:
    """The row behind a text: the first that is left of its treatment and fate; both are in the order of the values."""
    at = next(i for i, row in enumerate(rows) if (row["treatment"], row["fate"]) == (told.treatment, told.fate))
    return rows.pop(at)


def _why(row: Row) -> str:
    if row["fate"] == "held_out" and row["draw"] is not None:
        drawn = _("抽签进入实验 {name} 的对照组（{draw} 小于 {share}）：为了衡量效果，这次不联系。")
        return drawn.format(name=row["experiment"], draw=f"{row['draw']:.4f}", share=row["holdout_share"])
    if row["channel"] not in labels.DESK_CHANNELS and row["fate"] in _SENT:
        return str(_SENT[row["fate"]])
    if row["fate"] in _PLAIN:
        return str(_PLAIN[row["fate"]])
    return gate_words(row) if row["gate"] else str(FATE_NAMES[row["fate"]])


def _candidate(row: Row, names: Mapping[str, str], why: str, factors: tuple[tuple[Text, str], ...] = ()) -> Candidate:
    fate = row["fate"]
    return Candidate(
        name=names.get(row["treatment"], row["treatment"]),
        channel=labels.CHANNELS.get(row["channel"], row["channel"]),
        fate=fate,
        label=FATE_NAMES.get(fate, fate),
        look=FATE_LOOKS.get(fate, ""),
        why=why,
        may_change_on=row["may_change_on"] if fate in {"gated", "not_eligible", "not_applicable"} else None,
        factors=factors,
    )


def _factors(row: Row) -> Iterable[tuple[Text, str]]:
    yield _("预期增量价值"), money(row["eiv"])
    yield _("增量概率（实测）"), "—" if row["uplift"] is None else f"{share(row['uplift'], 2)} · n={row['uplift_n']}"
    yield _("响应概率（假设）"), "—" if row["propensity"] is None else share(row["propensity"], 2)
    yield _("保住的价值"), money(row["value_kept"])
    yield _("情境"), f"×{row['context']:.2f}" if row["context"] is not None else "—"
    yield _("杠杆"), f"×{row['lever']:.2f}" if row["lever"] is not None else "—"
    yield _("成本"), money(row["cost"])
    yield _("疲劳"), money(row["fatigue"])
