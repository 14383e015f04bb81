"""Features of app and web events: log-ins, sessions, searches, what was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.insight.features.definition import Cell, Definition, Kind, Measure, lineage, ratio, slope
from liuke.insight.features.desk import Desk
from liuke.insight.features.feature import WINDOWS
from liuke.insight.features.moves import DAY
from liuke.insight.features.windows import Additive
from liuke.tables import EVENT

_PLACE: Final = ("event.business_date", "event.customer_id")
_LONG: Final = (30, 90, 180)
NAMES: Final = {
    "login": (("login", "log_in", "sign_in", "登录"), ("登录", "Log-ins")),
    "search": (("search", "搜索"), ("搜索", "Searches")),
    "view": (("view_product", "product_view", "浏览产品"), ("浏览产品", "Product views")),
    "apply": (("apply_start", "apply_submit", "apply", "申请"), ("发起申请", "Applications begun")),
}  # fmt: skip
"""Kind of event → the event names banks use for it, and its words."""
_VISITS: Final = ("app", "web", "wechat")


def _named(words: tuple[str, ...]) -> Callable[[ir.Table], ir.BooleanValue]:
    return lambda t: t.event_name.isin(words)


def _login(t: ir.Table) -> ir.BooleanValue:
    return t.event_name.isin(NAMES["login"][0])


def _in_app(t: ir.Table) -> ir.BooleanValue:
    return t.channel.isin(_VISITS)


def _night(t: ir.Table) -> ir.BooleanValue:
    return (t.occurred_at < t["_night_ends"]) | (t.occurred_at >= t["_night_begins"])


def _of_channel(code: str) -> Callable[[ir.Table], ir.BooleanValue]:
    return lambda t: t.channel == code


def _day_of(condition: Callable[[ir.Table], ir.BooleanValue]) -> Callable[[ir.Table], ir.Value]:
    return lambda t: ibis.ifelse(condition(t), t["_d"].cast("int32"), ibis.null("int32"))


def _measures() -> Iterator[tuple[str, Measure]]:
    named, channel = ("event.event_name", *_PLACE), ("event.channel", *_PLACE)
    yield "count", Measure(lambda t: t.customer_id.notnull(), "count", _PLACE)
    for code, (words, _) in NAMES.items():
        yield code, Measure(_named(words), "count", named)
    for code in _VISITS:
        yield f"channel_{code}", Measure(_of_channel(code), "count", channel)
    yield "night", Measure(_night, "count", ("event.occurred_at", *_PLACE))
    yield "weekend", Measure(lambda t: t["_weekend"], "count", _PLACE)
    yield "app_days", Measure(_in_app, "days", channel)
    yield "login_days", Measure(_login, "days", named)
    yield "login_first", Measure(_day_of(_login), "min", named)
    yield "login_last", Measure(_day_of(_login), "max", named)
    yield "last", Measure(lambda t: t["_d"].cast("int32"), "max", _PLACE)
    yield "login_dated", Measure(lambda t: ibis.ifelse(_login(t), t["_d"].cast("float64"), 0.0), "sum", named)


MEASURES: Final = dict(_measures())


def _read(desk: Desk) -> ir.Table:
    rows = desk.rows(EVENT)
    return rows.filter(rows.customer_id.notnull())


def _sessions(desk: Desk) -> ir.Table:
    """One row per customer, session and day, known when its first event was."""
    rows = _read(desk)
    rows = rows.filter(rows.session_id.notnull())
    return rows.group_by("customer_id", "session_id", "business_date").aggregate(ingested_at=rows.ingested_at.min())


_SESSION: Final = {"count": Measure(lambda t: t.session_id.notnull(), "count", ("event.session_id", *_PLACE))}
SOURCES: Final = {
    "event": Additive(_read, MEASURES, "customer_id"),
    "session": Additive(_sessions, _SESSION, "customer_id"),
}
_DIGITAL: Final = Kind("digital", "retention", "C1", "needs")


def _c(name: str, w: int) -> Cell:
    return Cell("event", name, w, zero=MEASURES[name].how not in ("max", "min"))


def _of(*names: str) -> tuple[str, ...]:
    return lineage(MEASURES, *names)


def definitions() -> Iterator[Definition]:
    """Every feature of this family."""
    for w in WINDOWS:
        for name, shown, zh, en in (
            ("count", "event_count", "线上事件数", "App and web events"),
            ("login", "login_count", *NAMES["login"][1]),
        ):
            text = (f"近{w}天{zh}", f"{en} in {w} days")
            yield _DIGITAL.define(f"{shown}_{w}", text, "events", (_c(name, w),), _of(name), None, w)
        text = (f"近{w}天线上活跃天数", f"Days with app or web use in {w} days")
        yield _DIGITAL.define(f"app_days_{w}", text, "days", (_c("app_days", w),), _of("app_days"), None, w)
    for w in _LONG:
        for name in ("search", "view", "apply"):
            zh, en = NAMES[name][1]
            text = (f"近{w}天{zh}次数", f"{en} in {w} days")
            yield _DIGITAL.define(f"{name}_count_{w}", text, "events", (_c(name, w),), _of(name), None, w)
        session = (Cell("session", "count", w),)
        inputs = _SESSION["count"].inputs
        text = (f"近{w}天会话数", f"Sessions in {w} days")
        yield _DIGITAL.define(f"session_count_{w}", text, "sessions", session, inputs, None, w)
        text = (f"近{w}天每次会话事件数", f"Events per session in {w} days")
        yield _DIGITAL.define(f"events_per_session_{w}", text, "ratio", (_c("count", w), *session), inputs, ratio, w)
        text = (f"近{w}天登录次数趋势", f"Trend of log-ins over {w} days")
        yield _DIGITAL.define(f"login_slope_{w}", text, "ratio", (_c("login", w), _c("login_dated", w), DAY),
                              _of("login", "login_dated"), _trend(w), w)  # fmt: skip
    yield from _habits()


def _habits() -> Iterator[Definition]:
    for w in (90, 180):
        cells = (_c("login_first", w), _c("login_last", w), _c("login_days", w))
        text = (f"近{w}天登录日平均间隔", f"Mean gap between days with a log-in in {w} days")
        yield _DIGITAL.define(f"login_gap_mean_{w}", text, "days", cells, _of("login_days"), _gap, w)
        for name, zh, en in (("night", "夜间", "at night (22:00-6:00)"), ("weekend", "周末", "at weekends")):
            text = (f"近{w}天{zh}线上事件占比", f"Share of app and web events {en} in {w} days")
            yield _DIGITAL.define(f"event_{name}_share_{w}", text, "share", (_c(name, w), _c("count", w)),
                                  _of(name, "count"), ratio, w)  # fmt: skip
        for code, zh, en in (("web", "网页", "on the web"), ("wechat", "微信", "in WeChat")):
            text = (f"近{w}天{zh}事件占比", f"Share of events {en} in {w} days")
            yield _DIGITAL.define(f"event_{code}_share_{w}", text, "share", (_c(f"channel_{code}", w), _c("count", w)),
                                  _of(f"channel_{code}", "count"), ratio, w)  # fmt: skip
    for name, shown, zh, en in (
        ("last", "days_since_event", "距上次线上活动天数", "Days since the last app or web event"),
        ("login_last", "days_since_login", "距上次登录天数", "Days since the last log-in"),
    ):
        yield _DIGITAL.define(shown, (zh, en), "days", (_c(name, 180), DAY), _of(name), lambda last, d: d - last, 180)
    for short, long in ((7, 30), (30, 90), (30, 180)):
        for name, shown, zh, en in (
            ("login", "login_count", "登录次数", "Log-ins"),
            ("app_days", "app_days", "线上活跃天数", "Days with app or web use"),
        ):
            text = (f"近{short}天{zh}与近{long}天水平之比", f"{en} of {short} days to the {long}-day level")
            yield _DIGITAL.define(f"{shown}_{short}_to_{long}", text, "ratio", (_c(name, short), _c(name, long)),
                                  _of(name), _level(short, long), long)  # fmt: skip


def _gap(first: ir.Value, last: ir.Value, days: ir.Value) -> ir.Value:
    return ratio(last - first, days - 1)


def _level(short: int, long: int) -> Callable[[ir.Value, ir.Value], ir.Value]:
    return lambda a, b: ratio(a / short, b / long)


def _trend(w: int) -> Callable[[ir.Value, ir.Value, ir.Value], ir.Value]:
    return lambda total, dated, day: slope(total, dated - day * total, w)
