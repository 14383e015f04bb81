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
from liuke.act.gates.sentences import gate_name, general, sentence
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
UNPLACED: Final = "unplaced"
"""Stands for each of _MIXED before people who may not know who is held out."""
_MIXED: Final = frozenset({"held_out", "capacity", "beaten", "not_worth"})
_UNPLACED: Final = gettext_lazy("未排上")
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
    UNPLACED: gettext_lazy("没有规则拦下，但这一天没有排上：名额有限，也不是每个候选都做。"),
}
"""Where no value was weighed, or the person reads no amounts."""
_SENT: Final[Mapping[str, Text]] = {
    "chosen": gettext_lazy("已选中，由活动发送。"),
    "passed": gettext_lazy("没有规则拦下；还没有活动为它安排发送。"),
    "capacity": gettext_lazy("今天的发送名额或预算已给了排在前面的客户。"),
}
"""The same of messages."""
_MATCHED: Final[Mapping[str, Text]] = {
    "chosen": gettext_lazy("规则命中后当时就派了工单，或并入了未结的工单。"),
    "no_desk": gettext_lazy("规则命中了，但客户没有客户经理，也没有归属网点。"),
}
"""The same of matches of trigger rules."""


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


def fate_names(*, draws: bool) -> Mapping[str, Text]:
    """Names of the fates as stored. draws: the person may know who is held out; for others that is one of several."""
    return FATE_NAMES if draws else {fate: _UNPLACED if fate in _MIXED else name for fate, name in FATE_NAMES.items()}


def fate_tags(counts: Mapping[str, int], *, draws: bool) -> list[tuple[str, int, str]]:
    """Name, candidates and look of each fate that there is; fates of one name together. draws: as in `fate_names`."""
    told: dict[str, tuple[int, str]] = {}
    for fate, name in fate_names(draws=draws).items():
        if counts.get(fate):
            look = "" if name is _UNPLACED else FATE_LOOKS.get(fate, "")
            told[str(name)] = (told.get(str(name), (0, ""))[0] + counts[fate], look)
    return [(name, n, look) for name, (n, look) in told.items()]


def candidates(
    rows: Sequence[Row], names: Mapping[str, str], policy: LeverPolicy, *, exact: bool, draws: bool
) -> list[Candidate]:
    """Every candidate of a customer's day, what was done first. exact: amounts may be read, and so what they sum to.
    draws: as in `fate_names`.
    """
    if not draws:
        # What says anything about a better one would tell that it was held out: these rows lose their values, too.
        # Matches have nothing to be mixed with: of one that was held out nothing is said at all.
        rows = [
            {**row, "fate": UNPLACED, "eiv": None} if row["fate"] in _MIXED else row
            for row in rows
            if (row["source"], row["fate"]) != ("trigger", "held_out")
        ]
    weighed = sorted((row for row in rows if exact and row["eiv"] is not None), key=lambda row: -row["eiv"])
    plain = [_candidate(row, names, _why(row)) for row in rows if not exact or row["eiv"] is None]
    told = explained(weighed, Wording(names, gate_words, policy, locale())) if weighed else []
    left = list(weighed)
    pairs = [(_take(left, text), text.text) for text in told]
    made = [_candidate(row, names, text, tuple(_factors(row))) for row, text in pairs]
    order = [*FATE_NAMES, UNPLACED]
    return sorted((*made, *plain), key=lambda c: (order.index(c.fate), c.name, str(c.channel)))


def match_words(fate: str, stopped: Row | None) -> str:
    """Why a match of a trigger rule has its fate (`act.triggered.FATES`). stopped: what a gate found, where one did."""
    if stopped:
        until = stopped.get("may_change_on")
        return gate_words({**stopped, "may_change_on": date.fromisoformat(until) if until else None})
    told = {"treated": "chosen"}.get(fate, fate)
    return str(_MATCHED.get(told, ""))


def gate_words(row: Row) -> str:
    """The gate and what its rule found."""
    fact = row["fact"]
    if row["rule"] == "no_consent":  # the purpose, by its code
        fact = str(labels.PURPOSES.get(fact, fact))
    return f"{gate_name(row['gate'], locale())} · {sentence(row['rule'], fact, row['may_change_on'], locale())}"


def rule_words(rule: str, names: Mapping[str, str]) -> str:
    """A rule of nobody in particular. names: of conditions of offers, which are told by their own code."""
    return general(rule, locale()) or names.get(rule, rule)


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
    if row["source"] == "trigger" and row["fate"] in _MATCHED:
        return str(_MATCHED[row["fate"]])
    if row["fate"] in _PLAIN:
        return str(_PLAIN[row["fate"]])
    return gate_words(row) if row["gate"] else str(FATE_NAMES[row["fate"]])


def _candidate(row: Row, names: Mapping[str, str], why: str, factors: tuple[tuple[Text, str], ...] = ()) -> Candidate:
    fate = row["fate"]
    return Candidate(
        name=names.get(row["treatment"], row["treatment"]),
        channel=labels.CHANNELS.get(row["channel"], row["channel"]),
        fate=fate,
        label=_UNPLACED if fate == UNPLACED else FATE_NAMES.get(fate, fate),
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
