"""Outcomes by definition: what each asks, when it is known, and that later facts cannot reach it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from liuke.clock import AsOf
from liuke.errors import YourMistake
from liuke.tables import COMPLAINT, HOLDING, SURVEY_RESPONSE
from liuke.track.arm_sums import Metric, arm_sums
from liuke.track.outcome_definitions import OutcomeDefinitions, read_outcome_definitions
from liuke.track.unit_outcomes import unit_outcomes
from tests.track.conftest import DECIDED, Bank, morning_after


def after(days: int) -> date:
    return DECIDED + timedelta(days=days)


LONG_AFTER = after(200)


def computed(bank: Bank, *customers: str, on: date = LONG_AFTER, arm: str = "treated", **outcomes: dict[str, Any]):
    """Rows of the units by customer, each having entered on DECIDED with AUM 1000."""
    rows = [
        {"unit_id": f"U-{c}", "customer_id": c, "entered_on": DECIDED, "aum": Decimal("1000.00"), "arm": arm}
        for c in customers
    ]
    as_of = AsOf(on, morning_after(on))
    definitions = OutcomeDefinitions(outcomes=outcomes) if outcomes else OutcomeDefinitions()
    table = unit_outcomes(bank.engine.from_arrow(pa.Table.from_pylist(rows)), bank.facts(as_of), definitions, as_of)
    return {row["customer_id"]: row for row in bank.engine.arrow(table).to_pylist()}, table


def one(bank: Bank, customer: str, definition: dict[str, Any], on: date = LONG_AFTER) -> tuple[float | None, str]:
    row = computed(bank, customer, on=on, it=definition)[0][customer]
    return row["it"], row["it_state"]


def holding(bank: Bank, holding_id: str, customer: str, started: date, matures: date | None, ended: date | None = None):
    bank.add(
        HOLDING, morning_after(ended or started), holding_id=holding_id, customer_id=customer, product_id="P1",
        amount=Decimal("500.00"), currency="CNY", started_on=started, matures_on=matures, ended_on=ended,
    )  # fmt: skip


def complaint(bank: Bank, customer: str, day: date) -> None:
    bank.add(
        COMPLAINT, morning_after(day), complaint_id=f"Q{customer}{day}", customer_id=customer,
        received_at=datetime.combine(day, time(4), UTC), business_date=day,
    )  # fmt: skip


def answer(bank: Bank, customer: str, day: date, score: float, survey: str = "nps") -> None:
    bank.add(
        SURVEY_RESPONSE, morning_after(day), response_id=f"R{customer}{day}{survey}", customer_id=customer,
        occurred_at=datetime.combine(day, time(4), UTC), survey=survey, score=score, business_date=day,
    )  # fmt: skip


RETAINED = {"kind": "retained", "horizon_days": 60}
KEPT = {"kind": "aum_kept_share", "horizon_days": 60}
BACK = {"kind": "reactivated", "horizon_days": 60, "transactions": 2}
RENEWED = {"kind": "renewed", "horizon_days": 60, "renewal_days": 30}
CALM = {"kind": "complaint_free", "horizon_days": 60}
NPS = {"kind": "nps_change", "horizon_days": 60}


def test_retained_needs_account_money_and_activity_at_the_horizon(bank: Bank) -> None:
    for name in ("stays", "closes", "empties", "sleeps"):
        bank.customer(name, closed_on=after(50) if name == "closes" else None)
        if name != "sleeps":
            bank.pays(f"{name}-1", after(45))
    bank.balance("empties-1", after(20), "499.99")
    rows, _ = computed(bank, "stays", "closes", "empties", "sleeps", it=RETAINED)
    assert {c: row["it"] for c, row in rows.items()} == {"stays": 1.0, "closes": 0.0, "empties": 0.0, "sleeps": 0.0}
    assert one(bank, "sleeps", RETAINED | {"activity_minimum": 0}) == (1.0, "known")


def test_the_kept_share_is_capped_at_one(bank: Bank) -> None:
    bank.customer("less")
    bank.balance("less-1", after(30), "250.00")
    bank.customer("more")
    bank.balance("more-1", after(30), "2500.00")
    rows, _ = computed(bank, "less", "more", it=KEPT)
    assert (rows["less"]["it"], rows["more"]["it"]) == (0.25, 1.0)


def test_reactivated_asks_only_those_who_were_quiet_before_they_entered(bank: Bank) -> None:
    for name in ("back", "once", "silent", "awake"):
        bank.customer(name)
    for day in (3, 60):
        bank.pays("back-1", after(day))
        bank.pays("awake-1", after(day))
    bank.pays("once-1", after(5))
    bank.pays("once-1", after(61))  # a day too late
    bank.pays("silent-1", after(5), initiator="bank")
    bank.pays("back-1", after(-90))  # quiet for just 90 days
    bank.pays("awake-1", after(-89))
    rows, _ = computed(bank, "back", "once", "silent", "awake", it=BACK)
    assert {c: (r["it"], r["it_state"]) for c, r in rows.items()} == {
        "back": (1.0, "known"),
        "once": (0.0, "known"),
        "silent": (0.0, "known"),
        "awake": (None, "not_applicable"),
    }


def test_renewed_is_the_share_followed_of_what_was_held_at_entry_and_matures_in_time(bank: Bank) -> None:
    bank.customer("half")
    holding(bank, "H1", "half", after(-90), after(10))
    holding(bank, "H2", "half", after(-90), after(58))
    holding(bank, "H3", "half", after(15), after(200))  # follows H1 and is too early for H2
    bank.customer("later")
    holding(bank, "L1", "later", after(-90), after(61))
    holding(bank, "L2", "later", after(1), after(20))  # began after entry: the treatment may have sold it
    bank.customer("gone")
    holding(bank, "G1", "gone", after(-90), after(30), ended=after(-2))
    rows, _ = computed(bank, "half", "later", "gone", it=RENEWED)
    assert (rows["half"]["it"], rows["half"]["it_state"]) == (0.5, "known")
    assert {rows[c]["it_state"] for c in ("later", "gone")} == {"not_applicable"}


def test_breaking_a_holding_after_entry_does_not_take_the_customer_out(bank: Bank) -> None:
    bank.customer("breaks")
    holding(bank, "B1", "breaks", after(-90), after(30), ended=after(5))
    assert one(bank, "breaks", RENEWED) == (0.0, "known")


def test_a_complaint_counts_from_the_day_after_entry_to_the_horizon(bank: Bank) -> None:
    for name, day in (("before", 0), ("first", 1), ("last", 60), ("late", 61)):
        bank.customer(name)
        complaint(bank, name, after(day))
    bank.customer("never")
    rows, _ = computed(bank, "before", "first", "last", "late", "never", it=CALM)
    assert {c: r["it"] for c, r in rows.items()} == {"before": 1, "first": 0, "last": 0, "late": 1, "never": 1}


def test_nps_change_is_the_last_answer_after_minus_the_last_before(bank: Bank) -> None:
    bank.customer("asked")
    for day, score in ((-100, 2), (-10, 6), (20, 8), (50, 9), (61, 0)):
        answer(bank, "asked", after(day), score)
    answer(bank, "asked", after(55), 1, survey="csat")
    bank.customer("once")
    answer(bank, "once", after(30), 9)
    assert one(bank, "asked", NPS) == (3.0, "known")
    assert one(bank, "once", NPS) == (None, "not_applicable")


@pytest.mark.parametrize("definition", [RETAINED, KEPT, BACK, CALM], ids=lambda d: d["kind"])
def test_on_the_day_before_the_horizon_ends_it_is_immature_and_no_failure(bank: Bank, definition: dict) -> None:
    bank.customer("C1")
    assert one(bank, "C1", definition, on=after(59)) == (None, "immature")
    assert one(bank, "C1", definition, on=after(60))[1] == "known"


def test_a_renewal_is_immature_until_the_time_to_renew_is_over(bank: Bank) -> None:
    bank.customer("C1")
    holding(bank, "H1", "C1", after(-90), after(60))
    assert one(bank, "C1", RENEWED, on=after(89)) == (None, "immature")
    assert one(bank, "C1", RENEWED, on=after(90)) == (0.0, "known")


@pytest.mark.parametrize("definition", [RETAINED, KEPT, BACK, RENEWED, CALM, NPS], ids=lambda d: d["kind"])
def test_what_happens_after_the_horizon_cannot_change_the_value(bank: Bank, definition: dict) -> None:
    bank.customer("C1")
    holding(bank, "H1", "C1", after(-90), after(40))
    answer(bank, "C1", after(-5), 5)
    answer(bank, "C1", after(5), 7)
    ripens = 90 if definition is RENEWED else 60
    at_once = one(bank, "C1", definition, on=after(ripens))
    for day in (ripens + 1, ripens + 30):
        bank.balance("C1-1", after(day), "0.00")
        bank.pays("C1-1", after(day))
        complaint(bank, "C1", after(day))
        answer(bank, "C1", after(day), 0)
    holding(bank, "H2", "C1", after(ripens + 1), after(400))
    assert at_once[1] == "known"
    assert one(bank, "C1", definition, on=after(200)) == at_once


@pytest.mark.parametrize("definition", [RETAINED, KEPT, BACK, RENEWED, CALM, NPS], ids=lambda d: d["kind"])
def test_what_was_not_known_yet_cannot_enter(bank: Bank, definition: dict) -> None:
    bank.customer("C1")
    holding(bank, "H1", "C1", after(-90), after(40))
    answer(bank, "C1", after(-5), 5)
    answer(bank, "C1", after(5), 7)
    before = one(bank, "C1", definition, on=after(100))
    late = morning_after(after(150))
    bank.balance("C1-1", after(30), "0.00", ingested=late)
    bank.pays("C1-1", after(50), ingested=late)
    bank.pays("C1-1", after(51), ingested=late)
    bank.add(
        COMPLAINT, late, complaint_id="Q", customer_id="C1", business_date=after(10),
        received_at=datetime.combine(after(10), time(4), UTC),
    )  # fmt: skip
    bank.add(
        SURVEY_RESPONSE, late, response_id="R", customer_id="C1", occurred_at=datetime.combine(after(9), time(4), UTC),
        survey="nps", score=0.0, business_date=after(9),
    )  # fmt: skip
    bank.add(
        HOLDING, late, holding_id="H2", customer_id="C1", product_id="P1", amount=Decimal("1.00"), currency="CNY",
        started_on=after(41),
    )  # fmt: skip
    assert one(bank, "C1", definition, on=after(100)) == before


def test_the_default_definitions_all_compute_and_feed_the_sums_of_the_arms(bank: Bank) -> None:
    for name in ("C1", "C2"):
        bank.customer(name)
        bank.pays(f"{name}-1", after(20))
    rows, table = computed(bank, "C1", "C2", on=after(45))
    codes = OutcomeDefinitions().outcomes
    states = {code: {row[f"{code}_state"] for row in rows.values()} for code in codes}
    assert states["retained_30"] == {"known"}
    assert states["retained_60"] == states["renewed_90"] == {"immature"}
    sums = arm_sums(bank.engine, table, [Metric(code, code) for code in codes])
    assert (sums["retained_30"]["treated",].n, sums["retained_60"]["treated",].n) == (2, 0)


def test_a_file_names_the_wrong_key_and_no_file_means_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "experiment_outcomes.yaml"
    assert read_outcome_definitions(path) == OutcomeDefinitions()
    path.write_text("outcomes:\n  kept: {kind: retained, horizon_days: 45, keep_share: 0.8}\n", encoding="utf-8")
    assert read_outcome_definitions(path).outcomes["kept"].horizon_days == 45
    path.write_text("outcomes:\n  kept: {kind: retained, horizon: 45}\n", encoding="utf-8")
    with pytest.raises(YourMistake) as told:
        read_outcome_definitions(path)
    assert "horizon_days" in told.value.render()


def test_a_code_that_would_hide_anothers_state_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "experiment_outcomes.yaml"
    path.write_text(
        "outcomes:\n  kept: {kind: complaint_free}\n  kept_state: {kind: complaint_free}\n", encoding="utf-8"
    )
    with pytest.raises(YourMistake, match="choose another code"):
        read_outcome_definitions(path)
