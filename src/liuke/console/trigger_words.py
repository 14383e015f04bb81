"""A trigger rule in plain words: what must happen, and what follows, in the page's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from liuke.act.triggers.conditions import (
    AllOf,
    AnyOf,
    Consecutive,
    Count,
    Distinct,
    Drop,
    Sequence,
    Sum,
    When,
    Without,
)
from liuke.act.triggers.durations import said
from liuke.act.triggers.patterns import Test
from liuke.act.triggers.rule_file import TriggerFile
from liuke.console.figures import day, share
from liuke.console.labels import EVENT_NAMES, THEMES, URGENCIES, USES, Text
from liuke.console.rule_words import Branch

FACTS: Final[dict[str, Text]] = {
    "transaction": _("交易"),
    "balance": _("资产变动"),
    "complaint": _("投诉"),
    "maturity": _("产品到期"),
    "contact": _("触达"),
    "apply_upload": _("上传申请资料"),
    "apply_submit": _("提交申请"),
    "prepay_apply": _("申请提前还款"),
    "progress_query": _("查询进度"),
}
"""Names of events beside `labels.EVENT_NAMES`; the bank's own come from events/*.yaml."""
PROPERTIES: Final[dict[str, Text]] = {
    "keyword": _("关键词"),
    "amount": _("金额"),
    "direction": _("收支方向"),
    "initiator": _("发起方"),
    "transaction_type": _("交易类型"),
    "merchant_category": _("商户类别"),
    "counterparty_name": _("对手户名"),
    "counterparty_bank": _("对手银行"),
    "counterparty_is_self": _("对手为本人"),
    "counterparty_is_own_bank": _("对手在本行"),
    "balance_after": _("交易后余额"),
    "aum": _("资产余额"),
    "aum_change_30": _("30 天资产变动"),
    "aum_share_30": _("资产与 30 天前之比"),
    "category": _("类别"),
    "reason": _("原因说明"),
    "channel": _("所用渠道"),
    "product_type": _("产品类型"),
    "days_left": _("距到期天数"),
    "result": _("处理结果"),
    "device": _("设备"),
    "product": _("产品名称"),
    "product_id": _("产品代码"),
    "subject": _("事项"),
}
_OPS: Final[dict[str, Text]] = {
    "==": _("{name}为 {value}"),
    "!=": _("{name}不为 {value}"),
    "<": _("{name}小于 {value}"),
    "<=": _("{name}不超过 {value}"),
    ">": _("{name}大于 {value}"),
    ">=": _("{name}不少于 {value}"),
    "in": _("{name}属于 {value}"),
    "not_in": _("{name}不属于 {value}"),
    "contains": _("{name}含 {value}"),
    "starts_with": _("{name}以 {value} 开头"),
    "is_null": _("没有{name}"),
    "not_null": _("有{name}"),
}
_UNITS: Final[dict[str, Text]] = {
    "s": _("{n} 秒"), "m": _("{n} 分钟"), "h": _("{n} 小时"), "d": _("{n} 天"), "w": _("{n} 周"),
}  # fmt: skip
_PERIODS: Final[dict[str, Text]] = {"day": _("自然日"), "week": _("自然周"), "month": _("自然月")}
_AGAIN: Final[dict[str, Text]] = {
    "fresh": _("触发后只有更晚的事件再算"), "again": _("冷却后同样的事件可再算"), "never": _("每位客户一次"),
}  # fmt: skip
Names = Mapping[str, str]
"""Names of the bank's events in the page's language."""


def condition_tree(condition: Any, names: Names) -> Branch:
    """The condition with every part spelled out."""
    if isinstance(condition, AllOf | AnyOf):
        word = gettext("以下条件全部满足") if isinstance(condition, AllOf) else gettext("以下条件满足任意一项")
        return Branch(word, tuple(condition_tree(part, names) for part in condition.children), joint=True)
    if isinstance(condition, Sequence):
        return _sequence(condition, names)
    return Branch(_LEAVES[type(condition)](condition, names), tuple(_below(condition, names)))


def facts_of(spec: TriggerFile) -> list[tuple[str, str]]:
    """What follows and when it may, as pairs of words."""
    times = [
        (gettext("冷却"), span(spec.cooldown)),
        (gettext("再次触发"), str(_AGAIN[spec.re_entry])),
        (gettext("到点后再等"), span(spec.settle)),
        (gettext("生效期"), _days(spec)),
        (gettext("最大占比"), share(spec.max_share) + (gettext("（已确认全量）") if spec.confirmed else "")),
    ]
    return [
        (gettext("用途"), str(USES.get(spec.purpose, spec.purpose))),
        (gettext("工单主题"), str(THEMES.get(spec.theme, spec.theme))),
        (gettext("紧急程度"), str(URGENCIES.get(spec.tier, spec.tier))),
        (gettext("优先级"), str(spec.priority)),
        (gettext("首次联系时限"), span(spec.sla) if spec.sla is not None else gettext("按等级")),
        *times,
    ]


def _days(spec: TriggerFile) -> str:
    first, last = spec.effective.from_, spec.effective.to
    return f"{day(first)} – {day(last)}" if first or last else gettext("不限")


def event_name(name: str, names: Names) -> str:
    """The event in words; its own name where nobody gave it any."""
    return names.get(name) or str(EVENT_NAMES.get(name) or FACTS.get(name, name))


def span(micros: int) -> str:
    """A span in words: 7 天; whole weeks are told in days."""
    text = said(micros)
    number, unit = int(text[:-1]), text[-1]
    if unit == "w":
        number, unit = 7 * number, "d"
    return str(_UNITS[unit]).format(n=number)


def _when(leaf: When, names: Names) -> str:
    return gettext("刚刚发生{event}").format(event=_quoted(leaf.when, names))


def _count(leaf: Count, names: Names) -> str:
    text = gettext("{span}内{event}至少 {n} 次")
    return text.format(span=span(leaf.within), event=_quoted(leaf.count, names), n=leaf.at_least)


def _sum(leaf: Sum, names: Names) -> str:
    text = gettext("{span}内{event}的{of}合计不少于 {n}")
    told = {"span": span(leaf.within), "event": _quoted(leaf.sum, names)}
    return text.format(**told, of=_property(leaf.of), n=_number(leaf.at_least))


def _distinct(leaf: Distinct, names: Names) -> str:
    text = gettext("{span}内{event}的{of}至少有 {n} 个不同的值")
    told = {"span": span(leaf.within), "event": _quoted(leaf.distinct, names)}
    return text.format(**told, of=_property(leaf.of), n=leaf.at_least)


def _consecutive(leaf: Consecutive, names: Names) -> str:
    counted = gettext("连续 {k} 个{period}（含当期），每期{event}至少 {n} 次")
    summed = gettext("连续 {k} 个{period}（含当期），每期{event}的{of}合计不少于 {n}")
    return (summed if leaf.of else counted).format(
        k=leaf.periods, period=_PERIODS[leaf.every], event=_quoted(leaf.consecutive, names),
        of=_property(leaf.of or ""), n=_number(leaf.at_least),
    )  # fmt: skip


def _drop(leaf: Drop, names: Names) -> str:
    counted = gettext(
        "最近 {within}{event}的次数不超过此前 {baseline}同长水平的 {share}，此前至少 {n}；每 {every}零点检查"
    )
    summed = gettext(
        "最近 {within}{event}的{of}合计不超过此前 {baseline}同长水平的 {share}，此前至少 {n}；每 {every}零点检查"
    )
    return (summed if leaf.of else counted).format(
        within=span(leaf.within), event=_quoted(leaf.drop, names), of=_property(leaf.of or ""),
        baseline=span(leaf.baseline), share=share(leaf.below, 0), n=_number(leaf.at_least), every=span(leaf.every),
    )  # fmt: skip


_LEAVES: Final[Mapping[type, Callable[[Any, Names], str]]] = {
    When: _when, Count: _count, Sum: _sum, Distinct: _distinct, Consecutive: _consecutive, Drop: _drop,
}  # fmt: skip


def _sequence(leaf: Sequence, names: Names) -> Branch:
    steps = [Branch(_quoted(step.event, names), tuple(_tests(step.where))) for step in leaf.sequence]
    word = (
        gettext("依次发生，首尾相距不超过 {span}").format(span=span(leaf.within)) if len(steps) > 1 else gettext("发生")
    )
    if leaf.then_no is None:
        return Branch(word, tuple(steps), joint=True)
    then = gettext("其后 {span}内没有{event}，到点触发")
    text = then.format(span=span(leaf.then_no.within), event=_quoted(leaf.then_no.event, names))
    return Branch(word, (*steps, Branch(text, tuple(_tests(leaf.then_no.where)))), joint=True)


def _below(leaf: Any, names: Names) -> Iterator[Branch]:
    yield from _tests(leaf.where)
    without: Without | None = getattr(leaf, "without", None)
    if without is None:
        return
    if without.within is None:
        text = gettext("首次之后没有{event}").format(event=_quoted(without.event, names))
    else:
        text = gettext("{span}内没有{event}").format(span=span(without.within), event=_quoted(without.event, names))
    yield Branch(text, tuple(_tests(without.where)))


def _tests(where: tuple[Test, ...]) -> Iterator[Branch]:
    for test in where:
        value = "、".join(map(_value, test.value)) if isinstance(test.value, list | tuple) else _value(test.value)
        yield Branch(str(_OPS[test.op]).format(name=_property(test.property_), value=value))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    return _number(value) if isinstance(value, int | float) else f"“{value}”"


def _number(value: float) -> str:
    return f"{value:,.10g}"


def _property(name: str) -> str:
    return str(PROPERTIES.get(name, name))


def _quoted(name: str, names: Names) -> str:
    return gettext("「{name}」").format(name=event_name(name, names))
