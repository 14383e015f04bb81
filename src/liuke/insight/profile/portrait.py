"""The four blocks of a customer's portrait: 基本属性, 行为偏好, 风险偏好, 需求.

Every fact is a stored feature or a contract column, with the words of its registry, so that nothing is said of a
customer that a feature's lineage does not account for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from liuke.insight.features.registry import FEATURES

RISK_VALID_MONTHS: Final = 12
"""How long a risk assessment counts; common practice, not a verified rule: the bank's own number goes first."""
EXPIRES_SOON_DAYS: Final = 30

Features = Mapping[str, float | None]
RiskState = Literal["none", "valid", "expires_soon", "expired"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One number of the portrait. feature: its name in the registry, which tells words and unit."""

    feature: str
    value: float


@dataclass(frozen=True, slots=True)
class RiskBlock:
    """风险偏好. level: C1 (lowest) … C5; None when never assessed. valid_until: the last day it counts."""

    level: str | None
    assessed_on: date | None
    valid_until: date | None
    state: RiskState


@dataclass(frozen=True, slots=True)
class BehaviourBlock:
    """行为偏好. channels, spending: what the customer uses most, as shares of the 90 days that add up to 1 over all
    of them, largest first, at most three; codes are those of the features. facts: how much, and when.
    """

    channels: tuple[tuple[str, float], ...]
    spending: tuple[tuple[str, float], ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """需求: something that the customer's own acts suggest to talk about, with the numbers that suggest it."""

    code: str
    evidence: tuple[Fact, ...]


_CHANNELS: Final = ("app", "web", "branch", "atm", "pos", "phone")
_SPENDING: Final = (
    "dining", "grocery", "shopping", "home", "transport", "travel", "medical", "education", "childcare", "leisure",
    "utilities",
)  # fmt: skip
_HABITS: Final = (
    "own_count_30", "app_days_30", "login_count_30", "out_mean_90", "night_share_90", "weekend_share_90",
    "salary_amount_30",
)  # fmt: skip
_NEEDS: Final[Mapping[str, tuple[tuple[str, float], ...]]] = {
    "maturity": (("maturing_amount_30", 1.0), ("days_to_maturity", 0.0)),
    "money_elsewhere": (("elsewhere_amount_30", 1.0), ("elsewhere_share_30", 0.0)),
    "product_interest": (("view_count_30", 2.0), ("search_count_30", 0.0)),
    "unfinished_application": (("apply_count_30", 1.0),),
    "unsettled_complaint": (("complaints_open", 1.0), ("complaint_open_days", 0.0)),
    "service_trouble": (("service_unresolved_90", 1.0), ("wait_mean_90", 0.0)),
    "family": (("spent_childcare_90", 1.0), ("spent_education_90", 0.0)),
    "travel": (("spent_travel_90", 3000.0),),
    "health": (("spent_medical_90", 3000.0),),
}
"""Need → features that show it. The first must reach its number (in its own unit); the others are quoted."""

FEATURE_NAMES: Final = tuple(
    dict.fromkeys(
        name
        for name in (
            *(f"{c}_count_90" for c in _CHANNELS),
            *(f"spent_{c}_90" for c in _SPENDING),
            *_HABITS,
            *(name for evidence in _NEEDS.values() for name, _least in evidence),
        )
        if name in FEATURES
    )
)
"""The stored features that the portrait reads."""


def risk_block(level: str | None, assessed_on: date | None, day: date, months: int = RISK_VALID_MONTHS) -> RiskBlock:
    """The assessment as of `day`; valid for `months` from the day it was made, that day of the month included."""
    if level is None or assessed_on is None:
        return RiskBlock(level, assessed_on, None, "none")
    until = _months_later(assessed_on, months)
    left = (until - day).days
    state: RiskState = "expired" if left < 0 else "expires_soon" if left <= EXPIRES_SOON_DAYS else "valid"
    return RiskBlock(level, assessed_on, until, state)


def behaviour_block(features: Features) -> BehaviourBlock:
    """From the stored feature row; features that are missing or null say nothing."""
    return BehaviourBlock(
        channels=_shares(features, {c: f"{c}_count_90" for c in _CHANNELS}),
        spending=_shares(features, {c: f"spent_{c}_90" for c in _SPENDING}),
        facts=tuple(_facts(features, _HABITS)),
    )


def needs_of(features: Features) -> tuple[Need, ...]:
    """Needs whose leading number is reached, in the order of their urgency."""
    found = []
    for code, evidence in _NEEDS.items():
        name, least = evidence[0]
        value = features.get(name)
        if value is not None and value >= least:
            found.append(Need(code, tuple(_facts(features, [n for n, _least in evidence]))))
    return tuple(found)


def _facts(features: Features, names: list[str] | tuple[str, ...]) -> list[Fact]:
    return [Fact(name, value) for name in names if (value := features.get(name)) is not None]


def _shares(features: Features, names: Mapping[str, str]) -> tuple[tuple[str, float], ...]:
    found = {code: max(0.0, features.get(name) or 0.0) for code, name in names.items()}
    whole = sum(found.values())
    if whole <= 0:
        return ()
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((code, value / whole) for code, value in ranked[:3] if value > 0)


def _months_later(day: date, months: int) -> date:
    """The same day of the month `months` later, the month's last day where it is shorter."""
    count = day.year * 12 + day.month - 1 + months
    for last in (day.day, 30, 29, 28):
        try:
            return date(count // 12, count % 12 + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("unreachable: every month has 28 days")


__all__ = [
    "FEATURE_NAMES", "BehaviourBlock", "Fact", "Need", "RiskBlock", "behaviour_block", "needs_of", "risk_block",
]  # fmt: skip
