"""`policies/score.yaml`: what a contact costs and may save, and how much of it the desks can do.

A tier is no fixed cut of the probability: it says who fits into the relationship managers' time and is worth it.
The defaults are ours and configurable, labelled starting points: put in the bank's own margin and cost, and the
share saved that its effect board measures.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from liuke.yaml_file import Document, load_yaml


class ScorePolicy(Document):
    """The whole file. Money in the bank's currency.

    contact_cost: of one contact by an RM. share_saved: of customers who would leave and are contacted in time.
    yearly_margin: on assets kept, a share per year; margin_years: for how long a saved customer keeps them.
    minimum_lift: a warned customer is at least this many times as likely to leave as the mean customer.
    retention_share: of the RMs' daily contacts, what keeping customers may take. red_days, orange_days: workdays of
    that which red, and red and orange together, may fill; yellow is everybody else whose contact pays and who has
    the lift. default_daily_capacity: of an RM without one.
    """

    contact_cost: Decimal = Field(Decimal(30), ge=0)
    share_saved: float = Field(0.15, gt=0, le=1)
    yearly_margin: float = Field(0.012, gt=0, le=1)
    margin_years: float = Field(1.0, gt=0, le=10)
    minimum_lift: float = Field(1.5, ge=0)
    retention_share: float = Field(0.2, gt=0, le=1)
    red_days: float = Field(1.0, gt=0)
    orange_days: float = Field(5.0, gt=0)
    default_daily_capacity: int = Field(20, ge=1)

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.orange_days < self.red_days:
            raise ValueError("orange_days must not be below red_days: orange comes after red")
        return self


def read_score_policy(path: Path) -> ScorePolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, ScorePolicy) if path.is_file() else ScorePolicy()
