"""What things are called that behaviour is asked about: facts, their names, properties, groups and spans of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from liuke.console import labels
from liuke.console.figures import is_chinese, rounded
from liuke.console.labels import Text
from liuke.console.reading.behaviour import Seen
from liuke.console.trigger_words import PROPERTIES, event_name
from liuke.insight.behaviour.breakdown import Group
from liuke.insight.rules.vocabulary import ATTRIBUTES, FACTS

DIDS: Final[dict[str, Text]] = {
    "event": labels.KIND_APP,
    "transaction": _("交易"),
    "complaint": labels.KIND_COMPLAINT,
    "contact": labels.KIND_CONTACT,
    "interaction": labels.KIND_SERVICE,
    "survey_response": labels.KIND_SURVEY,
}
OPERATORS: Final[dict[str, Text]] = {
    "==": _("等于"),
    "!=": _("不等于"),
    "<": "<",
    "<=": "≤",
    ">": ">",
    ">=": "≥",
    "in": _("属于"),
    "not_in": _("不属于"),
    "contains": _("包含"),
    "starts_with": _("开头是"),
    "is_null": _("为空"),
    "not_null": _("不为空"),
}
ORDERS: Final[dict[str, Text]] = {"ordered": _("依次发生"), "strict": _("紧接着发生"), "any": _("不分先后")}
UNITS: Final[dict[str, Text]] = {"m": _("分钟"), "h": _("小时"), "d": _("天")}
TRENDS: Final[dict[str, Text]] = {"day": _("按日"), "week": _("按周"), "month": _("按月")}
_TOUCHES: Final[dict[str, Text]] = {"first": _("取第一步的值"), "last": _("取最后到达一步的值")}
RETENTION_TOUCHES: Final[dict[str, Text]] = {"first": _("取开始时的值"), "last": _("取回来时的值")}
EVERIES: Final[dict[str, Text]] = {"day": _("日"), "week": _("周"), "month": _("月")}
MEASURES: Final[dict[str, Text]] = {"deed": _("做某件事"), "assets": _("保住资产")}
HOWS: Final[dict[str, Text]] = {"first_time": _("首次做的人"), "recurring": _("每次做的人")}
COUNTINGS: Final[dict[str, Text]] = {"on": _("当期回来"), "on_or_after": _("当期或以后回来")}
CLOCKS: Final[dict[str, Text]] = {"calendar": _("按日历"), "rolling": _("从各人开始时起算")}
ATTRIBUTES_OFFERED: Final = ("bank_tier", "branch_id", "risk_appetite", "city", "warning_tier")
_NAMES: Final[Mapping[str, Mapping[str, Text]]] = {
    "transaction": labels.TRANSACTIONS,
    "contact": labels.CHANNEL_KINDS,
    "interaction": labels.SERVICES,
}
Names = Mapping[str, str]
"""Names of the bank's own events in the page's language."""


def touches(steps: int) -> dict[str, str]:
    """At which step a breakdown may look, of so many."""
    later = {str(n): gettext("取第 {n} 步的值").format(n=n) for n in range(2, steps + 1)}
    return {"first": str(_TOUCHES["first"]), **later, "last": str(_TOUCHES["last"])}


def thing(token: str, names: Names) -> str:
    """`event:login` in words."""
    did, _colon, name = token.partition(":")
    if not name:
        return gettext("任何{fact}").format(fact=DIDS.get(did, did))
    return event_name(name, names) if did == "event" else str(_NAMES.get(did, {}).get(name, name))


def any_of(tokens: Iterable[str], names: Names) -> str:
    """Things of which any counts, in words: 搜索 或 浏览产品."""
    return gettext(" 或 ").join(dict.fromkeys(thing(token, names) for token in tokens))


def things(seen: Sequence[Seen], names: Names, chosen: Iterable[str]) -> list[tuple[Text, list[tuple[str, str]]]]:
    """What may be chosen, by fact table: (token, words with the name). What is chosen stands there in any case."""
    found: list[tuple[Text, list[tuple[str, str]]]] = []
    known: set[str] = set()
    for each in seen:
        tokens = [f"{each.did}:", *(f"{each.did}:{name}" for name in each.names)]
        known.update(tokens)
        found.append((DIDS.get(each.did, each.did), [(t, _both(t, names)) for t in (*tokens[1:], tokens[0])]))
    if strange := sorted({token for token in chosen if ":" in token and token not in known}):
        found.append((_("近期没有出现"), [(token, _both(token, names)) for token in strange]))
    return found


def _both(token: str, names: Names) -> str:
    said, name = thing(token, names), token.partition(":")[2]
    return f"{said} · {name}" if name and said != name else said


def column_words(did: str) -> list[tuple[str, str]]:
    """Columns of a fact table that conditions may name, in words."""
    facts = FACTS.get(did)
    if facts is None:
        return []
    skip = {facts.name_column, "business_date"}
    return [(n, _column(did, n)) for n, kind in facts.kinds.items() if n not in skip and kind != "moment"]


def property_words(name: str) -> str:
    """A property of an event in words, else its own name."""
    return str(PROPERTIES.get(name, name))


def _column(did: str, name: str) -> str:
    declared = FACTS[did].column(name)
    return declared.zh if is_chinese() else declared.en


def of_step() -> str:
    """Heading of what belongs to a fact."""
    return gettext("步骤的属性")


def of_customer() -> str:
    """Heading of what belongs to the customer."""
    return gettext("客户的属性")


def attribute_words(name: str) -> str:
    """An attribute of customers in words."""
    found = ATTRIBUTES[name]
    return found.zh if is_chinese() else found.en


def group_words(group: Group, names: Mapping[str, str]) -> str:
    """A value of a breakdown. names: of values, where they are codes."""
    if group.kind == "missing":
        return gettext("（无）")
    if group.kind == "rest":
        return gettext("其他")
    value = group.value or ""
    return names.get(value, value) or gettext("（空）")


def lasting(seconds: float | None) -> str:
    """A span: 40 秒, 12 分钟, 5.5 小时, 3.2 天; — where there is none."""
    if seconds is None:
        return "—"
    for unit, size in ((gettext("{n} 天"), 86400), (gettext("{n} 小时"), 3600), (gettext("{n} 分钟"), 60)):
        if seconds >= 2 * size or (size == 86400 and seconds >= size):
            return unit.format(n=_short(seconds / size))
    return gettext("{n} 秒").format(n=round(seconds))


def _short(value: float) -> str:
    return f"{rounded(value, 1):f}".removesuffix(".0")
