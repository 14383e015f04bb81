from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from liuke.clock import AsOf
from liuke.tables import DECISION
from liuke.track.curve import CurvePoint, curve
from liuke.track.outcomes import OutcomePolicy

DECIDED = date(2026, 3, 1)


def drawn(bank: Any, day: date, days: tuple[int, ...] = (0, 7, 14)) -> dict[tuple[str, int], CurvePoint]:
    as_of = AsOf(day, datetime.combine(day + timedelta(days=1), time(1), UTC))
    points = curve(bank.engine, bank.table(DECISION), bank.facts(as_of), OutcomePolicy(), "rm_care", as_of, days)
    return {(p.arm, p.day): p for p in points}


def test_the_curve_starts_at_everything_and_follows_the_balances_of_each_arm(bank: Any) -> None:
    for name, arm in (("T1", "treated"), ("T2", "treated"), ("H1", "holdout"), ("H2", "holdout")):
        bank.customer(name)
        bank.decision(name, arm=arm)
    bank.balance("H1-1", DECIDED + timedelta(days=5), "400.00")
    bank.balance("T1-1", DECIDED + timedelta(days=10), "800.00")
    points = drawn(bank, DECIDED + timedelta(days=20))
    kept = {key: p.kept.estimate for key, p in points.items() if p.kept}
    assert kept == pytest.approx(
        {
            ("treated", 0): 1.0, ("treated", 7): 1.0, ("treated", 14): 0.9,
            ("holdout", 0): 1.0, ("holdout", 7): 0.7, ("holdout", 14): 0.7,
        }
    )  # fmt: skip
    stayed = points["holdout", 7].stayed
    assert stayed is not None
    assert stayed.estimate == 0.5


def test_only_days_that_have_come_are_drawn_and_younger_customers_leave_the_later_points(bank: Any) -> None:
    for name, day in (("T1", DECIDED), ("T2", DECIDED + timedelta(days=5))):
        bank.customer(name)
        bank.decision(name, day)
    points = drawn(bank, DECIDED + timedelta(days=10))
    assert {key: p.people for key, p in points.items()} == {("treated", 0): 2, ("treated", 7): 1}


def test_a_customer_who_closed_has_left_the_curve_of_those_who_stayed(bank: Any) -> None:
    for name, closed in (("T1", DECIDED + timedelta(days=3)), ("T2", None)):
        bank.customer(name, closed_on=closed)
        bank.decision(name)
    stayed = drawn(bank, DECIDED + timedelta(days=10))["treated", 7].stayed
    assert stayed is not None
    assert stayed.estimate == 0.5
