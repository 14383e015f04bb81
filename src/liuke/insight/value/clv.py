"""CLV 客户终身价值: expected margin × survival, discounted, with its parts.

    CLV = margin per month × Σ (probability to be still there in month t) / (1 + discount)^(t/12),  t = 1 … 36

Until the churn score's horizon survival follows the customer's own score, afterwards the rate of the customer's
group; without a score the group's rate throughout. Margin is taken as constant: growth is not promised.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from liuke.insight.value.dealings import DAYS
from liuke.insight.value.value_policy import ClvRule, MarginRates

DAYS_PER_MONTH = 365.25 / 12


def margin_columns(t: ir.Table, rates: MarginRates) -> dict[str, ir.FloatingValue]:
    """Yearly margin by source over rows with balance_<type>, card_spent and fees; null amounts count as 0."""

    def earned(kind: str) -> ir.FloatingValue:
        return t[f"balance_{kind}"].fill_null(0.0) * getattr(rates, kind)

    yearly = 365.0 / DAYS
    parts = {
        "margin_deposit": earned("current") + earned("term_deposit") + earned("other"),
        "margin_wealth": earned("wealth"),
        "margin_loan": earned("loan") + earned("credit_card"),
        "margin_payment": (t.card_spent.fill_null(0.0) * rates.card_spending + t.fees.fill_null(0.0) * rates.fees)
        * yearly,
    }
    return parts | {"margin_year": sum(parts.values(), ibis.literal(-rates.annual_cost))}


def monthly_margin_worth(attrition_year: float, probability: float | None, rule: ClvRule) -> tuple[float, float]:
    """What one unit of margin per month is worth over the horizon, and the chance to be there in a year.

    attrition_year: the group's yearly rate. probability: churn score over score_days, None without one. Pure, month
    by month; the oracle of `worth_columns`.
    """
    group, own, months = _monthly(attrition_year, probability, rule)
    worth, there, year = 0.0, 1.0, 1.0
    for month in range(1, rule.horizon_months + 1):
        there *= 1 - (own if month <= months else group)
        worth += there / (1 + rule.discount_rate) ** (month / 12)
        year = there if month == 12 else year
    return worth, year


def _monthly(attrition_year: float, probability: float | None, rule: ClvRule) -> tuple[float, float, int]:
    group = 1 - (1 - attrition_year) ** (1 / 12)
    if probability is None:
        return group, group, 0
    own = 1 - (1 - min(probability, 0.9999)) ** (DAYS_PER_MONTH / rule.score_days)
    return group, own, round(rule.score_days / DAYS_PER_MONTH)


def worth_columns(
    attrition_year: ir.FloatingValue, probability: ir.FloatingValue, rule: ClvRule
) -> tuple[ir.FloatingValue, ir.FloatingValue]:
    """`monthly_margin_worth` in closed form: sums of two geometric series."""
    months, horizon = round(rule.score_days / DAYS_PER_MONTH), rule.horizon_months
    discount = (1 + rule.discount_rate) ** (-1 / 12)
    stay_group = (1.0 - attrition_year) ** (1.0 / 12.0)
    stay_score = (1.0 - ibis.least(probability, 0.9999)) ** (DAYS_PER_MONTH / rule.score_days)
    stay_own = ibis.ifelse(probability.isnull(), stay_group, stay_score)
    q_own, q_group = stay_own * discount, stay_group * discount
    worth = _series(q_own, months) + q_own ** float(months) * _series(q_group, horizon - months)
    year = stay_own ** float(min(months, 12)) * stay_group ** float(max(12 - months, 0))
    return worth, year


def _series(q: ir.FloatingValue, n: int) -> ir.FloatingValue:
    """The sum q + q² + … + qⁿ; q < 1 because money is discounted."""
    return q * (1.0 - q ** float(n)) / (1.0 - q)
