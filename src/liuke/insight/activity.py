"""Activity tiers 活跃度 (高, 中, 低, 沉默) from what customers themselves did and the days they opened the app."""

from __future__ import annotations

from typing import Literal, Self, get_args

import ibis
import ibis.expr.types as ir
from pydantic import Field, model_validator

from liuke.yaml_file import Document

ActivityTier = Literal["high", "medium", "low", "silent"]
ACTIVITY_TIERS: tuple[ActivityTier, ...] = get_args(ActivityTier)


class ActivityLevel(Document):
    """Either suffices: own transactions in the window, or days with an app event in it."""

    own_transactions: int = Field(ge=1)
    app_days: int = Field(ge=1)


class ActivityPolicy(Document):
    """Thresholds over the window; who reaches none is silent. Ours, configurable: per month 10, 3 and any."""

    window_days: Literal[30, 90, 180] = 90
    high: ActivityLevel = ActivityLevel(own_transactions=30, app_days=45)
    medium: ActivityLevel = ActivityLevel(own_transactions=9, app_days=12)
    low: ActivityLevel = ActivityLevel(own_transactions=1, app_days=1)

    @model_validator(mode="after")
    def _falling(self) -> Self:
        for better, worse in ((self.high, self.medium), (self.medium, self.low)):
            if better.own_transactions <= worse.own_transactions or better.app_days <= worse.app_days:
                raise ValueError("thresholds must fall from high over medium to low")
        return self

    @property
    def features(self) -> tuple[str, str]:
        """The features that the tiers are read from; the second only where the bank delivers app events."""
        return f"own_count_{self.window_days}", f"app_days_{self.window_days}"


def activity_of(own: float, app_days: float | None, policy: ActivityPolicy) -> ActivityTier:
    """The tier of one customer; the oracle of `activity_tier`."""
    for name in ("high", "medium", "low"):
        level: ActivityLevel = getattr(policy, name)
        if own >= level.own_transactions or (app_days or 0) >= level.app_days:
            return name
    return "silent"


def activity_tier(rows: ir.Table, policy: ActivityPolicy, *, with_app: bool = True) -> ir.StringColumn:
    """The tier as a column over feature rows. Where app days are absent or null only transactions count, and
    everywhere without with_app.
    """
    own, app = policy.features
    days = rows[app].fill_null(0.0) if with_app and app in rows.columns else ibis.literal(0.0)

    def met(level: ActivityLevel) -> ir.BooleanValue:
        return (rows[own].fill_null(0.0) >= level.own_transactions) | (days >= level.app_days)

    return ibis.cases(
        (met(policy.high), "high"), (met(policy.medium), "medium"), (met(policy.low), "low"), else_="silent"
    )
