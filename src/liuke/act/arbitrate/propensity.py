"""The chance that a treatment keeps the customer, while nothing has been measured: what is assumed, and says so.

    propensity = probability of leaving × share of those who would leave whom a treatment keeps

The first is the active model's calibrated probability where there is one, else the policy's share for the warning tier;
the second is the policy's for the tier. It is the same for every treatment: until effects are measured, treatments
differ in value, cost and what they take, not in how well they work.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from liuke.act.arbitrate.lever_policy import Prior
from liuke.act.loop_policy import TIER_ORDER, Tier


def propensity(snapshot: ir.Table, prior: Prior) -> ir.FloatingValue:
    """Of CUSTOMER_SNAPSHOT rows, 0..1."""
    leaves = snapshot.probability.fill_null(_by_tier(snapshot, prior.leave_share, prior.calm_leave_share))
    return leaves * _by_tier(snapshot, prior.share_saved, prior.calm_share_saved)


def _by_tier(snapshot: ir.Table, shares: Mapping[Tier, float], calm: float) -> ir.FloatingValue:
    return ibis.cases(*[(snapshot.tier == tier, shares[tier]) for tier in TIER_ORDER], else_=calm)
