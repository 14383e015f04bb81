"""The units of the effect board: each customer once per source, with what became of them and what that cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from liuke.track.effect import first_decisions, nth_decision, with_outcome
from liuke.track.measure import Grain, first_day
from liuke.track.saved.prices import Prices

Within = Callable[[ir.Table], ir.Table]
"""Leaves the rows (branch_id, staff_id) that a person may see."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the board is asked. day: the as-of day. since: first day of entry that counts, None for all. horizon_days:
    after the decision. grain: entries are gathered by week (Monday) or month (first day).
    """

    day: date
    horizon_days: int
    prices: Prices
    since: date | None = None
    grain: Grain = "M"


def everyone(rows: ir.Table) -> ir.Table:
    """The scope of the whole bank."""
    return rows


def first_units(decisions: ir.Table, asked: Asked, within: Within = everyone) -> ir.Table:
    """DECISION rows that are the customer's first of their experiment, within scope and period. Adds `once`: the first
    of any.
    """
    past = decisions.filter(decisions.as_of <= ibis.literal(asked.day))
    first = within(first_decisions(past.mutate(once=nth_decision() == 0), "experiment"))
    return first if asked.since is None else first.filter(first.as_of >= ibis.literal(asked.since))


def units(decisions: ir.Table, outcomes: ir.Table, asked: Asked, within: Within = everyone) -> ir.Table:
    """One row per customer and source: DECISION's first of both, with OUTCOME at the horizon as of the day.

    First of all that were ever made: who is decided about again, and when, depends on what the first decision did, so
    the period and the person's scope are cut only afterwards. Decisions after the day, and outcomes that matured after
    it, do not enter.

        experiment, customer_id, arm, branch_id, staff_id, as_of, entered (week or month), holdout_share
        once        the customer's first decision of any source: counting these counts nobody twice
        comparable  somebody was held out: without that nothing is measured
        weight      1 for the treated, (1 - share) / share for hold-outs: held out and treated then weigh alike within
                    every share, and customers of different shares can be read together (inverse probability; Horvitz
                    & Thompson, JASA 47, 1952)
        matured, measured, retained (1.0, 0.0, null), before (AUM at decision), kept (of it, at the horizon), cost
    """
    joined = with_outcome(first_units(decisions, asked, within), outcomes, asked.horizon_days, asked.day)
    share = joined.holdout_share
    odds = (1.0 - share) / share.nullif(0.0)
    return joined.select(
        "experiment", "customer_id", "arm", "branch_id", "staff_id", "as_of", "holdout_share", "once", "matured",
        "measured", "before", "kept",
        entered=first_day(joined.as_of, asked.grain),
        comparable=share > 0,
        weight=ibis.ifelse(joined.arm == "treated", 1.0, odds),
        retained=joined.retained.cast("int64").cast("float64"),
        cost=asked.prices.of(joined),
    )  # fmt: skip


def spending(decisions: ir.Table, asked: Asked, within: Within = everyone) -> ir.Table:
    """experiment, spent, unpriced: what all treatments of the period cost, a customer's later ones included, and how
    many of them have no known price.
    """
    day, rows = ibis.literal(asked.day), within(decisions.filter(decisions.arm == "treated"))
    rows = rows.filter(rows.as_of <= day)
    if asked.since is not None:
        rows = rows.filter(rows.as_of >= ibis.literal(asked.since))
    priced = rows.select("experiment", cost=asked.prices.of(rows))
    return priced.group_by("experiment").aggregate(
        spent=priced.cost.sum().fill_null(0.0), unpriced=priced.cost.isnull().sum()
    )
