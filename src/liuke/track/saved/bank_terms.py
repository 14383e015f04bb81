"""The terms of a bank home: horizon, prices, margin and global hold-out, from its policies and campaigns of now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal, get_args

from liuke.act.arbitrate.lever_policy import read_lever_policy
from liuke.act.campaigns.bank_campaigns import BankCampaigns, read_bank_campaigns
from liuke.act.loop_policy import read_loop_policy
from liuke.errors import YourMistake
from liuke.insight.churn.score_policy import read_score_policy
from liuke.track.measure import Grain
from liuke.track.outcomes import read_outcome_policy
from liuke.track.saved.board import Terms
from liuke.track.saved.prices import prices
from liuke.track.saved.shrinking import SMALL
from liuke.track.saved.units import Asked

Period = Literal["year", "90", "all"]
PERIODS: Final[tuple[Period, ...]] = get_args(Period)
"""This calendar year (the fiscal year of banks in China), the last 90 days, everything."""
POLICIES: Final = ("loop", "outcome", "score", "levers", "offers", "wording")
"""Policies that the terms are made from; beside them the files of campaigns/, offers/, segments/ and tags/."""


@dataclass(frozen=True, slots=True)
class BankTerms:
    """terms: of the board. campaigns: None where offers or segments are wrong; then their prices are not known."""

    terms: Terms
    campaigns: BankCampaigns | None


def bank_terms(
    home: Path, day: date, period: Period = "year", source: str | None = None, least: int = SMALL
) -> BankTerms:
    """As of `day`. home: the bank home."""

    def policy(name: str) -> Path:
        return home / "policies" / f"{name}.yaml"

    loop, outcome, levers = (
        read_loop_policy(policy("loop")),
        read_outcome_policy(policy("outcome")),
        read_lever_policy(policy("levers")),
    )
    bank = _campaigns(home)
    found = prices(
        read_score_policy(policy("score")), bank.campaigns if bank else {}, bank.offers.offers if bank else {}
    )
    since, grain = since_of(period, day)
    held = levers.withheld(loop.salt)
    asked = Asked(day, outcome.primary, found, since, grain)
    return BankTerms(Terms(asked, loop.experiment, outcome, source, held, least), bank)


def since_of(period: Period, day: date) -> tuple[date | None, Grain]:
    """First day of the period as of `day`, and how its entries are gathered."""
    if period == "year":
        return day.replace(month=1, day=1), "M"
    return (day - timedelta(days=89), "W") if period == "90" else (None, "M")


def _campaigns(home: Path) -> BankCampaigns | None:
    try:
        return read_bank_campaigns(home)
    except YourMistake:
        return None
