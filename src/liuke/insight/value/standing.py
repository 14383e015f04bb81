"""Where a customer stands in the tier rule today: tier, watch, notice, and what is missing to keep it.

One pass over the balances gives the monthly means, the mean of the running month and the mean by product type.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.customer_tier import CustomerTierPolicy, fold, tier_code, tier_rank
from liuke.insight.known import BankTables
from liuke.insight.monthly_aum import MeanOf, mean_balances, month_of, months_ended, next_month

BALANCE_TYPES = ("current", "term_deposit", "wealth", "loan", "credit_card", "other")
"""Account types whose mean balances come along, as columns balance_<type>."""


def standing(
    engine: Engine, tables: BankTables, policy: CustomerTierPolicy, previous: ir.Table | None = None
) -> ir.Table:
    """One row per living customer, materialised: the tier columns of CUSTOMER_VALUE, aum_now, balance_<type>.

        customer_id  aum_tier  aum_tier_since  tier_month  tier_watch_months  tier_months_left  tier_notice
        C1           wealth    2025-11-01      2026-05-01  1                  2                 true
                     tier_downgrade_on  aum_month  aum_month_so_far  tier_gap  tier_top_up
                     2026-08-01         430000.0   450000.0          70000.0   850000.0

    previous: CUSTOMER_VALUE rows of a day not after this one; months it has counted are not counted again. Without
    it, or when months are missing between, the last `history_months` are counted.
    tier_gap: threshold of the tier less last month's mean, while on watch.
    tier_top_up: what must be added tomorrow and stay, if nothing else moves, for the running month to reach the
    threshold; null for the lowest tier, 0 when it will be reached anyway. balance_<type>: means since the first of
    the last whole month.
    """
    day = tables.as_of.day
    months = months_ended(day, policy.history_months)
    counted = None if previous is None else _counted(engine, previous)
    if counted is not None and next_month(counted) >= months[0]:
        months = tuple(month for month in months if month > counted) or months[-1:]
    else:
        previous = counted = None
    running = month_of(day + timedelta(days=1))
    wanted = {f"mean_{i}": MeanOf(m, next_month(m) - timedelta(days=1)) for i, m in enumerate(months)}
    wanted |= {"aum_month_so_far": MeanOf(running, day), "aum_now": MeanOf(day, day)}
    wanted |= {f"balance_{kind}": MeanOf(months[-1], day, (kind,)) for kind in BALANCE_TYPES}
    since_opening = policy.opening_month == "since_opening"
    means = engine.materialise(mean_balances(tables, wanted, since_opening=since_opening))
    fresh = [(month, f"mean_{i}") for i, month in enumerate(months) if counted is None or month > counted]
    rows = means if previous is None else _with_state(means, previous, policy)
    folded = engine.layer(fold(engine, rows, fresh, policy))
    made = engine.materialise(_worded(folded, f"mean_{len(months) - 1}", months[-1], day, policy))
    engine.release(means)
    return made


def _counted(engine: Engine, previous: ir.Table) -> date | None:
    [row] = engine.arrow(previous.aggregate(month=previous.tier_month.max())).to_pylist()
    month: date | None = row["month"]
    return month


def _with_state(rows: ir.Table, previous: ir.Table, policy: CustomerTierPolicy) -> ir.Table:
    """New customers begin at the lowest tier: their first whole month lifts them."""
    state = previous.select(
        "customer_id",
        rank=tier_rank(previous.aum_tier, policy),
        months_below=previous.tier_watch_months,
        since=previous.aum_tier_since,
    )
    joined = rows.left_join(state, "customer_id").drop("customer_id_right")
    return joined.mutate(
        rank=joined["rank"].fill_null(0).cast("int64"), months_below=joined.months_below.fill_null(0).cast("int64")
    )


def _worded(t: ir.Table, last_mean: str, month: date, day: date, policy: CustomerTierPolicy) -> ir.Table:
    rank, below = t["rank"], t.months_below
    levels = list(enumerate(policy.levels))
    threshold = ibis.cases(*[(rank == i, float(level.minimum_aum)) for i, level in levels], else_=0.0)
    limit = ibis.cases(*[(rank == i, level.downgrade_months) for i, level in levels], else_=1)
    watched = below > 0
    left = ibis.ifelse(watched, (limit - below).cast("int64"), ibis.null("int64"))
    told = [(rank == i) & below.isin(level.notice_months) for i, level in levels if level.notice_months]
    gap = ibis.greatest(threshold - t[last_mean].fill_null(0.0), 0.0)
    return t.select(
        "customer_id",
        "aum_month_so_far",
        "aum_now",
        *[f"balance_{kind}" for kind in BALANCE_TYPES],
        aum_month=t[last_mean],
        aum_tier=tier_code(rank, policy),
        aum_tier_since="since",
        tier_month=ibis.literal(month),
        tier_watch_months=below.cast("int64"),
        tier_months_left=left,
        tier_notice=ibis.or_(*told) if told else ibis.literal(False),
        tier_downgrade_on=_downgrade_day(left, month, policy),
        tier_gap=ibis.ifelse(watched, gap, ibis.null("float64")),
        tier_top_up=ibis.ifelse(rank > 0, _top_up(t, threshold, day), ibis.null("float64")),
    )


def _downgrade_day(left: ir.IntegerValue, month: date, policy: CustomerTierPolicy) -> ir.DateValue:
    """The first day of the lower tier when all months to come stay below."""
    longest = max(level.downgrade_months for level in policy.levels)
    days: dict[int, date] = {}
    first = next_month(month)
    for n in range(1, longest + 1):
        first = next_month(first)
        days[n] = first
    return ibis.cases(*[(left == n, ibis.literal(first)) for n, first in days.items()], else_=ibis.null("date"))


def _top_up(t: ir.Table, threshold: ir.FloatingValue, day: date) -> ir.FloatingValue:
    running = month_of(day + timedelta(days=1))
    days, gone = (next_month(running) - running).days, (day - running).days + 1
    so_far = t.aum_month_so_far.fill_null(0.0) * gone
    missing = (threshold * days - so_far) / (days - gone) - t.aum_now.fill_null(0.0)
    return ibis.greatest(missing, 0.0)


def notices(rows: ir.Table) -> ir.Table:
    """The findings of the day: CUSTOMER_VALUE rows (or those of `standing`) whose manager is to be told."""
    columns: Mapping[str, str] = {"tier": "aum_tier", "watch_months": "tier_watch_months",
               "months_left": "tier_months_left", "downgrade_on": "tier_downgrade_on", "gap": "tier_gap",
               "top_up": "tier_top_up"}  # fmt: skip
    return rows.filter(rows.tier_notice).select("customer_id", **columns)
