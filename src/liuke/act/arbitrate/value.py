"""What each candidate is expected to bring, and whether it may compete at all.

    expected incremental value = chance × value × context × lever − cost − fatigue

chance is the measured uplift once there is evidence enough, until then the propensity: that the customer stays because
of the treatment, not that he stays (Hansotia & Rukstales, Journal of Interactive Marketing 16(3), 2002). value is what
is kept then, context how well the moment fits, lever the bank's own weight. Price and terms of an offer are not a
factor, and no factor enters them.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.act.arbitrate.lever_policy import LeverPolicy

CANDIDATE: Final = {
    "customer_id": "string", "treatment": "string", "source": "string", "source_id": "string", "theme": "string",
    "message_class": "string", "channel": "string", "offer_id": "string", "terms_of": "string",
    "benefit_amount": "float64", "eligible": "boolean", "applicable": "boolean", "gate": "string",
    "uplift": "float64", "uplift_n": "int64", "propensity": "float64", "value_kept": "float64", "context": "float64",
    "cost": "float64", "fatigue": "float64", "experiment": "string", "holdout_share": "float64",
}  # fmt: skip
"""Columns of a candidate as arbitration reads it; others pass through. One row per customer and IDENTITY. Null
context means 1, null cost the policy's price of the channel, null fatigue none. terms_of: what an offer with a benefit
is about (its product, else its theme); benefit_amount: what it gives; of offers on one thing only the best is weighed
(terms.py). experiment, holdout_share: whose hold-out the treatment is measured against; null: it is not measured.
"""

IDENTITY: Final = ("treatment", "source", "source_id", "channel")
"""With the customer these tell a candidate from every other."""

FREE: Final = "free"
DESK: Final = "desk"


def valued(candidates: ir.Table, policy: LeverPolicy, day: date) -> ir.Table:
    """Candidates with chance, lever, cost, fatigue, eiv, and what they compete for.

    eiv: null where a factor that counts is unknown. effort: places of a desk, 0 for a message. resource: 'desk', a
    channel with a budget, or 'free'. stop: why the candidate does not compete, null when it does: not_eligible,
    not_applicable, gated, duty, unknown.
    """
    rows = candidates.mutate(
        chance=_chance(candidates, policy),
        lever=lever_of(candidates, policy, day),
        context=_context(candidates, policy),
        cost=_cost(candidates, policy),
        fatigue=candidates.fatigue.fill_null(0.0) if policy.use.fatigue else ibis.literal(0.0),
        effort=_effort(candidates, policy),
        resource=_resource(candidates, policy),
    )
    worth = rows.value_kept.cast("float64") if policy.use.value else ibis.literal(1.0)
    eiv = rows.chance * worth * rows.context * rows.lever - rows.cost - rows.fatigue
    rows = rows.mutate(eiv=eiv)
    return rows.mutate(stop=_stop(rows, policy))


def lever_of(candidates: ir.Table, policy: LeverPolicy, day: date) -> ir.FloatingValue:
    """The product of the levers that hold on the day, cut to the bounds; 1 without any."""
    held = [lever for lever in policy.levers if lever.holds_on(day)] if policy.use.lever else []
    if not held:
        return ibis.literal(1.0)
    product = ibis.literal(1.0)
    for lever in held:
        tests = [candidates[name] == wanted for name, wanted in lever.conditions.items()]
        meant = ibis.and_(*tests).fill_null(False)
        product = product * ibis.ifelse(meant, lever.factor, 1.0)
    return product.clip(policy.bounds.low, policy.bounds.high)


def _chance(rows: ir.Table, policy: LeverPolicy) -> ir.FloatingValue:
    use = policy.use
    if not use.uplift:
        return rows.propensity.cast("float64") if use.propensity else ibis.literal(1.0)
    known = rows.uplift.notnull() & (rows.uplift_n >= policy.least_evidence).fill_null(False)
    otherwise = rows.propensity.cast("float64") if use.propensity else ibis.null("float64")
    return ibis.ifelse(known, rows.uplift.cast("float64"), otherwise)


def _context(rows: ir.Table, policy: LeverPolicy) -> ir.FloatingValue:
    if not policy.use.context:
        return ibis.literal(1.0)
    return rows.context.fill_null(1.0).clip(policy.context_bounds.low, policy.context_bounds.high)


def _cost(rows: ir.Table, policy: LeverPolicy) -> ir.FloatingValue:
    if not policy.use.cost:
        return ibis.literal(0.0)
    prices = [(rows.channel == name, float(price)) for name, price in sorted(policy.prices.items())]
    return rows.cost.cast("float64").fill_null(ibis.cases(*prices, else_=0.0) if prices else 0.0)


def _effort(rows: ir.Table, policy: LeverPolicy) -> ir.IntegerValue:
    places = [(rows.channel == name, many) for name, many in sorted(policy.effort.items())]
    return (ibis.cases(*places, else_=0) if places else ibis.literal(0)).cast("int64")


def _resource(rows: ir.Table, policy: LeverPolicy) -> ir.StringValue:
    desks, budgets = sorted(policy.effort), sorted(policy.budgets)
    tests = [(rows.channel == name, DESK) for name in desks] + [(rows.channel == name, name) for name in budgets]
    return ibis.cases(*tests, else_=FREE) if tests else ibis.literal(FREE)


def _stop(rows: ir.Table, policy: LeverPolicy) -> ir.StringValue:
    return ibis.cases(
        (~rows.eligible.fill_null(False), "not_eligible"),
        (~rows.applicable.fill_null(False), "not_applicable"),
        (rows.gate.notnull(), "gated"),
        (rows.theme.isin(policy.duties).fill_null(False), "duty"),
        (rows.eiv.isnull(), "unknown"),
        else_=ibis.null("string"),
    )
