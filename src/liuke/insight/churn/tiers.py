"""Red, orange, yellow by what the desks can do and what a contact is worth, not by a fixed cut of the probability."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.insight.churn.score_policy import ScorePolicy


def with_tiers(scores: ir.Table, capacity: float, mean_probability: float, policy: ScorePolicy) -> ir.Table:
    """`scores` (customer_id, probability, aum, …) plus expected_gain, rank and tier.

        customer_id  probability  aum      expected_gain  rank  tier      capacity 2 a day, orange_days 2
        C1           0.80         500000   690.00         1     red
        C2           0.70         300000   348.00         2     red
        C3           0.60         900        -29.03       3     none      the contact costs more than it brings
        C4           0.50         80000      42.00        4     orange
        C5           0.02         900000      2.40        5     none      no likelier to leave than others

    capacity: contacts a workday has for keeping customers. mean_probability: over all customers. Rank goes by
    probability, ties by expected gain, then customer_id, so that it is the same on every engine. Places are filled
    in that order by those whose contact pays (expected gain above 0) and who have the policy's lift.
    """
    margin = policy.share_saved * policy.yearly_margin * policy.margin_years
    kept = ibis.greatest(scores.aum.cast("float64").fill_null(0.0), 0.0)
    rows = scores.mutate(expected_gain=scores.probability * margin * kept - float(policy.contact_cost))
    order = [ibis.desc("probability"), ibis.desc("expected_gain"), ibis.asc("customer_id")]
    rows = rows.mutate(rank=ibis.row_number().over(ibis.window(order_by=order)) + 1)
    rows = rows.mutate(
        _worth=(rows.expected_gain > 0) & (rows.probability >= policy.minimum_lift * mean_probability),
    )
    place = ibis.row_number().over(ibis.window(group_by="_worth", order_by=order)) + 1
    rows = rows.mutate(_place=place)
    tier = ibis.cases(
        (~rows["_worth"], "none"),
        (rows["_place"] <= capacity * policy.red_days, "red"),
        (rows["_place"] <= capacity * policy.orange_days, "orange"),
        else_="yellow",
    )
    return rows.mutate(tier=tier).drop("_worth", "_place")


def daily_capacity(staff: ir.Table, policy: ScorePolicy) -> ir.Table:
    """One row, `contacts`: what all working RMs can do in one workday for keeping customers.

    staff: as known on the day; an empty `active` counts as working.
    """
    working = staff.filter(staff.active.fill_null(True), staff.role == "rm")
    whole = working.daily_capacity.fill_null(policy.default_daily_capacity).sum().fill_null(0)
    return working.aggregate(contacts=whole.cast("float64") * policy.retention_share)
