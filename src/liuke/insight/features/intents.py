"""Features of what customers ask about: words they search for in the app and topics of their service contacts.

An intent is a list of words as customers and service desks of Chinese retail banks use them; a search or a topic counts
for the first intent of which it holds a word. Most searches and topics hold none. The words are ours, for any bank;
nothing about a single customer's text leaves the engine but these counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.insight.features.definition import Among, Cell, Definition, Kind, Measure, lineage
from liuke.insight.features.desk import Desk
from liuke.insight.features.digital import NAMES
from liuke.insight.features.windows import Additive
from liuke.tables import EVENT, INTERACTION

INTENTS: Final = {
    "leaving": (("销户", "注销", "解绑", "解约", "停用", "关闭", "退卡", "close account"), ("销户解约", "leaving")),
    "moving": (("异地", "工资卡", "代发", "迁移", "转户"), ("异地与工资卡变更", "moving away")),
    "prepaying": (("提前还款", "提前结清", "prepay"), ("提前还款", "prepaying a loan")),
    "trouble": (("投诉", "人工", "客诉", "维权", "complain"), ("投诉与人工客服", "trouble")),
    "rates": (
        ("利率", "利息", "收益", "上浮", "大额存单", "提前支取", "赎回", "interest rate"),
        ("利率与收益", "rates and yields"),
    ),
    "spending": (("购汇", "旅游", "装修", "购车", "买车", "购房", "买房", "留学", "婚庆"), ("大额用途", "large plans")),
    "limits": (("限额", "大额转账", "大额取现", "transfer limit"), ("限额与大额转账", "limits and large transfers")),
    "fees": (("年费", "手续费", "管理费", "工本费"), ("费用", "fees")),
}  # fmt: skip
"""Intent → words that tell it, and its own words. The order decides where a text holds words of several."""
_WINDOWS: Final = (30, 90)


def _intent(text: ir.StringValue) -> ir.IntegerValue:
    """The number of the first intent of which the text holds a word; −1 for none."""
    plain = text.lower()
    holds = [reduce(or_, [plain.contains(word) for word in words]) for words, _ in INTENTS.values()]
    return ibis.cases(*((found, number) for number, found in enumerate(holds)), else_=-1).cast("int8")


def _searches(desk: Desk) -> ir.Table:
    rows = desk.rows(EVENT)
    rows = rows.filter(rows.event_name.isin(NAMES["search"][0]), rows.customer_id.notnull(), rows.properties.notnull())
    return rows.select("customer_id", "business_date", "ingested_at", _intent=_intent(rows.properties))


def _topics(desk: Desk) -> ir.Table:
    rows = desk.rows(INTERACTION)
    rows = rows.filter(rows.topic.notnull())
    return rows.select("customer_id", "business_date", "ingested_at", _intent=_intent(rows.topic))


def _one(rows: ir.Table) -> ir.FloatingValue:
    return (rows["_intent"] >= 0).cast("float64")


def _code(rows: ir.Table) -> ir.IntegerValue:
    return rows["_intent"]


def _about(number: int, inputs: tuple[str, ...]) -> Measure:
    value = lambda t: (t["_intent"] == number).cast("float64")  # noqa: E731
    return Measure(value, "count", inputs, Among(_one, _code, number))


SEARCHES: Final = {
    code: _about(n, ("event.properties", "event.event_name", "event.business_date", "event.customer_id"))
    for n, code in enumerate(INTENTS)
}
TOPICS: Final = {
    code: _about(n, ("interaction.topic", "interaction.business_date", "interaction.customer_id"))
    for n, code in enumerate(INTENTS)
}
SOURCES: Final = {
    "searched": Additive(_searches, SEARCHES, "customer_id"),
    "asked": Additive(_topics, TOPICS, "customer_id"),
}
_SEARCHED: Final = Kind("digital", "retention", "C1", "needs")
_ASKED: Final = Kind("service", "retention", "C1", "service")


def definitions() -> Iterator[Definition]:
    """Every feature of this family."""
    for w in _WINDOWS:
        for code, (_, (zh, en)) in INTENTS.items():
            text = (f"近{w}天搜索{zh}次数", f"Searches about {en} in {w} days")
            yield _SEARCHED.define(f"search_{code}_{w}", text, "events", (Cell("searched", code, w),),
                                   lineage(SEARCHES, code), None, w)  # fmt: skip
            text = (f"近{w}天咨询{zh}次数", f"Service contacts about {en} in {w} days")
            yield _ASKED.define(f"service_{code}_{w}", text, "visits", (Cell("asked", code, w),),
                                lineage(TOPICS, code), None, w)  # fmt: skip
