"""Features of transactions: how often, how much, which way, through which channel, for what, when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.insight.features.definition import (
    Among,
    Cell,
    Definition,
    Kind,
    Measure,
    entropy,
    fen,
    lineage,
    ratio,
    slope,
)
from liuke.insight.features.desk import Desk
from liuke.insight.features.feature import WINDOWS
from liuke.insight.features.windows import Additive
from liuke.tables import TRANSACTION

_PLACE: Final = ("transaction.business_date", "transaction.account_id", "account.customer_id")
_LONG: Final = (30, 90, 180)

CHANNELS: Final = {
    "app": ("手机银行", "app"), "web": ("网银", "web"), "branch": ("柜面", "branch"), "atm": ("ATM", "ATM"),
    "pos": ("POS", "POS"), "phone": ("电话银行", "phone"),
}  # fmt: skip
TYPES: Final = {
    "transfer": ("转账", "transfer"), "cash": ("现金", "cash"), "card": ("刷卡消费", "card"),
    "repayment": ("还款", "repayment"), "wealth": ("理财", "wealth product"), "bill": ("缴费", "bill"),
}  # fmt: skip
_CODED_TYPES: Final = (*TYPES, "fee")
CATEGORIES: Final = {
    "dining": (("餐饮", "餐饮美食", "dining", "restaurant"), ("餐饮", "dining")),
    "grocery": (("超市", "超市便利", "生鲜", "商超", "日用", "grocery", "supermarket"), ("超市日用", "groceries")),
    "shopping": (("服饰", "服饰美妆", "百货", "网购", "购物", "网上购物", "shopping"), ("购物", "shopping")),
    "home": (("家居", "家居家电", "家电", "数码", "装修", "装修家居", "home"), ("家居数码", "home")),
    "transport": (("交通", "交通出行", "加油", "出行", "汽车", "transport", "fuel"), ("交通出行", "transport")),
    "travel": (("旅游", "旅游酒店", "酒店", "酒店旅游", "travel", "hotel"), ("旅游", "travel")),
    "medical": (("医疗", "医药", "医疗健康", "药店", "medical", "pharmacy"), ("医疗", "medical")),
    "education": (("教育", "教育培训", "培训", "education"), ("教育", "education")),
    "childcare": (("母婴", "母婴用品", "childcare"), ("母婴", "mother and child")),
    "leisure": (("娱乐", "文娱", "休闲娱乐", "影音娱乐", "leisure"), ("娱乐", "leisure")),
    "utilities": (("生活缴费", "水电燃气", "utilities"), ("生活缴费", "utilities")),
}  # fmt: skip
"""Spending category → the words banks use for it in transaction.merchant_category, and its name."""


def _own(t: ir.Table) -> ir.BooleanValue:
    return t["_own"]


def _out(t: ir.Table) -> ir.BooleanValue:
    return t["_out"]


def _in(t: ir.Table) -> ir.BooleanValue:
    return t["_in"]


def _money(t: ir.Table) -> ir.FloatingValue:
    return t["_money"]


def _count(condition: Callable[[ir.Table], ir.BooleanValue], *columns: str) -> Measure:
    # A cast, not a CASE: conditions here are never null, and it takes a tenth of the time.
    return Measure(lambda t: condition(t).cast("float64"), "count", (*(f"transaction.{c}" for c in columns), *_PLACE))


def _amount(condition: Callable[[ir.Table], ir.BooleanValue], *columns: str) -> Measure:
    def value(t: ir.Table) -> ir.Value:
        return condition(t).cast("float64") * _money(t)

    return Measure(value, "money", ("transaction.amount", *(f"transaction.{c}" for c in columns), *_PLACE))


def _own_number(t: ir.Table) -> ir.FloatingValue:
    return _own(t).cast("float64")


def _spent(t: ir.Table) -> ir.FloatingValue:
    return t["_spent"]


def _one(t: ir.Table) -> ir.FloatingValue:
    return (t["_type"] >= 0).cast("float64")


def _channel(t: ir.Table) -> ir.IntegerValue:
    return t["_channel"]


def _type(t: ir.Table) -> ir.IntegerValue:
    return t["_type"]


def _category(t: ir.Table) -> ir.IntegerValue:
    return t["_category"]


def _of_channel(code: str) -> Measure:
    """Own transactions through a channel."""
    number = list(CHANNELS).index(code)
    inputs = ("transaction.channel", "transaction.initiator", *_PLACE)
    value = lambda t: (_own(t) & (t["_channel"] == number)).cast("float64")  # noqa: E731
    return Measure(value, "count", inputs, Among(_own_number, _channel, number))


def _of_type(code: str) -> Measure:
    """Transactions of a kind."""
    number = _CODED_TYPES.index(code)
    value = lambda t: (t["_type"] == number).cast("float64")  # noqa: E731
    return Measure(value, "count", ("transaction.transaction_type", *_PLACE), Among(_one, _type, number))


def _out_of_type(code: str) -> Measure:
    """Money out by transactions of a kind."""
    return _spent_on(_type, _CODED_TYPES.index(code), "transaction_type")


def _spent_on(code: Callable[[ir.Table], ir.IntegerValue], number: int, column: str) -> Measure:
    """Money out where a coded column has that number."""
    inputs = ("transaction.amount", f"transaction.{column}", "transaction.direction", *_PLACE)
    value = lambda t: (code(t) == number).cast("float64") * _spent(t)  # noqa: E731
    return Measure(value, "money", inputs, Among(_spent, code, number))


def _night(t: ir.Table) -> ir.BooleanValue:
    return _own(t) & ((t.occurred_at < t["_night_ends"]) | (t.occurred_at >= t["_night_begins"]))


def _dated(value: Callable[[ir.Table], ir.Value]) -> Callable[[ir.Table], ir.Value]:
    return lambda t: value(t) * t["_d"].cast("float64")


def _day_of(condition: Callable[[ir.Table], ir.BooleanValue]) -> Callable[[ir.Table], ir.Value]:
    return lambda t: ibis.ifelse(condition(t), t["_d"].cast("int32"), ibis.null("int32"))


def _measures() -> Iterator[tuple[str, Measure]]:
    yield "count", Measure(lambda t: t.amount.notnull(), "count", ("transaction.amount", *_PLACE))
    yield "own_count", _count(_own, "initiator")
    yield "in_count", _count(_in, "direction")
    yield "out_count", _count(_out, "direction")
    yield "in_amount", _amount(_in, "direction")
    yield "out_amount", _amount(_out, "direction")
    yield "own_out_amount", _amount(lambda t: _own(t) & _out(t), "direction", "initiator")
    for name, side in (("in_max", _in), ("out_max", _out)):
        yield name, Measure(_largest(side), "max", ("transaction.amount", "transaction.direction", *_PLACE))
    yield "own_days", Measure(_own, "days", ("transaction.initiator", *_PLACE))
    yield "own_last", Measure(_day_of(_own), "max", ("transaction.initiator", *_PLACE))
    yield "own_first", Measure(_day_of(_own), "min", ("transaction.initiator", *_PLACE))
    yield "in_last", Measure(_day_of(_in), "max", ("transaction.direction", *_PLACE))
    yield "out_last", Measure(_day_of(_out), "max", ("transaction.direction", *_PLACE))
    yield (
        "own_dated",
        Measure(_dated(lambda t: _own(t).cast("float64")), "sum", ("transaction.initiator", *_PLACE)),
    )
    for name in ("in", "out"):
        whole = _amount(_in if name == "in" else _out, "direction")
        yield f"{name}_dated", Measure(_dated(whole.value), "money", whole.inputs)
    yield "night", _count(_night, "initiator", "occurred_at")
    yield "weekend", _count(lambda t: _own(t) & t["_weekend"], "initiator")
    for code in CHANNELS:
        yield f"channel_{code}", _of_channel(code)
    for code in TYPES:
        yield f"type_{code}", _of_type(code)
    for code in ("transfer", "cash", "card", "wealth", "repayment"):
        yield f"out_{code}", _out_of_type(code)
    for number, code in enumerate(CATEGORIES):
        yield f"spent_{code}", _spent_on(_category, number, "merchant_category")
    yield "fees", _out_of_type("fee")


def _largest(side: Callable[[ir.Table], ir.BooleanValue]) -> Callable[[ir.Table], ir.Value]:
    return lambda t: ibis.ifelse(side(t), _money(t) / 100.0, ibis.null("float64"))


MEASURES: Final = dict(_measures())


def _read(desk: Desk) -> ir.Table:
    """Transactions with their words as small numbers: each is looked at once, not once for every measure."""
    rows = desk.rows(TRANSACTION)
    money, out = fen(rows.amount), (rows.direction == "out").fill_null(False)
    words = [(w, n) for n, (known, _) in enumerate(CATEGORIES.values()) for w in known]
    return desk.engine.layer(
        rows.select(
            "account_id", "business_date", "ingested_at", "occurred_at", "amount",
            _own=(rows.initiator == "customer").fill_null(False), _out=out,
            _in=(rows.direction == "in").fill_null(False), _money=money,
            _spent=out.cast("float64") * money,
            _channel=_coded(rows.channel, [(c, n) for n, c in enumerate(CHANNELS)]),
            _type=_coded(rows.transaction_type, [(c, n) for n, c in enumerate(_CODED_TYPES)]),
            _category=_coded(rows.merchant_category, words),
        )
    )  # fmt: skip


def _coded(column: ir.StringValue, words: list[tuple[str, int]]) -> ir.IntegerValue:
    return column.cases(*words, else_=-1).cast("int8")


SOURCES: Final = {"move": Additive(_read, MEASURES, "account_id")}

_ACTIVITY = Kind("activity", "retention", "C1", "needs")
_MONEY = Kind("money", "retention", "C2", "competition")
_CHANNEL = Kind("channel", "retention", "C1", "needs")
_TYPE = Kind("type", "retention", "C2", "needs")
_MERCHANT = Kind("merchant", "marketing", "C2", "needs")
_RHYTHM = Kind("rhythm", "retention", "C1", "life_cycle")


def _c(name: str, w: int) -> Cell:
    return Cell("move", name, w, zero=MEASURES[name].how not in ("max", "min"))


def _in_of(*names: str) -> tuple[str, ...]:
    return lineage(MEASURES, *names)


def definitions() -> Iterator[Definition]:
    """Every feature of this family."""
    yield from _activity()
    yield from _flows()
    yield from _trends()
    yield from _kinds()
    yield from _rhythm()


def _activity() -> Iterator[Definition]:
    words = {
        "own_count": ("主动交易笔数", "Own transactions"), "in_count": ("转入笔数", "Incoming transactions"),
        "out_count": ("转出笔数", "Outgoing transactions"), "count": ("交易笔数", "Transactions"),
    }  # fmt: skip
    for name, (zh, en) in words.items():
        shown = f"tx_{name}" if name == "count" else name
        for w in WINDOWS:
            text = (f"近{w}天{zh}", f"{en} in {w} days")
            yield _ACTIVITY.define(f"{shown}_{w}", text, "transactions", (_c(name, w),), _in_of(name), None, w)
    for w in WINDOWS:
        text = (f"近{w}天主动交易天数", f"Days with own transactions in {w} days")
        yield _ACTIVITY.define(f"own_days_{w}", text, "days", (_c("own_days", w),), _in_of("own_days"), None, w)
    for name, shown, zh, en in (
        ("own_last", "days_since_active", "距上次主动交易天数", "Days since the last own transaction"),
        ("in_last", "days_since_in", "距上次转入天数", "Days since money last came in"),
        ("out_last", "days_since_out", "距上次转出天数", "Days since money last went out"),
    ):
        yield _ACTIVITY.define(
            shown, (zh, en), "days", (_c(name, 180), DAY), _in_of(name), lambda last, d: d - last, 180
        )
    for short, long in ((7, 30), (30, 90), (30, 180)):
        yield _ACTIVITY.define(
            f"own_count_{short}_to_{long}",
            (f"近{short}天主动交易与近{long}天水平之比", f"Own transactions in {short} days to the {long}-day level"),
            "ratio", (_c("own_count", short), _c("own_count", long)), _in_of("own_count"), _level(short, long), long,
        )  # fmt: skip


DAY: Final = Cell("moment", "day")
"""The day number of the moment itself, for formulas that need it."""


def _level(short: int, long: int) -> Callable[[ir.Value, ir.Value], ir.Value]:
    return lambda a, b: ratio(a / short, b / long)


def _flows() -> Iterator[Definition]:
    for name, zh, en in (("in_amount", "转入金额", "Money in"), ("out_amount", "转出金额", "Money out")):
        for w in WINDOWS:
            text = (f"近{w}天{zh}", f"{en} over {w} days")
            yield _MONEY.define(f"{name}_{w}", text, "currency", (_c(name, w),), _in_of(name), None, w)
        for short, long in ((7, 30), (30, 90), (30, 180)):
            yield _MONEY.define(
                f"{name}_{short}_to_{long}",
                (f"近{short}天{zh}与近{long}天水平之比", f"{en} over {short} days to the {long}-day level"),
                "ratio", (_c(name, short), _c(name, long)), _in_of(name), _level(short, long), long,
            )  # fmt: skip
    for w in WINDOWS:
        cells = (_c("in_amount", w), _c("out_amount", w))
        text = (f"近{w}天净流入", f"Money in less money out over {w} days")
        yield _MONEY.define(
            f"net_amount_{w}", text, "currency", cells, _in_of("in_amount", "out_amount"), lambda i, o: i - o, w
        )
        text = (f"近{w}天转出占收支之比", f"Money out as a share of all money moved in {w} days")
        yield _MONEY.define(
            f"out_share_{w}", text, "share", cells, _in_of("in_amount", "out_amount"), lambda i, o: ratio(o, i + o), w
        )
    for side, zh, en in (("in", "转入", "incoming"), ("out", "转出", "outgoing")):
        for w in _LONG:
            text = (f"近{w}天单笔最大{zh}", f"Largest {en} transaction in {w} days")
            yield _MONEY.define(f"{side}_max_{w}", text, "currency", (_c(f"{side}_max", w),),
                                _in_of(f"{side}_max"), None, w)  # fmt: skip
            text = (f"近{w}天笔均{zh}", f"Mean {en} transaction in {w} days")
            cells = (_c(f"{side}_amount", w), _c(f"{side}_count", w))
            inputs = _in_of(f"{side}_amount", f"{side}_count")
            yield _MONEY.define(f"{side}_mean_{w}", text, "currency", cells, inputs, ratio, w)
    for w in _LONG:
        text = (f"近{w}天手续费", f"Fees paid in {w} days")
        yield Kind("money", "retention", "C2", "product").define(
            f"fees_{w}", text, "currency", (_c("fees", w),), _in_of("fees"), None, w
        )


def _trends() -> Iterator[Definition]:
    for w in _LONG:
        cells = (_c("own_count", w), _c("own_dated", w), DAY)
        text = (f"近{w}天主动交易笔数趋势", f"Trend of own transactions over {w} days")
        yield _ACTIVITY.define(f"own_count_slope_{w}", text, "transactions/day", cells,
                               _in_of("own_count", "own_dated"), _trend(w), w)  # fmt: skip
        for side, zh, en in (("in", "转入", "money in"), ("out", "转出", "money out")):
            cells = (_c(f"{side}_amount", w), _c(f"{side}_dated", w), DAY)
            text = (f"近{w}天{zh}金额趋势", f"Trend of {en} over {w} days")
            yield _MONEY.define(f"{side}_amount_slope_{w}", text, "currency/day", cells,
                                _in_of(f"{side}_amount", f"{side}_dated"), _trend(w), w)  # fmt: skip


def _trend(w: int) -> Callable[[ir.Value, ir.Value, ir.Value], ir.Value]:
    return lambda total, dated, day: slope(total, dated - day * total, w)


def _kinds() -> Iterator[Definition]:
    for code, (zh, en) in CHANNELS.items():
        for w in _LONG:
            text = (f"近{w}天{zh}主动交易笔数", f"Own {en} transactions in {w} days")
            yield _CHANNEL.define(f"{code}_count_{w}", text, "transactions", (_c(f"channel_{code}", w),),
                                  _in_of(f"channel_{code}"), None, w)  # fmt: skip
    for code, (zh, en) in TYPES.items():
        for w in _LONG:
            text = (f"近{w}天{zh}笔数", f"Transactions of kind {en} in {w} days")
            yield _TYPE.define(f"{code}_count_{w}", text, "transactions", (_c(f"type_{code}", w),),
                               _in_of(f"type_{code}"), None, w)  # fmt: skip
    for code in ("transfer", "cash", "card", "wealth", "repayment"):
        zh, en = TYPES[code]
        for w in _LONG:
            text = (f"近{w}天{zh}转出金额", f"Money out by {en} in {w} days")
            yield _TYPE.define(f"{code}_out_{w}", text, "currency", (_c(f"out_{code}", w),),
                               _in_of(f"out_{code}"), None, w)  # fmt: skip
    for code, (_, (zh, en)) in CATEGORIES.items():
        for w in (30, 90):
            text = (f"近{w}天{zh}支出", f"Spending on {en} in {w} days")
            yield _MERCHANT.define(f"spent_{code}_{w}", text, "currency", (_c(f"spent_{code}", w),),
                                   _in_of(f"spent_{code}"), None, w)  # fmt: skip
    for w in (90, 180):
        names = tuple(f"channel_{c}" for c in CHANNELS)
        text = (f"近{w}天渠道多样性", f"Variety of channels over {w} days")
        yield _CHANNEL.define(f"channel_entropy_{w}", text, "nats", tuple(_c(n, w) for n in names),
                              _in_of(*names), entropy, w)  # fmt: skip
        names = tuple(f"type_{c}" for c in TYPES)
        text = (f"近{w}天交易类型多样性", f"Variety of transaction kinds over {w} days")
        yield _TYPE.define(f"type_entropy_{w}", text, "nats", tuple(_c(n, w) for n in names),
                           _in_of(*names), entropy, w)  # fmt: skip
    names = tuple(f"spent_{c}" for c in CATEGORIES)
    text = ("近90天消费类别多样性", "Variety of spending over 90 days")
    yield _MERCHANT.define("spending_entropy_90", text, "nats", tuple(_c(n, 90) for n in names),
                           _in_of(*names), entropy, 90)  # fmt: skip


def _rhythm() -> Iterator[Definition]:
    for name, zh, en in (("night", "夜间", "at night (22:00-6:00)"), ("weekend", "周末", "at weekends")):
        for w in _LONG:
            text = (f"近{w}天{zh}主动交易占比", f"Share of own transactions {en} in {w} days")
            yield _RHYTHM.define(f"{name}_share_{w}", text, "share", (_c(name, w), _c("own_count", w)),
                                 _in_of(name, "own_count"), ratio, w)  # fmt: skip
    for w in (90, 180):
        cells = (_c("own_first", w), _c("own_last", w), _c("own_days", w))
        text = (f"近{w}天主动交易日平均间隔", f"Mean gap between days with own transactions in {w} days")
        yield _RHYTHM.define(f"gap_mean_{w}", text, "days", cells, _in_of("own_first", "own_last", "own_days"),
                             lambda first, last, n: ratio(last - first, n - 1), w)  # fmt: skip
