"""What arbitration reads of a candidate beside the gates: chance, value, cost, terms, and whose hold-out it has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.arbitrate.propensity import propensity
from liuke.act.loop_policy import LoopPolicy
from liuke.act.offers.catalogue import Offer
from liuke.insight.churn.score_policy import ScorePolicy

OFFER_EXPERIMENT: Final = "offer_"
"""What the experiments of offers begin with: each is measured against a hold-out of its own."""
TERMS: Final = pa.schema(
    [("offer_id", pa.string()), ("terms_of", pa.string()), ("benefit_amount", pa.float64()),
     ("benefit_cost", pa.float64())]
)  # fmt: skip


def terms_sheet(offers: Iterable[Offer]) -> pa.Table:
    """TERMS of the offers: what each is about (null without a benefit), what it gives, and the bank's cost of it."""
    return pa.Table.from_pylist([_terms(offer) for offer in offers], schema=TERMS)


def person_parts(snapshot: ir.Table, policy: LeverPolicy, score: ScorePolicy) -> ir.Table:
    """CUSTOMER_SNAPSHOT rows with propensity, value_kept, and exposure and segment as track/uplift.py wants them.

    Everything is known at the decision: exposure and segment are what the decision row keeps as score and tier.
    """
    kept = snapshot.aum.cast("float64").fill_null(0.0) * (score.yearly_margin * score.margin_years)
    return snapshot.mutate(
        propensity=propensity(snapshot, policy.prior), value_kept=kept, exposure=snapshot.score, segment=snapshot.tier
    )


def with_parts(
    candidates: ir.Table, people: ir.Table, terms: ir.Table, policy: LeverPolicy, loop: LoopPolicy
) -> ir.Table:
    """Candidates with the value parts of `value.CANDIDATE` except what has been measured (uplift, uplift_n: null).

    candidates: with `gate`. people: of `person_parts`, with contacts_30 (marketing contacts of 30 days). terms: TERMS.
    """
    parts = people.select("customer_id", "propensity", "value_kept", "exposure", "segment", "contacts_30")
    rows = candidates.left_join(parts, "customer_id").drop("customer_id_right")
    rows = rows.left_join(terms, "offer_id").drop("offer_id_right")
    prices = [(rows.channel == name, float(price)) for name, price in sorted(policy.prices.items())]
    contact = ibis.cases(*prices, else_=0.0) if prices else ibis.literal(0.0)
    none = ibis.null("float64")
    return rows.mutate(
        cost=ibis.ifelse(rows.benefit_cost > 0, rows.benefit_cost + contact, none),
        fatigue=rows.contacts_30.fill_null(0).cast("float64") * policy.fatigue_per_contact,
        context=none,
        experiment=ibis.ifelse(rows.offer_id.isnull(), loop.experiment, OFFER_EXPERIMENT + rows.offer_id),
        holdout_share=ibis.literal(loop.holdout_share),
        uplift=none,
        uplift_n=ibis.null("int64"),
    ).drop("benefit_cost", "contacts_30")


def _terms(offer: Offer) -> dict[str, object]:
    """An amount that goes by conditions counts with the most anybody gets."""
    benefit = offer.spec.benefit
    gives = benefit.kind != "none"
    amounts = [benefit.amount or 0.0, *(step.amount for step in benefit.by)]
    return {
        "offer_id": offer.code,
        "terms_of": (offer.spec.product_id or offer.spec.theme) if gives else None,
        "benefit_amount": max(amounts) if gives else None,
        "benefit_cost": float(benefit.cost),
    }
