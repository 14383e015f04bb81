"""`policies/levers.yaml`: how candidates are weighed against each other, and how much may be drawn or withheld."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from liuke.act.loop_policy import TIER_ORDER, Tier
from liuke.act.withheld import Withheld
from liuke.errors import Wrong
from liuke.insight.content_hash import content_hash
from liuke.yaml_file import Document, load_yaml

Factor = Literal["uplift", "propensity", "value", "context", "lever", "cost", "fatigue"]
MessageClass = Literal["marketing", "service"]
_LEAVE: Final[dict[Tier, float]] = {"red": 0.4, "orange": 0.25, "yellow": 0.15}
_SAVED: Final[dict[Tier, float]] = {"red": 0.15, "orange": 0.15, "yellow": 0.15}


class Use(Document):
    """Which factors count. One switched off stands as if it made no difference: 1 as a factor, 0 as a cost.

    Without uplift the propensity is used whatever the evidence; without both, every candidate succeeds alike.
    """

    uplift: bool = True
    propensity: bool = True
    value: bool = True
    context: bool = True
    lever: bool = True
    cost: bool = True
    fatigue: bool = True


class Bounds(Document):
    """From `low` to `high`, both included."""

    low: float = Field(ge=0)
    high: float = Field(gt=0)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.high < self.low:
            raise Wrong("bounds_cross", "high ({high}) is below low ({low})", low=self.low, high=self.high)
        return self


class Lever(Document):
    """A weight the bank puts on candidates of a kind, for a time. All conditions given must hold; none of them is about
    the customer, so that no lever can follow a score.
    """

    factor: float = Field(ge=0)
    treatment: str | None = None
    theme: str | None = None
    source: str | None = None
    channel: str | None = None
    message_class: MessageClass | None = None
    since: date | None = None
    until: date | None = None
    reason: str = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _says_for_what(self) -> Self:
        if not self.conditions:
            raise Wrong("lever_for_all", "a lever must say for what: treatment, theme, source, channel, message_class")
        if self.since and self.until and self.until < self.since:
            raise Wrong("days_in_order", "{before} is not before {after}", before=self.since, after=self.until)
        return self

    @property
    def conditions(self) -> dict[str, str]:
        """Column of the candidate → the value it must have."""
        named = ("treatment", "theme", "source", "channel", "message_class")
        return {name: value for name in named if (value := getattr(self, name)) is not None}

    def holds_on(self, day: date) -> bool:
        """Whether the lever counts on the day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Exploration(Document):
    """Customers whose treatment is drawn among what passed, so that effects can be learned without bias.

    share: of the customers who have a choice, per day. among: the best so many by expected value, and doing nothing.
    worst: a candidate expected to bring less is never drawn: the price of one lesson (bank currency). most_of_capacity:
    of a desk's places, what drawn orders are expected to take at most; the share falls where it would be more.
    """

    share: float = Field(0.02, ge=0, le=0.5)
    among: int = Field(5, ge=1, le=50)
    worst: float = -50.0
    most_of_capacity: float = Field(0.2, gt=0, le=1)


class GlobalHoldout(Document):
    """Customers who get no retention treatment at all, for as long as the experiment lasts; duties reach them too."""

    experiment: str = Field("global", min_length=1, max_length=60)
    share: float = Field(0.0, ge=0, le=0.5)


class Prior(Document):
    """What is assumed while nothing has been measured. Assumptions of ours, not findings.

    leave_share: of the customers with a tier, who leave, where no model gives a probability; calm_leave_share: of those
    without a warning. share_saved: of those who would leave, whom a treatment keeps (as in score.yaml);
    calm_share_saved: the same without a warning.
    """

    leave_share: dict[Tier, float] = Field(default_factory=lambda: dict(_LEAVE))
    share_saved: dict[Tier, float] = Field(default_factory=lambda: dict(_SAVED))
    calm_leave_share: float = Field(0.03, ge=0, le=1)
    calm_share_saved: float = Field(0.15, ge=0, le=1)

    @model_validator(mode="after")
    def _shares(self) -> Self:
        for shares in (self.leave_share, self.share_saved):
            wrong = [tier for tier in TIER_ORDER if not 0 <= shares.get(tier, -1.0) <= 1]
            if wrong:
                raise Wrong("share_wanted", "a share from 0 to 1 is wanted for tier {tiers}", tiers=", ".join(wrong))
        return self


class LeverPolicy(Document):
    """The whole file. Money in the bank's currency; a missing file means these defaults.

    use: which factors count. least_evidence: customers in the smaller arm from which on a measured uplift is used
    instead of the propensity. least_value: a candidate must be expected to bring more. bounds, context_bounds: what the
    product of all levers, and the context, are cut to. effort: places of a desk that an order over the channel takes; a
    channel not named takes none. budgets: messages a day over a channel; one not named has no limit. prices: bank
    currency per message or contact where the candidate brings no cost. fatigue_per_contact: taken off for each
    marketing contact of the last 30 days. duties: themes that are owed (progress, fraud, maturity, complaints): they
    do not compete, are held out from nobody and take no part in exploration. salt: names the draws; null is that of
    loop.yaml.
    """

    use: Use = Use()
    least_evidence: int = Field(100, ge=2)
    least_value: float = Field(0.0, ge=0)
    bounds: Bounds = Bounds(low=0.5, high=2.0)
    context_bounds: Bounds = Bounds(low=0.0, high=3.0)
    levers: tuple[Lever, ...] = ()
    effort: dict[str, int] = Field(default_factory=lambda: {"phone": 1, "wecom": 1, "visit": 3})
    budgets: dict[str, int] = Field(default_factory=dict)
    prices: dict[str, Decimal] = Field(default_factory=lambda: {"phone": Decimal(30), "visit": Decimal(120)})
    fatigue_per_contact: float = Field(2.0, ge=0)
    exploration: Exploration = Exploration()
    global_holdout: GlobalHoldout = GlobalHoldout()
    duties: tuple[str, ...] = ("fraud", "progress", "maturity_notice", "complaint_reply")
    prior: Prior = Prior()
    salt: str | None = Field(None, min_length=1, max_length=60)

    @field_validator("salt")
    @classmethod
    def _no_separator(cls, value: str | None) -> str | None:
        if value and "|" in value:
            raise Wrong("no_bar", "may not contain '|', which separates the parts that are hashed")
        return value

    @model_validator(mode="after")
    def _units_agree(self) -> Self:
        if not self.use.value and (self.use.cost or self.use.fatigue):
            raise Wrong("no_money", "without value nothing is in money: switch cost and fatigue off as well")
        return self

    @model_validator(mode="after")
    def _levers_in_bounds(self) -> Self:
        for lever in self.levers:
            if not self.bounds.low <= lever.factor <= self.bounds.high:
                raise Wrong(
                    "lever_out_of_bounds", "the factor {factor} is not within {low} to {high}",
                    factor=lever.factor, low=self.bounds.low, high=self.bounds.high,
                )  # fmt: skip
        return self

    @model_validator(mode="after")
    def _amounts(self) -> Self:
        efforts = [name for name, places in self.effort.items() if not 1 <= places <= 100]
        counts = [name for name, most in self.budgets.items() if most < 0]
        if efforts or counts:
            raise Wrong("no_count", "{names}: a count is wanted", names=", ".join([*efforts, *counts]))
        both = sorted(set(self.effort) & set(self.budgets))
        if both:
            raise Wrong(
                "effort_and_budget", "{names}: limited by the desks' places, so it takes no budget",
                names=", ".join(both),
            )  # fmt: skip
        return self

    @property
    def version(self) -> str:
        """Equal exactly when the content is equal."""
        return content_hash(self.model_dump(mode="json"))

    def withheld(self, salt: str) -> Withheld:
        """The global hold-out. salt: of loop.yaml, where this file has none of its own."""
        held = self.global_holdout
        return Withheld(held.experiment, held.share, self.salt or salt, self.duties)


def read_lever_policy(path: Path) -> LeverPolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, LeverPolicy) if path.is_file() else LeverPolicy()
