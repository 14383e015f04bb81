"""Features of what customers say and how they are met: complaints, contacts, waits for service."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.insight.features.definition import Cell, Definition, Kind, Measure, lineage, ratio
from liuke.insight.features.desk import Desk
from liuke.insight.features.feature import WINDOWS
from liuke.insight.features.moves import DAY
from liuke.insight.features.windows import Additive
from liuke.tables import COMPLAINT, CONTACT, INTERACTION

_LONG: Final = (30, 90, 180)
_DAY_SECONDS: Final = 86_400
REASONS: Final = {
    "attitude": (("服务态度及质量", "service"), ("服务态度", "service attitude")),
    "system": (("设施设备系统", "system"), ("设备系统", "machines and systems")),
    "process": (("管理制度规则流程", "自主选择权", "合同条款", "process"), ("制度流程", "rules and procedures")),
    "product": (("产品收益", "信息披露", "营销方式", "product"), ("产品与营销", "products and selling")),
    "security": (("资金安全", "信息安全", "security"), ("安全", "safety of money or data")),
}  # fmt: skip
"""Kind of complaint → the reasons of JR/T 0169 in it, and its words."""


def _complaints(desk: Desk, cells: Sequence[Cell]) -> ir.Table:
    """Complaints as they stood at each moment: few rows, so every moment counts its own."""
    letters = desk.versions(COMPLAINT, "customer_id", "business_date", "received_at", "resolved_at", "reason")
    both = desk.of_moments(letters)
    is_open = both.resolved_at.isnull() | (both.resolved_at >= both["_ends"])
    took = both.resolved_at.delta(both.received_at, unit="second").cast("float64") / _DAY_SECONDS
    reason = both.reason.cases(*((w, code) for code, (words, _) in REASONS.items() for w in words), else_="other")
    rows = desk.engine.layer(
        both.select(
            "_i", "customer_id", age=both.as_of.delta(both.business_date, unit="day"), open=is_open,
            took=ibis.ifelse(is_open, ibis.null("float64"), took), kind=reason,
        )
    )  # fmt: skip
    return rows.group_by("_i", "customer_id").aggregate(**{c.column: _complaint(rows, c) for c in cells})


def _complaint(rows: ir.Table, cell: Cell) -> ir.Value:
    within = rows.age < (cell.window or 1_000_000)
    conditions = {"count": within, "open": rows.open, "done": within & ~rows.open}
    match cell.measure:
        case "last":
            return rows.age.min().cast("float64")
        case "oldest_open":
            return ibis.ifelse(rows.open, rows.age, ibis.null("int64")).max().cast("float64")
        case "took":
            return ibis.ifelse(within & ~rows.open, rows.took, 0.0).sum()
    condition = conditions.get(cell.measure, within & (rows.kind == cell.measure.removeprefix("kind_")))
    return ibis.ifelse(condition, 1.0, 0.0).sum()


def _result(code: str) -> Callable[[ir.Table], ir.BooleanValue]:
    return lambda t: t.result == code


def _amount(column: str) -> Callable[[ir.Table], ir.Value]:
    return lambda t: t[column].cast("float64")


def _given(column: str) -> Callable[[ir.Table], ir.BooleanValue]:
    return lambda t: t[column].notnull()


def _last(condition: Callable[[ir.Table], ir.BooleanValue]) -> Callable[[ir.Table], ir.Value]:
    return lambda t: ibis.ifelse(condition(t), t["_d"].cast("int32"), ibis.null("int32"))


def _contact_measures() -> Iterator[tuple[str, Measure]]:
    place = ("contact.business_date", "contact.customer_id")
    result = ("contact.result", *place)
    yield "count", Measure(_given("customer_id"), "count", place)
    for code in ("reached", "refused", "not_reached"):
        yield code, Measure(_result(code), "count", result)
    yield "last", Measure(_last(_given("customer_id")), "max", place)
    yield "reached_last", Measure(_last(_result("reached")), "max", result)
    yield "refused_last", Measure(_last(_result("refused")), "max", result)


def _visit_measures() -> Iterator[tuple[str, Measure]]:
    place = ("interaction.business_date", "interaction.customer_id")
    wait, result = ("interaction.wait_seconds", *place), ("interaction.result", *place)
    yield "count", Measure(_given("customer_id"), "count", place)
    yield "wait", Measure(_amount("wait_seconds"), "sum", wait)
    yield "waited", Measure(_given("wait_seconds"), "count", wait)
    yield "wait_max", Measure(_amount("wait_seconds"), "max", wait)
    yield "long_wait", Measure(lambda t: t.wait_seconds > 1800, "count", wait)
    for code in ("unresolved", "abandoned", "transferred"):
        yield code, Measure(_result(code), "count", result)
    marked = ("interaction.satisfaction", *place)
    yield "mark", Measure(_amount("satisfaction"), "sum", marked)
    yield "marked", Measure(_given("satisfaction"), "count", marked)


CONTACTS: Final = dict(_contact_measures())
VISITS: Final = dict(_visit_measures())
SOURCES: Final = {
    "complaint": _complaints,
    "contact": Additive(lambda desk: desk.rows(CONTACT), CONTACTS, "customer_id"),
    "visit": Additive(lambda desk: desk.rows(INTERACTION), VISITS, "customer_id"),
}
_COMPLAINT: Final = Kind("complaint", "service", "C1", "service")
_CONTACT: Final = Kind("contact", "service", "C1", "service")
_SERVICE: Final = Kind("service", "service", "C1", "service")
_LETTER: Final = ("complaint.business_date", "complaint.customer_id")


def definitions() -> Iterator[Definition]:
    """Every feature of this family."""
    yield from _complaint_features()
    yield from _contact_features()
    yield from _visit_features()


def _k(name: str, w: int | None = None) -> Cell:
    return Cell("complaint", name, w, zero=name not in ("last", "oldest_open"))


def _complaint_features() -> Iterator[Definition]:
    for w in WINDOWS:
        text = (f"近{w}天投诉数", f"Complaints in {w} days")
        yield _COMPLAINT.define(f"complaint_count_{w}", text, "complaints", (_k("count", w),), _LETTER, None, w)
    solved = ("complaint.resolved_at", *_LETTER)
    for name, shown, zh, en, unit in (
        ("open", "complaints_open", "未办结投诉数", "Complaints not resolved", "complaints"),
        (
            "oldest_open",
            "complaint_open_days",
            "最早未办结投诉已等天数",
            "Days the oldest open complaint waits",
            "days",
        ),
        ("last", "days_since_complaint", "距上次投诉天数", "Days since the last complaint", "days"),
    ):
        inputs = _LETTER if name == "last" else solved
        if unit == "days":
            yield _COMPLAINT.define(shown, (zh, en), "days", (_k(name),), inputs)
        else:
            yield _COMPLAINT.define(shown, (zh, en), "complaints", (_k(name),), inputs)
    for w in (90, 180):
        text = (f"近{w}天已办结投诉平均办理天数", f"Mean days to resolve complaints of {w} days")
        yield _COMPLAINT.define(f"complaint_days_mean_{w}", text, "days", (_k("took", w), _k("done", w)),
                                ("complaint.received_at", *solved), ratio, w)  # fmt: skip
    for code, (_, (zh, en)) in REASONS.items():
        text = (f"近180天{zh}类投诉数", f"Complaints about {en} in 180 days")
        yield _COMPLAINT.define(f"complaint_{code}_180", text, "complaints", (_k(f"kind_{code}", 180),),
                                ("complaint.reason", *_LETTER), None, 180)  # fmt: skip


def _contact_features() -> Iterator[Definition]:
    words = {
        "count": ("触达次数", "Contacts"), "reached": ("触达成功次数", "Contacts that reached the customer"),
        "refused": ("拒绝次数", "Contacts refused"), "not_reached": ("未接通次数", "Contacts not reached"),
    }  # fmt: skip
    for name, (zh, en) in words.items():
        for w in _LONG:
            text = (f"近{w}天{zh}", f"{en} in {w} days")
            yield _CONTACT.define(f"contact_{name}_{w}", text, "contacts", (Cell("contact", name, w),),
                                  lineage(CONTACTS, name), None, w)  # fmt: skip
    text = ("近180天触达成功率", "Share of contacts that reached the customer in 180 days")
    cells = (Cell("contact", "reached", 180), Cell("contact", "count", 180))
    yield _CONTACT.define("contact_reached_share_180", text, "share", cells, lineage(CONTACTS, "reached"), ratio, 180)
    for name, shown, zh, en in (
        ("last", "days_since_contact", "距上次触达天数", "Days since the last contact"),
        ("reached_last", "days_since_reached", "距上次成功触达天数", "Days since a contact reached the customer"),
        ("refused_last", "days_since_refused", "距上次拒绝天数", "Days since a contact was refused"),
    ):
        cells = (Cell("contact", name, 180, zero=False), DAY)
        yield _CONTACT.define(shown, (zh, en), "days", cells, lineage(CONTACTS, name), lambda last, d: d - last, 180)


def _v(name: str, w: int) -> Cell:
    return Cell("visit", name, w, zero=name != "wait_max")


def _visit_features() -> Iterator[Definition]:
    for w in _LONG:
        text = (f"近{w}天服务次数", f"Service contacts in {w} days")
        yield _SERVICE.define(
            f"service_count_{w}", text, "visits", (_v("count", w),), lineage(VISITS, "count"), None, w
        )
        text = (f"近{w}天平均等候分钟", f"Mean wait for service in {w} days")
        yield _SERVICE.define(f"wait_mean_{w}", text, "minutes", (_v("wait", w), _v("waited", w)),
                              lineage(VISITS, "wait"), lambda s, n: ratio(s / 60, n), w)  # fmt: skip
        text = (f"近{w}天最长等候分钟", f"Longest wait for service in {w} days")
        yield _SERVICE.define(f"wait_max_{w}", text, "minutes", (_v("wait_max", w),),
                              lineage(VISITS, "wait_max"), lambda s: s / 60, w)  # fmt: skip
        for name, zh, en in (
            ("unresolved", "未解决服务次数", "Service contacts left unresolved"),
            ("abandoned", "等候中离开次数", "Waits given up"),
        ):
            text = (f"近{w}天{zh}", f"{en} in {w} days")
            yield _SERVICE.define(f"service_{name}_{w}", text, "visits", (_v(name, w),), lineage(VISITS, name), None, w)
    text = ("近180天等候超过30分钟次数", "Waits of more than 30 minutes in 180 days")
    yield _SERVICE.define("long_wait_count_180", text, "visits", (_v("long_wait", 180),),
                          lineage(VISITS, "long_wait"), None, 180)  # fmt: skip
    text = ("近180天服务评分均值", "Mean mark for service in 180 days")
    yield _SERVICE.define("service_mark_mean_180", text, "level", (_v("mark", 180), _v("marked", 180)),
                          lineage(VISITS, "mark"), ratio, 180)  # fmt: skip
