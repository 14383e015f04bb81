"""Features of balances: AUM as a step function of time, and what windows say about it.

Balances may be delivered only on change. A customer's AUM is kept as spans of days with one level, so that a
mean, a spread or a trend over any window is a sum over the spans that meet it, weighted with their days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.insight.facts import DEBTS
from liuke.insight.features.definition import Cell, Definition, Kind, ratio, slope
from liuke.insight.features.desk import Desk
from liuke.insight.features.feature import WINDOWS
from liuke.tables import BALANCE_DAILY

_NEVER: Final = 1_000_000
"""A day number after every day."""
_LONG: Final = (30, 90, 180)
INPUTS: Final = (
    "balance_daily.balance", "balance_daily.business_date", "account.customer_id", "account.account_type",
    "account.opened_on", "account.closed_on",
)  # fmt: skip


def _source(desk: Desk, cells: Sequence[Cell]) -> ir.Table:
    spans = desk.engine.materialise(_spans(desk))
    windows = sorted({c.window or 1 for c in cells})
    moments = desk.moments
    both = spans.cross_join(moments)
    reaches = (both["_start"] <= both["_d"]) & (both["_end"] > both["_d"] - windows[-1])
    both = both.filter(reaches, both["_from"] <= both["_i"], both["_i"] < both["_until"])
    # Seen from the moment's day: first and last day of the span, 0 today, −1 yesterday …
    first, end = both["_start"] - both["_d"], ibis.least(both["_end"] - both["_d"], 1)
    level = both["_level"].cast("float64") / 100
    placed = desk.engine.layer(both.select("_i", "customer_id", first=first, end=end, level=level))
    made = placed.group_by("_i", "customer_id").aggregate(**{c.column: _cell(placed, c) for c in cells})
    kept = desk.engine.materialise(made)
    desk.engine.release(spans)
    return desk.keep(kept, kept)


def _cell(rows: ir.Table, cell: Cell) -> ir.Value:
    """A measure over the part of each span that lies in the window."""
    w = cell.window or 1
    first = ibis.greatest(rows.first, 1 - w)
    days = ibis.greatest(rows.end - first, 0)
    amount = days.cast("float64")
    null = ibis.null("float64")
    measures: dict[str, ir.Value] = {
        "now": ibis.ifelse((rows.first <= 0) & (rows.end > 0), rows.level, 0.0).sum(),
        "sum": (rows.level * amount).sum(),
        "square": (rows.level * rows.level * amount).sum(),
        # The days first … end−1 add up to n·(first + end − 1)/2.
        "dated": (rows.level * amount * (first + rows.end - 1).cast("float64") / 2).sum(),
        "days": ibis.ifelse(rows.level > 0, amount, 0.0).sum(),
        "max": ibis.ifelse(days > 0, rows.level, 0.0).max(),
        "min": ibis.ifelse((days > 0) & (rows.level > 0), rows.level, null).min(),
    }
    return measures[cell.measure]


def _spans(desk: Desk) -> ir.Table:
    """AUM of each customer as spans: customer_id, `_start`, `_end` (day after), `_level` in fen, `_from`, `_until`.

    Most customers' balances and accounts were known in time at every moment: one history serves all moments.
    The others (a late or corrected row, an account version that came or went between two moments) get a history
    for each moment of its own.
    """
    n = len(desk.chain.moments)
    rows = desk.engine.layer(_seen(desk))
    accounts = desk.accounts
    if n == 1:
        held = _held(rows, accounts, [])
        return _levels(desk, held, []).mutate(_from=_whole(0), _until=_whole(1))
    odd = desk.engine.materialise(_untidy(desk, rows, accounts))
    tidy = _levels(desk, _held(_without(rows, odd), accounts.filter(accounts["_until"] == n), []), [])
    tidy = tidy.mutate(_from=_whole(0), _until=_whole(n))
    numbers = desk.moments.select("_i")
    mine = _at_moments(rows.semi_join(odd, "account_id"), numbers)
    owners = _at_moments(accounts.semi_join(odd, "account_id"), numbers)
    each = _levels(desk, _held(mine, owners, ["_i"]), ["_i"])
    each = each.mutate(_from=each["_i"], _until=each["_i"] + 1).drop("_i")
    columns = ("customer_id", "_start", "_end", "_level", "_from", "_until")
    return tidy.select(*columns).union(each.select(*columns))


def _whole(number: int) -> ir.IntegerScalar:
    return ibis.literal(number, "int64")


def _seen(desk: Desk) -> ir.Table:
    """Balance rows with `_day`, their number, `_first` moment of the day and `_from` first moment that sees them."""
    rows = desk.rows(BALANCE_DAILY)
    happened = desk.chain.happened(rows.business_date)
    seen = ibis.greatest(desk.chain.seen(rows.ingested_at), happened)
    day = rows.business_date.delta(ibis.literal(desk.chain.base), unit="day")
    fen = (rows.balance * 100).cast("int64")
    made = rows.select("account_id", "ingested_at", _day=day, _fen=fen, _first=happened, _from=seen)
    made = desk.engine.layer(made)
    n = len(desk.chain.moments)
    return made.filter(made["_from"] < n).mutate(_until=_whole(n))


def _untidy(desk: Desk, rows: ir.Table, accounts: ir.Table) -> ir.Table:
    """Accounts of customers with anything that not all moments of its days see alike.

    Two customers who held one account at different moments are both among them.
    """
    n = len(desk.chain.moments)
    late = rows.filter(rows["_from"] > rows["_first"]).select("account_id")
    # A new account that was known in time says nothing about days before it was opened.
    unknown = accounts["_from"] > desk.chain.happened(accounts.opened_on)
    changed = accounts.filter(unknown | (accounts["_until"] < n)).select("account_id")
    people = accounts.semi_join(late.union(changed), "account_id").select("customer_id").distinct()
    return accounts.semi_join(people, "customer_id").select("account_id").distinct()


def _without(rows: ir.Table, odd: ir.Table) -> ir.Table:
    return rows.anti_join(odd, "account_id")


def _at_moments(rows: ir.Table, numbers: ir.Table) -> ir.Table:
    both = rows.cross_join(numbers)
    return both.filter(both["_from"] <= both["_i"], both["_i"] < both["_until"])


def _held(rows: ir.Table, accounts: ir.Table, by: list[str]) -> ir.Table:
    """Spans of each account: from a balance's day to the next one's, cut to the account's open days, debts left out.

    Of two rows of one day the one ingested last counts, then the larger.
    """
    order = ibis.window(
        group_by=["account_id", *by], order_by=[ibis.asc("_day"), ibis.asc("ingested_at"), ibis.asc("_fen")]
    )
    # A row of the same day that is replaced at once gets a span without days.
    spans = rows.mutate(_next=rows["_day"].lead().over(order).fill_null(_NEVER))
    spans = spans.filter(spans["_next"] > spans["_day"], spans["_fen"] > 0)
    owned = accounts.filter(~accounts.account_type.isin(DEBTS))
    joined = spans.drop("_from", "_until").inner_join(owned, ["account_id", *by])
    return joined.select("customer_id", *by, "_day", "_next", "opened_on", "closed_on", _level=joined["_fen"])


def _levels(desk: Desk, held: ir.Table, by: list[str]) -> ir.Table:
    """Spans of the customer's total: every account adds its level when a span begins and takes it back at its end."""
    base = ibis.literal(desk.chain.base)
    opened = held.opened_on.delta(base, unit="day")
    closed = ibis.coalesce(held.closed_on.delta(base, unit="day"), _whole(_NEVER))
    cut = desk.engine.layer(
        held.select(
            "customer_id", *by, "_level",
            _start=ibis.greatest(held["_day"], opened), _end=ibis.least(held["_next"], closed),
        )
    )  # fmt: skip
    cut = cut.filter(cut["_end"] > cut["_start"])
    begins = cut.select("customer_id", *by, _start=cut["_start"], _change=cut["_level"])
    ends = cut.select("customer_id", *by, _start=cut["_end"], _change=-cut["_level"])
    steps = begins.union(ends)
    steps = steps.group_by("customer_id", *by, "_start").aggregate(_change=steps["_change"].sum())
    steps = desk.engine.layer(steps)
    order = ibis.window(group_by=["customer_id", *by], order_by="_start")
    so_far = ibis.window(group_by=["customer_id", *by], order_by="_start", rows=(None, 0))
    made = steps.mutate(
        _end=steps["_start"].lead().over(order).fill_null(_NEVER), _level=steps["_change"].sum().over(so_far)
    )
    return made.select("customer_id", *by, "_start", "_end", "_level").filter(made["_level"] > 0)


SOURCES: Final = {"balance": _source}
_BALANCE: Final = Kind("balance", "retention", "C2", "competition")


def _c(name: str, w: int | None = None) -> Cell:
    return Cell("balance", name, w, zero=name != "min")


def _spread(w: int) -> Callable[[ir.Value, ir.Value], ir.Value]:
    """Standard deviation of the daily level divided by its mean."""

    def formula(total: ir.Value, squares: ir.Value) -> ir.Value:
        mean = total / w
        variance = ibis.greatest(squares / w - mean * mean, 0.0)
        # What is left of a constant level by rounding is no spread.
        real = variance > 1e-12 * mean * mean
        return ibis.ifelse(mean > 0, ibis.ifelse(real, variance.sqrt(), 0.0) / mean, ibis.null("float64"))

    return formula


def _mean(w: int) -> Callable[[ir.Value], ir.Value]:
    return lambda total: total / w


def _to_mean(w: int) -> Callable[[ir.Value, ir.Value], ir.Value]:
    return lambda now, total: ratio(now, total / w)


def _slope(w: int) -> Callable[[ir.Value, ir.Value], ir.Value]:
    return lambda total, dated: slope(total, dated, w)


def _relative(w: int) -> Callable[[ir.Value, ir.Value], ir.Value]:
    return lambda total, dated: ratio(slope(total, dated, w) * w, total / w)


def _lowest(w: int) -> Callable[[ir.Value, ir.Value], ir.Value]:
    """The smallest daily level: 0 unless there was money on every day of the window."""
    return lambda low, days: ibis.ifelse(days >= w, low, 0.0)


def _before(short: int, long: int) -> Callable[[ir.Value, ir.Value], ir.Value]:
    return lambda recent, whole: ratio(recent / short, (whole - recent) / (long - short))


def definitions() -> Iterator[Definition]:
    """Every feature of this family."""
    yield _BALANCE.define("aum", ("资产余额", "AUM"), "currency", (_c("now"),), INPUTS)
    for w in WINDOWS:
        yield _d(f"aum_mean_{w}", (f"近{w}天日均资产", f"Mean daily AUM over {w} days"), "currency", w,
                 (_c("sum", w),), _mean(w))  # fmt: skip
        yield _d(f"aum_to_mean_{w}", (f"资产与近{w}天日均之比", f"AUM to its mean over {w} days"), "ratio", w,
                 (_c("now"), _c("sum", w)), _to_mean(w))  # fmt: skip
        yield _d(f"aum_max_{w}", (f"近{w}天最高资产", f"Highest AUM in {w} days"), "currency", w, (_c("max", w),))
        yield _d(f"aum_min_{w}", (f"近{w}天最低资产", f"Lowest AUM in {w} days"), "currency", w,
                 (_c("min", w), _c("days", w)), _lowest(w))  # fmt: skip
    for w in _LONG:
        yield _d(f"aum_slope_{w}", (f"近{w}天资产趋势", f"Trend of AUM over {w} days"), "currency/day", w,
                 (_c("sum", w), _c("dated", w)), _slope(w))  # fmt: skip
        yield _d(f"aum_trend_{w}", (f"近{w}天资产相对变化趋势", f"Trend of AUM over {w} days, as a share of its mean"),
                 "share", w, (_c("sum", w), _c("dated", w)), _relative(w))  # fmt: skip
        yield _d(f"aum_volatility_{w}", (f"近{w}天资产波动率", f"Spread of daily AUM over {w} days, to its mean"),
                 "ratio", w, (_c("sum", w), _c("square", w)), _spread(w))  # fmt: skip
        yield _d(f"aum_to_max_{w}", (f"资产与近{w}天最高之比", f"AUM to its highest in {w} days"), "ratio", w,
                 (_c("now"), _c("max", w)), ratio)  # fmt: skip
        yield _d(f"funded_days_{w}", (f"近{w}天有资产天数", f"Days with AUM in {w} days"), "days", w, (_c("days", w),))
    for short, long in ((30, 90), (30, 180), (90, 180)):
        yield _d(f"aum_mean_{short}_to_prior_{long}",
                 (f"近{short}天日均资产与近{long}天内此前日均之比",
                  f"Mean AUM of {short} days to the mean of the days before, within {long}"),
                 "ratio", long, (_c("sum", short), _c("sum", long)), _before(short, long))  # fmt: skip


def _d(
    name: str,
    words: tuple[str, str],
    unit: str,
    window: int,
    cells: tuple[Cell, ...],
    formula: Callable[..., ir.Value] | None = None,
) -> Definition:
    made = _BALANCE.define(name, words, "currency", cells, INPUTS, formula, window)
    return replace(made, feature=replace(made.feature, unit=unit))  # type: ignore[arg-type]
