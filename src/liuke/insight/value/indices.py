"""Stickiness 粘性 and loyalty 忠诚度: 0..100, from parts 0..100 with stated weights, every part shown.

A part that is unknown for a customer (no app data, no survey answer, nothing matured) is left out and the other
weights are scaled up: nobody is marked down for a question the bank did not ask.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from liuke.insight.value.value_policy import LoyaltyRule, StickinessRule

STICKINESS_PARTS = ("products", "transactions", "digital", "tenure", "salary", "balance")
LOYALTY_PARTS = ("repeat", "main_account", "recommendation", "price")
MAIN_ACCOUNT_PARTS = {"salary": 0.35, "bills": 0.2, "spending": 0.2, "kept": 0.25}
"""Weights of the main-account share 主账户率: salary and bills by month, daily spending, incoming money that stays."""


def index_of(parts: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """The weighted mean of known parts; None when none is known or all known ones weigh 0. The columns' oracle."""
    known = {name: value for name, value in parts.items() if value is not None}
    whole = sum(weights[name] for name in known)
    return sum(weights[name] * value for name, value in known.items()) / whole if whole else None


def stickiness_parts(t: ir.Table, rule: StickinessRule) -> dict[str, ir.FloatingValue]:
    """Parts by name over rows with features, `products` and `salary_months`. digital: null without app data."""
    app = t.app_days_90 if "app_days_90" in t.columns else ibis.null("float64")
    mean = t.aum_mean_90.fill_null(0.0)
    return {
        "products": _part(t.products.fill_null(0).cast("float64") / rule.full_products),
        "transactions": _part(t.own_count_90.fill_null(0.0) / rule.full_transactions_90),
        "digital": _part(app / rule.full_app_days_90),
        "tenure": _part(t.tenure_days / rule.full_tenure_days),
        "salary": _part(t.salary_months.fill_null(0).cast("float64") / 3.0),
        "balance": ibis.ifelse(mean > 0, _part(t.aum.fill_null(0.0) / mean.nullif(0.0)), 0.0),
    }


def main_account_parts(t: ir.Table, rule: LoyaltyRule) -> dict[str, ir.FloatingValue]:
    """Parts of the main-account share over rows of `dealings` and features; kept is null without incoming money."""
    return {
        "salary": _part(t.salary_months.fill_null(0).cast("float64") / 3.0),
        "bills": _part(t.bill_months.fill_null(0).cast("float64") / 3.0),
        "spending": _part(t.own_count_90.fill_null(0.0) / rule.full_own_90),
        "kept": _part(1.0 - t.moved_elsewhere / t.money_in.nullif(0.0)),
    }


def loyalty_parts(t: ir.Table, rule: LoyaltyRule) -> dict[str, ir.FloatingValue]:
    """repeat: renewed of the holdings that ended; main_account; recommendation: last NPS answer × 10; price: 100 less
    the share of matured money that went to other banks afterwards (low = follows the rate).
    """
    ended = t.holdings_ended.cast("float64")
    return {
        "repeat": _part(t.holdings_renewed.cast("float64") / ended.nullif(0.0)),
        "main_account": weighted(main_account_parts(t, rule), MAIN_ACCOUNT_PARTS),
        "recommendation": _part(t.nps / 10.0),
        "price": _part(1.0 - t.moved_after_maturity.fill_null(0.0) / t.matured_amount.nullif(0.0)),
    }


def weighted(parts: Mapping[str, ir.FloatingValue], weights: Mapping[str, float]) -> ir.FloatingValue:
    """`index_of` as a column."""
    known = {name: weights[name] * part.notnull().cast("float64") for name, part in parts.items()}
    whole = sum(known.values(), ibis.literal(0.0))
    total = sum((weights[name] * part.fill_null(0.0) for name, part in parts.items()), ibis.literal(0.0))
    return total / whole.nullif(0.0)


def weights_of(rule: StickinessRule | LoyaltyRule) -> dict[str, float]:
    """The weights of a rule by part."""
    names = STICKINESS_PARTS if isinstance(rule, StickinessRule) else LOYALTY_PARTS
    return {name: getattr(rule, name) for name in names}


def _part(share: ir.FloatingValue) -> ir.FloatingValue:
    """A share as 0..100; null stays null (engines' least and greatest skip nulls)."""
    bounded = ibis.greatest(ibis.least(share, 1.0), 0.0) * 100.0
    return ibis.ifelse(share.isnull(), ibis.null("float64"), bounded)
