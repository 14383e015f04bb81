"""Terms do not follow scores: of offers on one thing that a customer may have, only the best for him is weighed.

Were two offers of one product, one with the larger benefit, weighed by expected value, the larger would go to those who
are likelier to leave: a price by churn score through the back door (PIPL art. 24). So which of them a customer gets
depends only on which he is eligible for and has passed the gates of, never on a factor of the value.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine


def compared(rows: ir.Table) -> ir.Table:
    """The offers on which terms are compared: those that have passed everything. rows: of `valued`."""
    return rows.filter(rows.stop.isnull() & rows.terms_of.notnull())


def best_terms(offers: ir.Table) -> ir.Table:
    """Per customer and thing the offer with the largest benefit, of equal ones the lower id.

    customer_id  terms_of  offer_id  benefit_amount  →  customer_id  terms_of  best_offer
    C1           deposit   d10       10                 C1           deposit   d25
    C1           deposit   d25       25
    """
    amount = offers.benefit_amount.fill_null(0.0)
    most = offers.group_by("customer_id", "terms_of").aggregate(most=amount.max())
    joined = offers.inner_join(most, ["customer_id", "terms_of"])
    first = joined.filter(joined.benefit_amount.fill_null(0.0) == joined.most)
    return first.group_by("customer_id", "terms_of").aggregate(best_offer=first.offer_id.min())


def rivals(engine: Engine, rows: ir.Table) -> ir.Table | None:
    """`best_terms` where it says something: of what several offers are about; None without such."""
    offers = compared(rows)
    named = offers.group_by("terms_of").aggregate(offers=offers.offer_id.nunique())
    several = [r["terms_of"] for r in engine.arrow(named.filter(named.offers > 1)).to_pylist()]
    return engine.materialise(best_terms(offers.filter(offers.terms_of.isin(several)))) if several else None


def with_best_terms(rows: ir.Table, best: ir.Table | None) -> ir.Table:
    """The rows with `worse_than`: the offer that stands before, null for all others; those stop as 'worse_terms'."""
    if best is None:
        return rows.mutate(worse_than=ibis.null("string"))
    joined = rows.left_join(best, ["customer_id", "terms_of"])
    joined = joined.select(*[joined[name] for name in rows.columns], "best_offer")
    behind = (joined.stop.isnull() & (joined.offer_id != joined.best_offer)).fill_null(False)
    told = joined.mutate(
        worse_than=ibis.ifelse(behind, joined.best_offer, ibis.null("string")),
        stop=ibis.ifelse(behind, "worse_terms", joined.stop),
    )
    return told.drop("best_offer")
