"""Golden histories: every way to be kept and to be lost, and what is not known yet."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from liuke.clock import AsOf
from liuke.errors import YourMistake
from liuke.tables import DECISION, OUTCOME
from liuke.track.outcomes import OutcomePolicy, new_outcomes, outcomes, read_outcome_policy

DECIDED = date(2026, 3, 1)
MATURE = DECIDED + timedelta(days=30)
POLICY = OutcomePolicy(horizons=(30,))


def at(day: date, lag: timedelta | None = None) -> AsOf:
    moment = datetime.combine(day + timedelta(days=1), time(1), UTC)
    return AsOf(day, moment + (lag or timedelta()))


def measured(bank: Any, day: date = MATURE, policy: OutcomePolicy = POLICY) -> dict[str, dict[str, Any]]:
    as_of = at(day)
    rows = bank.engine.arrow(outcomes(bank.table(DECISION), bank.facts(as_of), policy, as_of)).to_pylist()
    return {
        f"{r['customer_id']}@{r['horizon_days']}" if len(policy.horizons) > 1 else r["customer_id"]: r for r in rows
    }


def active(bank: Any, customer_id: str, **over: Any) -> None:
    bank.customer(customer_id, **over)
    bank.pays(f"{customer_id}-1", MATURE - timedelta(days=3))
    bank.decision(customer_id)


def test_a_customer_with_money_and_activity_is_retained(bank: Any) -> None:
    active(bank, "C1")
    row = measured(bank)["C1"]
    assert (row["retained"], row["aum"], row["aum_kept_share"], row["transactions_30"], row["matured_on"]) == (
        True, Decimal("1000.00"), 1.0, 1, MATURE,
    )  # fmt: skip


def test_a_customer_who_closed_by_maturity_is_lost_and_one_who_closed_the_day_after_is_retained(bank: Any) -> None:
    active(bank, "C1", closed_on=MATURE)
    active(bank, "C2", closed_on=MATURE + timedelta(days=1))
    later = measured(bank, MATURE + timedelta(days=10))
    assert (later["C1"]["retained"], later["C2"]["retained"]) == (False, True)


@pytest.mark.parametrize(
    ("left", "retained", "share"), [("499.99", False, 0.49999), ("500.00", True, 0.5), ("2000.00", True, 1.0)]
)
def test_half_of_the_money_must_still_be_there(bank: Any, left: str, retained: bool, share: float) -> None:
    active(bank, "C1")
    bank.balance("C1-1", MATURE, left)
    row = measured(bank)["C1"]
    assert (row["retained"], row["aum_kept_share"]) == (retained, pytest.approx(share))


def test_money_that_leaves_the_day_after_maturity_does_not_count(bank: Any) -> None:
    active(bank, "C1")
    bank.balance("C1-1", MATURE + timedelta(days=1), "0.00")
    assert measured(bank, MATURE + timedelta(days=20))["C1"]["aum"] == Decimal("1000.00")


@pytest.mark.parametrize(("days", "retained"), [(0, True), (29, True), (30, False), (-1, False)])
def test_one_transaction_of_the_customers_own_in_the_last_30_days_is_needed(
    bank: Any, days: int, retained: bool
) -> None:
    bank.customer("C1")
    bank.decision("C1")
    bank.pays("C1-1", MATURE - timedelta(days=days))
    assert measured(bank, MATURE + timedelta(days=5))["C1"]["retained"] is retained


@pytest.mark.parametrize("initiator", ["standing_order", "bank", "counterparty"])
def test_interest_standing_orders_and_incoming_money_are_not_activity(bank: Any, initiator: str) -> None:
    bank.customer("C1")
    bank.decision("C1")
    bank.pays("C1-1", MATURE, initiator)
    row = measured(bank)["C1"]
    assert (row["retained"], row["transactions_30"]) == (False, 0)


def test_only_owned_open_accounts_count_and_negative_balances_count_as_nothing(bank: Any) -> None:
    active(bank, "C1")
    start = date(2025, 1, 1)
    for account, kind, over, amount in [
        ("loan", "loan", {}, "9999.00"),
        ("card", "credit_card", {}, "9999.00"),
        ("gone", "wealth", {"closed_on": MATURE}, "9999.00"),
        ("later", "wealth", {"opened_on": MATURE + timedelta(days=1)}, "9999.00"),
        ("overdrawn", "current", {}, "-400.00"),
        ("wealth", "wealth", {}, "70.00"),
    ]:
        bank.account(account, "C1", kind, **over)
        bank.balance(account, start, amount)
    assert measured(bank)["C1"]["aum"] == Decimal("1070.00")


def test_an_immature_decision_has_no_outcome_rather_than_a_bad_one(bank: Any) -> None:
    active(bank, "C1")
    assert measured(bank, MATURE - timedelta(days=1)) == {}
    both = OutcomePolicy(horizons=(30, 60))
    assert set(measured(bank, MATURE + timedelta(days=29), both)) == {"C1@30"}
    assert set(measured(bank, MATURE + timedelta(days=30), both)) == {"C1@30", "C1@60"}


def test_with_no_money_at_decision_nothing_can_have_been_lost(bank: Any) -> None:
    bank.customer("C1", aum="0.00")
    bank.pays("C1-1", MATURE)
    bank.decision("C1", aum=Decimal("0.00"))
    row = measured(bank)["C1"]
    assert (row["retained"], row["aum_kept_share"]) == (True, 1.0)


def test_what_arrives_after_the_run_does_not_enter_and_enters_a_later_run(bank: Any) -> None:
    active(bank, "C1")
    after_the_run = at(MATURE + timedelta(days=3)).known_by
    bank.balance("C1-1", MATURE - timedelta(days=1), "10.00", ingested=after_the_run)
    assert measured(bank)["C1"]["retained"] is True
    assert measured(bank, MATURE + timedelta(days=3))["C1"]["aum"] == Decimal("10.00")


def test_a_customer_without_accounts_is_lost(bank: Any) -> None:
    bank.decision("C1")
    row = measured(bank)["C1"]
    assert (row["retained"], row["aum"], row["transactions_30"]) == (False, Decimal("0.00"), 0)


def test_the_activity_window_of_the_policy_decides_while_the_reported_count_stays_30_days(bank: Any) -> None:
    bank.customer("C1")
    bank.decision("C1")
    bank.pays("C1-1", MATURE - timedelta(days=40))
    row = measured(bank, policy=OutcomePolicy(horizons=(30,), activity_window_days=60))["C1"]
    assert (row["retained"], row["transactions_30"]) == (True, 0)
    row = measured(bank, policy=OutcomePolicy(horizons=(30,), activity_minimum=0))["C1"]
    assert row["retained"] is True


def test_a_second_run_appends_nothing_and_a_later_one_only_what_has_matured_since(bank: Any) -> None:
    active(bank, "C1")
    bank.decision("C1", MATURE)
    policy, engine = OutcomePolicy(horizons=(30, 60)), bank.engine
    done = OUTCOME.arrow.empty_table()
    counts = []
    for day in (MATURE, MATURE, MATURE + timedelta(days=30)):
        as_of = at(day)
        made = engine.arrow(
            new_outcomes(bank.table(DECISION), engine.from_arrow(done), bank.facts(as_of), policy, as_of)
        )
        counts.append(made.num_rows)
        done = pa.concat_tables([done, made.cast(OUTCOME.arrow)])
    assert counts == [1, 0, 2]
    assert len({(r["loop_id"], r["horizon_days"]) for r in done.to_pylist()}) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [("primary: 45", "is not one of horizons"), ("horizons: [30, 30]", "different"), ("keep: 1", "keep_share")],
)
def test_a_wrong_policy_is_refused_with_the_reason(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "outcome.yaml"
    path.write_text(text)
    with pytest.raises(YourMistake) as caught:
        read_outcome_policy(path)
    assert message in caught.value.render()
