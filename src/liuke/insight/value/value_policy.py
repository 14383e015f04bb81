"""`policies/value.yaml`: margins, discounting, survival, weights.

Every default is ours and configurable: round figures of the right size for Chinese retail banking, not taken from
any bank's books. A bank puts in its own from transfer pricing; rankings change little, amounts do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from liuke.yaml_file import Document, load_yaml


class MarginRates(Document):
    """What one unit of money earns: share per year of the mean balance, share of card spending, share of fees.

    current, term_deposit: deposit spread against transfer prices. wealth: sales and management fee. loan,
    credit_card: spread after expected loss. annual_cost: cost to serve a customer for a year, currency.
    """

    current: float = 0.018
    term_deposit: float = 0.006
    wealth: float = 0.005
    loan: float = 0.015
    credit_card: float = 0.04
    other: float = 0.0
    card_spending: float = 0.0035
    fees: float = Field(1.0, ge=0, le=1)
    annual_cost: float = Field(0.0, ge=0)


class ClvRule(Document):
    """discount_rate: per year. horizon_months: what comes later counts nothing. score_days: horizon of the churn
    score; after it the customer leaves at the rate of his group, because a score says nothing beyond its horizon.
    """

    rates: MarginRates = MarginRates()
    discount_rate: float = Field(0.05, gt=0, lt=1)
    horizon_months: int = Field(36, ge=12, le=120)
    score_days: int = Field(90, ge=30, le=365)


class SurvivalRule(Document):
    """How fast customers of a group (AUM level × activity) leave, counted in the bank's own past.

    cohort_days: how long the customers of a past day are followed, the longest first that the history allows.
    kept_share: below this share of the AUM then, from minimum_aum on, is lost like a closed customer.
    prior_customers: how many customers of the overall rate each group's own count is blended with, so that small
    groups do not swing. default_attrition: per year, where the bank has no history yet.
    """

    cohort_days: tuple[int, ...] = (365, 180, 90)
    kept_share: float = Field(0.2, ge=0, lt=1)
    minimum_aum: float = Field(1_000, gt=0)
    prior_customers: float = Field(50, gt=0)
    default_attrition: float = Field(0.1, gt=0, lt=1)

    @model_validator(mode="after")
    def _longest_first(self) -> Self:
        if not self.cohort_days or list(self.cohort_days) != sorted(set(self.cohort_days), reverse=True):
            raise ValueError("cohort_days must fall, the longest first")
        if self.cohort_days[-1] < 30:
            raise ValueError("cohort_days must be 30 or more")
        return self


class RfmRule(Document):
    """high_from: quintile from which recency, frequency or monetary value counts as high. frequency: the window of
    own transactions; monetary: the window of mean AUM.
    """

    high_from: int = Field(4, ge=2, le=5)
    frequency_days: Literal[30, 90, 180] = 180
    monetary_days: Literal[30, 90, 180] = 90


class StickinessRule(Document):
    """Weights of the stickiness index (they are scaled to 1 over the parts that are known) and what makes 100."""

    products: float = Field(0.25, ge=0)
    transactions: float = Field(0.25, ge=0)
    digital: float = Field(0.15, ge=0)
    tenure: float = Field(0.1, ge=0)
    salary: float = Field(0.15, ge=0)
    balance: float = Field(0.1, ge=0)
    full_products: int = Field(4, ge=1)
    full_transactions_90: int = Field(30, ge=1)
    full_app_days_90: int = Field(45, ge=1)
    full_tenure_days: int = Field(1825, ge=1)


class LoyaltyRule(Document):
    """Weights of the loyalty index (scaled to 1 over the parts that are known).

    renewal_days: a holding that ends counts as repeated when another begins within so many days. look_back_days:
    for repeats and recommendations. full_own_90: own transactions in 90 days of somebody whose daily spending
    runs over this bank.
    """

    repeat: float = Field(0.3, ge=0)
    main_account: float = Field(0.35, ge=0)
    recommendation: float = Field(0.2, ge=0)
    price: float = Field(0.15, ge=0)
    renewal_days: int = Field(30, ge=1, le=90)
    look_back_days: int = Field(365, ge=90)
    full_own_90: int = Field(30, ge=1)


class ValuePolicy(Document):
    """The whole file."""

    rfm: RfmRule = RfmRule()
    clv: ClvRule = ClvRule()
    survival: SurvivalRule = SurvivalRule()
    stickiness: StickinessRule = StickinessRule()
    loyalty: LoyaltyRule = LoyaltyRule()


def read_value_policy(path: Path) -> ValuePolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, ValuePolicy) if path.is_file() else ValuePolicy()
