"""Matches of trigger rules stand among the day's fates: what was decided, and what stopped the others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from liuke.act.offers.bank_offers import BankOffers
from liuke.daily.shelving import shelve_day
from liuke.daily.telling_matches import tell_matches
from liuke.insight.known import bank_tables
from liuke.state.models import TriggerMatch
from liuke.tables import CANDIDATE_FATE
from tests.simulated import SMALL

pytestmark = pytest.mark.django_db

DAY = SMALL.end
NOON = datetime(DAY.year, DAY.month, DAY.day, 4, tzinfo=UTC)
"""In Shanghai."""
MADE = {"experiment": "trigger_payroll", "draw": 0.04, "holdout_share": 0.1, "policy_version": "p1"}
OFF = {"gate": "consent", "rule": "automated_off", "fact": "2026-05-01", "may_change_on": None, "stops": 2}
HELD = {"gate": "hold", "rule": "fraud", "fact": "2026-06-01", "may_change_on": "2026-07-09", "stops": 1}


def matched(customer_id: str, fate: str, at: datetime = NOON, rule: str = "payroll", **more: Any) -> None:
    stop = {"stopped": more["stop"]} if "stop" in more else {}
    TriggerMatch.objects.create(
        loop_id=f"L{TriggerMatch.objects.count()}", rule=rule, version="7", customer_id=customer_id, matched_at=at,
        decided_at=at, fate=fate, numbers={"count": 1, **stop}, decision=more.get("decision"),
    )  # fmt: skip


def told(house: Any) -> list[tuple[Any, ...]]:
    with house.engine() as engine:
        rows = engine.arrow(house.lake.scan(engine, CANDIDATE_FATE)).to_pylist()
    wanted = ("customer_id", "treatment", "fate", "gate", "rule", "fact", "stops")
    return sorted(tuple(row[name] for name in wanted) for row in rows if row["source"] == "trigger")


def tell(house: Any) -> int:
    with house.engine() as engine:
        return tell_matches(house, engine, house.as_of(DAY))


def test_each_customer_and_rule_has_one_row_with_what_was_decided_or_what_stopped_it(house):
    minute = timedelta(minutes=1)
    matched("A", "gated", stop=HELD)
    matched("A", "holdout", NOON + minute, decision=MADE)
    matched("A", "gated", NOON + 2 * minute, stop=HELD)
    matched("B", "gated", stop=OFF)
    matched("C", "gated", stop=HELD)
    matched("D", "minor")
    matched("E", "over_share")
    matched("F", "no_desk")
    matched("G", "shadow")
    matched("H", "unknown")
    matched("I", "treated", NOON + timedelta(hours=12), decision=MADE)  # the bank's next day
    matched("J", "treated", decision=MADE)
    matched("J", "no_desk", rule="outflow")
    whole = [
        ("A", "trigger_payroll", "held_out", None, None, None, 0),
        ("B", "trigger_payroll", "human_review", "consent", "automated_off", "2026-05-01", 2),
        ("C", "trigger_payroll", "gated", "hold", "fraud", "2026-06-01", 1),
        ("D", "trigger_payroll", "gated", "hold", "under_age", None, 1),
        ("E", "trigger_payroll", "gated", "approval", "over_share", None, 1),
        ("F", "trigger_payroll", "no_desk", None, None, None, 0),
        ("J", "trigger_outflow", "no_desk", None, None, None, 0),
        ("J", "trigger_payroll", "chosen", None, None, None, 0),
    ]
    assert tell(house) == len(whole)
    assert told(house) == whole
    TriggerMatch.objects.filter(customer_id="F").delete()
    assert tell(house) == len(whole) - 1
    assert [row[0] for row in told(house)] == ["A", "B", "C", "D", "E", "J", "J"]
    with house.engine() as engine:
        rows = {r["customer_id"]: r for r in engine.arrow(house.lake.scan(engine, CANDIDATE_FATE)).to_pylist()}
    assert (rows["A"]["draw"], rows["A"]["holdout_share"], rows["A"]["experiment"]) == (0.04, 0.1, "trigger_payroll")
    assert str(rows["C"]["may_change_on"]) == "2026-07-09"
    assert (rows["C"]["policy_version"], rows["A"]["policy_version"]) == ("7", "p1")


def test_what_was_decided_when_it_matched_is_no_candidate_during_the_day(house):
    matched("A", "gated", stop=HELD)
    assert tell(house) == 1
    with house.engine() as engine:
        tables = bank_tables(house.lake, engine, house.as_of(DAY), house.zone)
        shelf = shelve_day(house, engine, tables, BankOffers({}, ()))
        assert engine.count(shelf.rows) == 0


def test_a_day_without_matches_writes_nothing(house):
    assert tell(house) == 0
    assert house.lake.version(CANDIDATE_FATE) is None
