"""Decisions with outcomes by hand, read into a board."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from liuke.act.withheld import Withheld
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.tables import DECISION, OUTCOME
from liuke.track.outcomes import OutcomePolicy
from liuke.track.saved.board import SavedBoard, Terms, saved_board
from liuke.track.saved.prices import Prices
from liuke.track.saved.units import Asked, Within, everyone
from tests.track.conftest import Bank

DECIDED = date(2026, 3, 1)
HORIZON = 30
PRICES = Prices(30.0, {"offer_tea": 80.0}, {"spring.sms": 0.5}, {"campaign_spring": 6.0}, worth=0.012)


def at(day: date) -> AsOf:
    return AsOf(day, datetime.combine(day + timedelta(days=1), time(1), UTC))


class Told(Bank):
    """Decides and measures in one sentence."""

    def told(
        self, customer: str, arm: str, *, stays: bool | None = None, experiment: str = "rm_care", day: date = DECIDED,
        share: float = 0.5, kept: float | None = None, aum: str = "1000.00", **over: Any,
    ) -> None:  # fmt: skip
        """stays: None leaves the outcome out."""
        loop_id = f"L-{experiment}-{customer}-{day:%m%d}"
        treatment = {"treated": over.pop("treatment", "rm_care")}.get(arm)
        self.decision(
            customer, day, arm=arm, experiment=experiment, loop_id=loop_id, holdout_share=share, aum=Decimal(aum),
            treatment=treatment, **over,
        )  # fmt: skip
        if stays is not None:
            share_kept = kept if kept is not None else 1.0 if stays else 0.2
            self.add(
                OUTCOME, datetime.now(UTC), loop_id=loop_id, customer_id=customer, horizon_days=HORIZON,
                matured_on=day + timedelta(days=HORIZON), retained=stays, aum=Decimal(0), aum_kept_share=share_kept,
                transactions_30=1,
            )  # fmt: skip

    def many(self, prefix: str, arm: str, stay: int, leave: int, **over: Any) -> None:
        for n in range(stay + leave):
            self.told(f"{prefix}{arm[0]}{n}", arm, stays=n < stay, **over)

    def board(
        self, day: date = DECIDED + timedelta(days=60), *, since: date | None = None, source: str | None = None,
        held: Withheld | None = None, within: Within = everyone, prices: Prices = PRICES, least: int = 10,
    ) -> SavedBoard:  # fmt: skip
        asked = Asked(day, HORIZON, prices, since)
        terms = Terms(asked, "rm_care", OutcomePolicy(), source, held, least)
        tables = self.facts(at(day))
        return saved_board(self.engine, self.table(DECISION), self.table(OUTCOME), tables, terms, within)


@pytest.fixture
def bank(engine: Engine) -> Told:
    return Told(engine)
