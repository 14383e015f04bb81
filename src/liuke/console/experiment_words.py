"""Experiments in words: stages, sources, verdicts, metrics and their numbers, and what a file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from liuke.console.figures import count, day, is_chinese, money, points, rounded, share, signed
from liuke.console.labels import Text
from liuke.track.experiments.experiment_file import ExperimentFile
from liuke.track.experiments.reading import MONEY
from liuke.track.experiments.verdict import outcome_name
from liuke.track.outcome_definitions import SHARES, OutcomeDefinitions

STAGES: Final[dict[str, Text]] = {
    "draft": _("草稿"),
    "proposed": _("待审批"),
    "refused": _("已退回"),
    "approved": _("已批准"),
    "running": _("进行中"),
    "finished": _("已结束"),
    "stopped": _("已停止"),
    "unregistered": _("未预登记"),
}
LOOKS: Final[dict[str, str]] = {
    "running": "green", "approved": "blue", "proposed": "orange", "refused": "red", "stopped": "orange",
    "finished": "violet",
}  # fmt: skip
ORDER: Final = ("running", "approved", "proposed", "refused", "draft", "finished", "stopped", "unregistered")
SOURCES: Final[dict[str, Text]] = {
    "loop": _("预警关怀"),
    "campaign": _("活动"),
    "trigger": _("触发规则"),
    "offer": _("权益"),
    "book": _("名下客户"),
}
UNITS: Final[dict[str, Text]] = {"customer": _("客户"), "rm": _("客户经理"), "branch": _("网点")}
EVIDENCE: Final[dict[str, Text]] = {
    "randomised": _("随机对照"),
    "switchback": _("较弱证据：轮换"),
    "before_after": _("较弱证据：前后对比"),
}
VERDICTS: Final[dict[str, tuple[Text, str]]] = {
    "works": (_("有效"), "green"),
    "harms": (_("有害"), "red"),
    "no_effect": (_("没有值得行动的效果"), "violet"),
    "unknown": (_("还不知道"), ""),
    "untrusted": (_("不可信"), "red"),
}
ENDED: Final[dict[str, Text]] = {
    "harm": _("护栏受损"),
    "effect": _("提前有效"),
    "units": _("样本达到"),
    "day": _("到期"),
    "longest": _("已满最长天数"),
    "by_hand": _("人工停止"),
}
COVARIATES: Final[dict[str, Text]] = {
    "aum": _("入组时资产"),
    "score": _("入组时预警分"),
    "aum_30": _("入组前 30 天资产"),
    "transactions_30": _("入组前 30 天主动交易"),
}
GROUPINGS: Final[dict[str, Text]] = {
    "tier": _("预警级别"),
    "customer_tier": _("客户等级"),
    "branch": _("机构"),
    "week": _("入组周"),
}
ARMS: Final[dict[str, Text]] = {"treated": _("干预"), "holdout": _("对照")}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a reading is refused: in a few words, and what to do now."""

    short: Text
    then: Text


REFUSALS: Final[dict[str, Refusal]] = {
    "arm_sizes": Refusal(
        _("人数与比例不符（SRM）"),
        _("核对抽签名单与决策表：是否有人在抽签之后被删去、并户或漏记。查明并修复数据后，下一次日批会重新读。"),
    ),
    "split_moved": Refusal(
        _("比例中途改过"),
        _("停止这个实验，用新的比例另立一个；若改动有误，把来源的对照比例改回登记的数，已按别的比例抽的客户仍不能读。"),
    ),
    "split_changed": Refusal(
        _("各周比例不一"),
        _("查明哪一周的抽签不同；需要时停止，按周分层（stratum: week）另立一个。"),
    ),
    "drawn_into_two_arms": Refusal(
        _("同一客户进了两组"),
        _("核对客户号是否被合并或复用、抽签的盐是否换过。查明之前不要引用任何数字。"),
    ),
    "outcome_before_entry": Refusal(
        _("结果早于入组"),
        _("核对销户日与数据日期：来源系统的日期可能晚报或写错。修复后重新加载，日批会重新读。"),
    ),
    "unreadable": Refusal(
        _("无法读取"),
        _("按上面的原因改好文件或数据；登记的内容不会丢，改好后下一次日批会重新读。"),
    ),
}


def refusal_of(code: str) -> Refusal:
    """Of a finding or an error that stopped a reading; one that has no words of its own could not be read."""
    return REFUSALS.get(code, REFUSALS["unreadable"])


def arm_name(arm: str) -> str:
    """An arm in words; arms of a campaign by their codes."""
    return str(ARMS.get(arm, arm))


def metric_name(code: str, definitions: OutcomeDefinitions) -> str:
    """A metric in the page's language."""
    if code == MONEY:
        return str(_("户均留住资产"))
    found = definitions.outcomes.get(code)
    return outcome_name(found, code, zh=is_chinese()) if found else code


def is_share(code: str, definitions: OutcomeDefinitions) -> bool:
    """Whether the metric is told in percentage points."""
    found = definitions.outcomes.get(code)
    return code != MONEY and found is not None and found.kind in SHARES


def unit_of(code: str, definitions: OutcomeDefinitions) -> str:
    """What stands behind a difference of the metric; '' for nothing."""
    return "pp" if is_share(code, definitions) else ""


def difference(value: float | None, code: str, definitions: OutcomeDefinitions) -> str:
    """A difference of the metric: '+2.5', points of a share; '+1.2 万' of money."""
    if value is None:
        return "—"
    if code == MONEY:
        return signed(value)
    if is_share(code, definitions):
        return points(value)
    number = rounded(value, 2)
    return f"+{number}" if number > 0 else str(number)


def with_unit(value: float, code: str, definitions: OutcomeDefinitions) -> str:
    """A size of a difference, without its sign: '3.0 pp'."""
    size = difference(value, code, definitions).lstrip("+")
    return f"{size} pp" if is_share(code, definitions) else size


def level_of(value: float | None, code: str, definitions: OutcomeDefinitions) -> str:
    """A mean of the metric in one arm."""
    if value is None:
        return "—"
    if code == MONEY:
        return money(value)
    return share(value) if is_share(code, definitions) else str(rounded(value, 2))


def bounds(low: float | None, high: float | None, code: str, definitions: OutcomeDefinitions) -> str:
    """An interval of differences; '' where there is none."""
    if low is None or high is None:
        return ""
    return f"[{difference(low, code, definitions)}, {difference(high, code, definitions)}]"


def source_name(spec: ExperimentFile, name: str = "") -> str:
    """Whose customers. name: of the campaign, rule or offer."""
    kind, title = str(SOURCES[spec.source.kind]), name or spec.source.code or ""
    return f"{kind} · {title}" if title and spec.source.kind not in ("loop", "book") else kind


def facts_of(spec: ExperimentFile, definitions: OutcomeDefinitions, shares: dict[str, float]) -> list[tuple[Text, str]]:
    """Label and sentence of everything but name and hypothesis."""
    metrics = spec.metrics
    names = [metric_name(code, definitions) for code in metrics.primary]
    first = metrics.primary[0]
    rails = [
        _("{name}（变坏 {harm} 起算）").format(name=metric_name(code, definitions),
                                        harm=with_unit(rail.harm, code, definitions))
        for code, rail in metrics.guardrails.items()
    ]  # fmt: skip
    told: list[tuple[Text, str]] = [
        (_("来源"), source_name(spec)),
        (_("抽取单位"), str(UNITS[spec.unit])),
        (_("证据"), str(EVIDENCE[spec.evidence])),
        (_("各组比例"), " · ".join(f"{arm_name(arm)} {share(part)}" for arm, part in shares.items())),
        (_("主要指标"), _several(names)),
        (_("护栏"), _several(rails, "；")),
        (_("金额口径"), metric_name(metrics.money, definitions) if metrics.money else "—"),
        (_("协变量"), _several([str(COVARIATES[c]) for c in metrics.covariates])),
        (_("值得行动的最小差异"), with_unit(spec.mde, first, definitions)),
        (_("功效 / 置信水平"), f"{share(spec.power, 0)} / {share(spec.level, 0)}"),
        (_("分开读 / 合并读"), " / ".join(str(GROUPINGS[g]) if g else "—" for g in (spec.segment, spec.stratum))),
        (_("开始"), day(spec.start.on) if spec.start.on else str(_("批准后的下一次日批"))),
        (_("停止规则"), _stops(spec)),
    ]
    return told


def _stops(spec: ExperimentFile) -> str:
    stop = spec.stop
    parts = [_("最长 {n} 天").format(n=count(stop.at_most_days))]
    if stop.units_reached:
        parts.append(str(_("样本达到")))
    if stop.on:
        parts.append(_("到 {day}").format(day=day(stop.on)))
    if stop.early_after_days:
        parts.append(_("{n} 天后可提前有效").format(n=stop.early_after_days))
    if stop.on_harm:
        parts.append(str(_("护栏受损")))
    return _several(parts, "；")


def _several(words: list[str], mark: str = "、") -> str:
    """A list in words, with the marks of the language; — for none."""
    return (mark if is_chinese() else {"；": "; "}.get(mark, ", ")).join(words) or "—"
