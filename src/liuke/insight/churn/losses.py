"""Each kind of loss as expressions: what it adds up, who can suffer it, on which day it happened."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.insight.churn.definition import (
    BalanceMean,
    ChurnDefinition,
    Hard,
    Loss,
    NoActivity,
    SilentActivity,
    SilentBalance,
    TierDowngrade,
)

_HALF_A_CENT = 0.005
"""Shares of doubles against amounts exact to the cent."""


def money_sums(spans: ir.Table, definition: ChurnDefinition, outcomes: bool) -> dict[str, tuple[ir.Value, ir.Value]]:
    """Sums of daily AUM that the losses need: name → [first day, day after the last)."""
    found: dict[str, tuple[ir.Value, ir.Value]] = {}
    for loss in definition.losses:
        if isinstance(loss, BalanceMean):
            found["reference_sum"] = (spans.reference_from, spans.tomorrow)
            if outcomes:
                found["window_sum"] = (spans.window_starts, spans.window_ends)
        elif isinstance(loss, TierDowngrade):
            found["tier_sum"] = (spans.tier_from, spans.tomorrow)
            if outcomes:
                found["tier_later_sum"] = (spans.tier_later_from, spans.window_ends)
    return found


def tally(rows: ir.Table, definition: ChurnDefinition, *, outcomes: bool) -> dict[str, ir.Value]:
    """Aggregates over a customer's days with own transactions: counts (n_…) and last days (last_…)."""
    day, n, by_then = rows.business_date, rows.n, rows.business_date < rows.tomorrow
    found: dict[str, ir.Value] = {
        "n_habit": _whole(n.sum(where=by_then & (day >= rows.habit_from))),
        "n_risk": _whole(n.sum(where=by_then & (day >= rows.risk_from))),
    }
    for loss in definition.losses:
        if isinstance(loss, SilentActivity):
            found["last_then"] = day.max(where=by_then)
            if outcomes:
                found["last_own"] = day.max()
        elif isinstance(loss, NoActivity) and outcomes:
            found["n_window"] = _whole(n.sum(where=day >= rows.window_starts))
    return found


def balance_marks(spans: ir.Table, money: ir.Table, definition: ChurnDefinition) -> ir.Table | None:
    """Per (day, customer) and loss of money the day on which AUM passed the loss's limit; None without such losses.

    silent_balance_mark, tier_downgrade_mark: the day after the last one at or above the limit, the day after the
    window when it never stayed below. balance_mean_mark: the first day of the window below the limit.
    """
    key = ("as_of", "customer_id")
    joined = spans.inner_join(money, key)
    reaches, held_to = joined.ends > joined.as_of, ibis.least(joined.ends, joined.window_ends)
    marks: dict[str, ir.Value] = {}
    for loss in definition.losses:
        if isinstance(loss, SilentBalance):
            kept = joined.value > joined.aum * (1 - loss.fall) + _HALF_A_CENT
            marks["silent_balance_mark"] = held_to.max(where=reaches & kept)
        elif isinstance(loss, TierDowngrade):
            kept = joined.value >= _floor(_tier_mean(joined), loss) - _HALF_A_CENT
            marks["tier_downgrade_mark"] = held_to.max(where=reaches & kept)
        elif isinstance(loss, BalanceMean):
            below = (joined.value < loss.kept_share * _reference(joined)) & (joined.ends > joined.window_starts)
            marks["balance_mean_mark"] = ibis.greatest(joined.since, joined.window_starts).min(where=below)
    return joined.group_by(*key).aggregate(**marks) if marks else None


def can_suffer(rows: ir.Table, definition: ChurnDefinition) -> dict[str, ir.BooleanValue]:
    """Whether a customer of D has what each loss can take; from facts up to D only."""
    return {loss.kind: _can_suffer(rows, loss) for loss in definition.losses}


def _can_suffer(rows: ir.Table, loss: Loss) -> ir.BooleanValue:
    if isinstance(loss, SilentBalance):
        return rows.aum >= float(loss.minimum_aum)
    if isinstance(loss, SilentActivity):
        habit = rows.n_habit >= loss.minimum_monthly_mean * 3
        return habit & (rows.last_then >= rows.awake_from).fill_null(False)
    if isinstance(loss, BalanceMean):
        return _reference(rows) >= float(loss.minimum_mean)
    if isinstance(loss, TierDowngrade):
        return _floor(_tier_mean(rows), loss) > 0
    return ibis.literal(True)


def lost_on(rows: ir.Table, definition: ChurnDefinition) -> dict[str, ir.Value]:
    """The day each loss happened, null when it did not by the end of the window or could not."""
    able = can_suffer(rows, definition)
    return {loss.kind: ibis.ifelse(able[loss.kind], _lost_on(rows, loss), _never()) for loss in definition.losses}


def _lost_on(rows: ir.Table, loss: Loss) -> ir.Value:
    ends = rows.window_ends
    if isinstance(loss, Hard):
        return _if((rows.closed_on < ends), rows.closed_on)
    if isinstance(loss, SilentBalance):
        mark = rows.silent_balance_mark
        return _if(mark <= rows.stays_from, mark)
    if isinstance(loss, SilentActivity):
        # A date plus days is a timestamp in DuckDB and a date in Spark: the caller casts what it keeps.
        return _if(rows.last_own < rows.silent_from, rows.last_own + ibis.interval(days=loss.days))
    if isinstance(loss, BalanceMean):
        days = ends.delta(rows.window_starts, unit="day").cast("float64")
        return _if(rows.window_sum / days < loss.kept_share * _reference(rows), rows.balance_mean_mark)
    if isinstance(loss, TierDowngrade):
        later = rows.tier_later_sum / float(loss.average_days)
        mark = ibis.greatest(rows.tier_downgrade_mark.fill_null(rows.window_starts), rows.window_starts)
        lower = later < _floor(_tier_mean(rows), loss) - _HALF_A_CENT
        return _if(lower, ibis.least(mark, rows.last_day))
    return _if(rows.n_window == 0, rows.last_day)


def _reference(rows: ir.Table) -> ir.FloatingValue:
    return _mean(rows, rows.reference_sum, rows.reference_from)


def _tier_mean(rows: ir.Table) -> ir.FloatingValue:
    return _mean(rows, rows.tier_sum, rows.tier_from)


def _mean(rows: ir.Table, total: ir.FloatingValue, first: ir.DateValue) -> ir.FloatingValue:
    """Over the days from `first` to D, or from the first known balance when that is later."""
    covered = rows.tomorrow.delta(ibis.greatest(first, rows.first_balance.fill_null(first)), unit="day")
    return total / ibis.greatest(covered, 1).cast("float64")


def _floor(mean: ir.FloatingValue, loss: TierDowngrade) -> ir.FloatingValue:
    """The least mean of the tier reached; 0 in the lowest."""
    steps = sorted((float(least) for least in loss.tiers.values()), reverse=True)
    return ibis.cases(*[(mean >= least - _HALF_A_CENT, least) for least in steps], else_=0.0)


def _if(happened: ir.BooleanValue, day: ir.DateValue) -> ir.DateValue:
    return ibis.ifelse(happened.fill_null(False), day, _never())


def _never() -> ir.DateScalar:
    return ibis.null("date")


def _whole(count: ir.NumericValue) -> ir.IntegerValue:
    # DuckDB sums integers into 128 bits, which Ibis takes for int64 and would not cast back.
    return count.fill_null(0).cast("int32").cast("int64")
