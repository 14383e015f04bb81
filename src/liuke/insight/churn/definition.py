"""`policies/churn.yaml`: what the bank calls a lost customer, and how the early warning learns it.

A definition is a union of losses over one horizon. Times count from the as-of day D: the label window is
(D + gap, D + gap + horizon]; a customer lost within the gap is left out, because no warning could have helped.
Every default is ours and configurable unless a source is named.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from liuke.errors import Place, YourMistake, did_you_mean
from liuke.settings import Name
from liuke.yaml_file import Document, load_yaml

HABIT_DAYS = 90
"""Over how many days up to D a habit of own transactions is measured."""
AUM_MEAN_DAYS = 90
"""Over how many days up to D a customer's own mean balance is taken."""


class Hard(Document):
    """The customer left: `customer.closed_on` lies in the window."""

    kind: Literal["hard"] = "hard"


class SilentBalance(Document):
    """AUM fell by `fall` or more of its value on D and stayed there to the end of the window.

    stays_days: at least so many days up to the end of the window must lie below. minimum_aum: AUM on D below
    this has nothing to lose.
    """

    kind: Literal["silent_balance"] = "silent_balance"
    fall: float = Field(0.8, gt=0, le=1)
    stays_days: int = Field(14, ge=1)
    minimum_aum: Decimal = Field(Decimal(1_000), gt=0)


class SilentActivity(Document):
    """No customer-initiated transaction for `days` up to the end of the window or longer.

    Standing orders, interest, fees and incoming money are no activity. Only customers who had a habit
    (minimum_monthly_mean over the last 90 days) and were not silent already on D can fall silent.
    """

    kind: Literal["silent_activity"] = "silent_activity"
    days: int = Field(60, ge=1)
    minimum_monthly_mean: float = Field(3, gt=0)


class BalanceMean(Document):
    """Mean AUM of the window is below `kept_share` of the mean of as many days up to D.

    The mean up to D counts from the first balance known. minimum_mean: a smaller mean has nothing to lose.
    """

    kind: Literal["balance_mean"] = "balance_mean"
    kept_share: float = Field(0.6, gt=0, lt=1)
    minimum_mean: Decimal = Field(Decimal(1_000), gt=0)


class TierDowngrade(Document):
    """The tier by mean AUM of the last `average_days` is lower at the end of the window than on D.

    tiers: least mean AUM of each tier above the lowest; the lowest needs none. Defaults: the threshold of a
    published preferred tier (招商银行 金葵花 500,000) and two round steps around it.
    """

    kind: Literal["tier_downgrade"] = "tier_downgrade"
    average_days: int = Field(30, ge=1)
    tiers: dict[str, Decimal] = Field(
        default={"gold": Decimal(50_000), "preferred": Decimal(500_000), "private": Decimal(10_000_000)}, min_length=1
    )


class NoActivity(Document):
    """Not one customer-initiated transaction in the whole window: the label of shops and of dormancy."""

    kind: Literal["no_activity"] = "no_activity"


Loss = Annotated[
    Hard | SilentBalance | SilentActivity | BalanceMean | TierDowngrade | NoActivity, Field(discriminator="kind")
]


class AtRisk(Document):
    """Who is looked at: living customers known for `known_days` with money or activity on D; either is enough.

    minimum_aum: AUM on D. minimum_transactions: customer-initiated ones in (D − within_days, D]. Leaving one out
    (null) leaves the other to decide; leaving out both takes every living customer. What is known on D decides,
    never what happens later.
    """

    known_days: int = Field(0, ge=0)
    minimum_aum: Decimal | None = Field(Decimal(1_000), ge=0)
    minimum_transactions: int | None = Field(9, ge=1)
    within_days: int = Field(90, ge=1)


class ChurnDefinition(Document):
    """One meaning of lost: the first of `losses` that happens in the window, each for those who can suffer it."""

    name: Name
    description: str = ""
    horizon_days: int = Field(90, ge=7, le=730)
    gap_days: int = Field(0, ge=0, le=365)
    losses: tuple[Loss, ...]
    at_risk: AtRisk = AtRisk()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        kinds = [loss.kind for loss in self.losses]
        if not kinds:
            raise ValueError("at least one kind of loss must stand")
        if len(set(kinds)) < len(kinds):
            raise ValueError("each kind of loss may stand once")
        for loss in self.losses:
            needs = {"silent_balance": "stays_days", "silent_activity": "days", "tier_downgrade": "average_days"}
            name = needs.get(loss.kind)
            if name and getattr(loss, name) > self.horizon_days:
                raise ValueError(f"{loss.kind}.{name} must not pass horizon_days ({self.horizon_days})")
        return self

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of loss, in the order of the file."""
        return tuple(loss.kind for loss in self.losses)

    @property
    def look_back_days(self) -> int:
        """Days up to D that the labels' own references need."""
        found = [HABIT_DAYS, AUM_MEAN_DAYS, self.at_risk.within_days, self.at_risk.known_days]
        found += [self.horizon_days for loss in self.losses if loss.kind == "balance_mean"]
        found += [loss.average_days for loss in self.losses if loss.kind == "tier_downgrade"]
        found += [loss.days for loss in self.losses if loss.kind == "silent_activity"]
        return max(found)

    @property
    def looks_at_money(self) -> bool:
        """Whether any loss is one of money; without one there is no such thing as `not yet fallen`."""
        return any(k in ("silent_balance", "balance_mean", "tier_downgrade") for k in self.kinds)

    def closes(self, day: date) -> date:
        """The last day of the label window of an as-of day: from then on its labels are mature."""
        return day + timedelta(days=self.gap_days + self.horizon_days)

    @property
    def version(self) -> str:
        """First 12 hex digits of SHA-256 over the canonical JSON: equal exactly when the content is equal."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()[:12]


SMALL_BANK_STEP = 15
"""Days from one snapshot to the next where customers are few."""


class TrainingRule(Document):
    """From which past days the model learns, and on which it is judged.

    every: month takes month-ends, a number takes a day every so many days back from the last mature one; auto takes
    month-ends in a large bank and every 15 days in one where month-ends of a year would not fill `sample_rows`
    (`paced`). snapshots: how many at most, the latest. history_days: a day with less history of the bank before it is
    not used. test_share: share of the span of the snapshots on which the model is judged, at least one.
    sample_rows: rows handed to the learner at most (memory); rare losses are kept, the rest drawn by keyed hash and
    weighted back.
    not_fallen_share: AUM on D of at least this share of its own 90-day mean is `not yet fallen`.
    exclude: features left out. allow_protected: takes sex, age and the like as features too; they are never
    needed for the fairness table, and taking them needs a reason that holds before the regulator.
    """

    every: Literal["auto", "month"] | Annotated[int, Field(ge=1, le=366)] = "auto"
    snapshots: int = Field(24, ge=2)
    history_days: int = Field(120, ge=0)
    test_share: float = Field(0.25, gt=0, lt=1)
    sample_rows: int = Field(400_000, ge=1_000)
    not_fallen_share: float = Field(0.85, gt=0, le=1)
    exclude: tuple[str, ...] = ()
    allow_protected: bool = False
    seed: int = Field(1, ge=0)

    def paced(self, customers: int) -> TrainingRule:
        """The rule with `auto` settled for a bank of so many customers.

        Days between month-ends show the same customers at other moments of their leaving, and other days of the
        month. On the simulated bank of 20,000, judged on later training days, steps of 14 days instead of month-ends
        raised the AUC from 0.922 to 0.924, of the not yet fallen from 0.778 to 0.785; steps of 7 no further. Fifteen,
        so that weekdays and days of the month change.
        """
        if self.every != "auto":
            return self
        return self.model_copy(update={"every": "month" if customers * 12 >= self.sample_rows else SMALL_BANK_STEP})


ATTRITION = ChurnDefinition(
    name=Name(zh="流失", en="Attrition"),
    description="Left, or money gone for good, or fallen silent.",
    losses=(Hard(), SilentBalance(), SilentActivity()),
)


class ChurnPolicy(Document):
    """The whole file: named definitions, the one in force, and how to train."""

    use: str = "attrition"
    definitions: dict[str, ChurnDefinition] = Field(default={"attrition": ATTRITION}, min_length=1)
    training: TrainingRule = TrainingRule()

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.use not in self.definitions:
            raise ValueError(f"no definition is called '{self.use}'; {did_you_mean(self.use, self.definitions)}")
        return self

    def definition(self, name: str | None = None) -> ChurnDefinition:
        """The definition of that name, or the one in force; YourMistake with the nearest name when unknown."""
        wanted = name or self.use
        if wanted not in self.definitions:
            raise YourMistake(
                f"no churn definition is called '{wanted}'; {did_you_mean(wanted, self.definitions)}",
                place=Place("policies/churn.yaml", column="definitions"),
                expected=f"one of: {', '.join(self.definitions)}",
                state="nothing was trained",
                then="name one of them, or add it to policies/churn.yaml",
            )
        return self.definitions[wanted]


def read_churn_policy(path: Path) -> ChurnPolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, ChurnPolicy) if path.is_file() else ChurnPolicy()


__all__ = [
    "ATTRITION", "AUM_MEAN_DAYS", "HABIT_DAYS", "AtRisk", "BalanceMean", "ChurnDefinition", "ChurnPolicy", "Hard",
    "Loss", "NoActivity", "SilentActivity", "SilentBalance", "TierDowngrade", "TrainingRule", "read_churn_policy",
]  # fmt: skip
