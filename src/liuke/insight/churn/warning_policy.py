"""`policies/warning.yaml`: when a signal speaks, how loud, and what makes a warning red, orange or yellow.

Every default is ours and configurable: starting points that read well on retail current accounts, not figures
from a statute or a study. `liuke backtest` shows what they would have been worth on the bank's own past.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from liuke.yaml_file import Document, load_yaml

Tier = Literal["red", "orange", "yellow"]


class Ramp(Document):
    """How a measured value becomes a severity: silent (0) below `warn_at`, there `starts_with`, 1 from `full_at`.

    In between it grows in a straight line. starts_with is above 0 so that a signal that speaks is seen.
    """

    warn_at: float
    full_at: float
    starts_with: float = Field(0.3, gt=0, le=1)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.full_at <= self.warn_at:
            raise ValueError(f"full_at ({self.full_at}) must be above warn_at ({self.warn_at})")
        return self


class FrequencyRule(Document):
    """Customer-initiated transactions of the last 30 days against the monthly mean of the 90 days before.

    minimum_monthly_mean: quieter customers have no habit to fall from. fall: share of the mean that is gone.
    minimum_surprise: standard deviations (both counts Poisson) a fall must reach, so that a fall that chance
    often gives is silent: (mean − recent) / sqrt(mean · 4/3).
    """

    minimum_monthly_mean: float = Field(3, ge=0)
    fall: Ramp = Ramp(warn_at=0.5, full_at=1.0)
    minimum_surprise: float = Field(1.5, ge=0)


class BalanceRule(Document):
    """AUM now against 30 and 90 days before.

    minimum_aum: highest AUM of the 90 days below this is silent, in the bank's currency. lasting: fall against
    90 days before, counted when AUM fell in the last 30 days and in at least two of the three 30-day steps.
    sudden: fall against 30 days before. The louder of the two counts.
    """

    minimum_aum: Decimal = Field(Decimal(10_000), ge=0)
    lasting: Ramp = Ramp(warn_at=0.3, full_at=0.8)
    sudden: Ramp = Ramp(warn_at=0.5, full_at=0.9)


class ComplaintRule(Document):
    """Complaints of the last 90 days beyond those of the 90 days before, and complaints still open.

    rise: additional complaints. open_adds: severity added while any complaint is open, whatever its age.
    """

    rise: Ramp = Ramp(warn_at=1, full_at=3, starts_with=0.4)
    open_adds: float = Field(0.3, ge=0, le=1)


class RecencyRule(Document):
    """Days since the last customer-initiated transaction against the customer's own usual gap.

    minimum_monthly_mean as for frequency; minimum_days: a shorter silence is nothing; gaps: silence in usual
    gaps (at random times 4 gaps pass with probability e⁻⁴ = 2%).
    """

    minimum_monthly_mean: float = Field(3, ge=0)
    minimum_days: int = Field(15, ge=1)
    gaps: Ramp = Ramp(warn_at=4, full_at=10)


class Weights(Document):
    """How far each signal at severity 1 carries the score alone; score = 1 − ∏ (1 − weight × severity)."""

    frequency: float = Field(0.6, ge=0, le=1)
    balance: float = Field(0.7, ge=0, le=1)
    complaint: float = Field(0.5, ge=0, le=1)
    recency: float = Field(0.2, ge=0, le=1)


class TierRule(Document):
    """A tier needs a score and money to lose: the larger of AUM now and 30, 60, 90 days before."""

    minimum_score: float = Field(gt=0, le=1)
    minimum_aum: Decimal = Field(Decimal(0), ge=0)


class LossRule(Document):
    """What counts as lost when the warnings are tested against what then happened (`liuke backtest`).

    closed: the customer left within the horizon. balance: AUM on the last day is below kept_share of that on the
    warning day, for customers who then had minimum_aum. silent: no customer-initiated transaction in the last
    silent_days of the horizon, for customers whose monthly mean over 120 days was minimum_monthly_mean and who
    were active in the last 30 days; a customer already silent on the warning day cannot fall silent.
    """

    kept_share: float = Field(0.2, ge=0, lt=1)
    minimum_aum: Decimal = Field(Decimal(1_000), gt=0)
    silent_days: int = Field(30, ge=1, le=90)
    minimum_monthly_mean: float = Field(3, gt=0)


class WarningPolicy(Document):
    """The whole file. A customer gets the first of red, orange, yellow whose rule they meet, else none."""

    frequency: FrequencyRule = FrequencyRule()
    balance: BalanceRule = BalanceRule()
    complaint: ComplaintRule = ComplaintRule()
    recency: RecencyRule = RecencyRule()
    weights: Weights = Weights()
    red: TierRule = TierRule(minimum_score=0.6, minimum_aum=Decimal(50_000))
    orange: TierRule = TierRule(minimum_score=0.4, minimum_aum=Decimal(10_000))
    yellow: TierRule = TierRule(minimum_score=0.18)
    loss: LossRule = LossRule()

    @model_validator(mode="after")
    def _tiers_in_order(self) -> Self:
        if not self.red.minimum_score >= self.orange.minimum_score >= self.yellow.minimum_score:
            raise ValueError("minimum_score must fall from red over orange to yellow")
        return self

    @property
    def version(self) -> str:
        """First 12 hex digits of SHA-256 over the canonical JSON: equal exactly when the content is equal."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()[:12]


def read_warning_policy(path: Path) -> WarningPolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, WarningPolicy) if path.is_file() else WarningPolicy()
