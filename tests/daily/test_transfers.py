"""Transfers in the lake: from their day on the receiver owns the customers, once, and the history stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from liuke.act.routing.staffing import receiver_of
from liuke.clock import AsOf
from liuke.daily.transfers import carry_transfers
from liuke.engine import Engine
from liuke.insight.known import bank_tables
from liuke.insight.snapshot import owners
from liuke.lake import Lake
from liuke.state.models import Transfer
from liuke.state.models.people import WITHDRAWN
from liuke.state.staffing import move_of
from liuke.tables import ASSIGNMENT

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 12, 1)
CUSTOMERS = [f"C{n}" for n in range(40)]

pytestmark = pytest.mark.django_db


def term(customer_id: str, staff_id: str, **changes: object) -> dict[str, object]:
    row = {
        "customer_id": customer_id, "staff_id": staff_id, "role": "owner", "since": date(2020, 1, 1), "until": None,
        "source": "core", "batch_id": "1", "line": 1, "ingested_at": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return row | changes


def store(lake: Lake, rows: list[dict[str, object]], name: str) -> None:
    lake.append(ASSIGNMENT, pa.Table.from_pylist(rows, schema=ASSIGNMENT.arrow), commit_id=name)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path)
    store(made, [term(c, "S1") for c in CUSTOMERS] + [term("X1", "S9"), term("C1", "S1", role="team")], "core")
    return made


def planned(**changes: object) -> Transfer:
    values = {"giver_id": "S1", "branch_id": "NJ", "receivers": ["S2", "S3"], "effective_on": DAY, "planned_by": "head"}
    return Transfer.objects.create(**{**values, "planned_at": datetime(2026, 11, 30, tzinfo=UTC), **changes})


def morning_after(day: date) -> AsOf:
    return AsOf.end_of(day, ZONE)


def owned(lake: Lake, engine: Engine, day: date) -> dict[str, str]:
    rows = engine.arrow(owners(bank_tables(lake, engine, morning_after(day), ZONE))).to_pylist()
    return {row["customer_id"]: row["staff_id"] for row in rows}


def test_customers_have_their_receiver_from_the_day_on_and_the_giver_before(lake: Lake, engine: Engine) -> None:
    move = move_of(planned())
    assert carry_transfers(lake, engine, morning_after(DAY - timedelta(days=1))) == 0
    assert carry_transfers(lake, engine, morning_after(DAY)) == 80
    assert carry_transfers(lake, engine, morning_after(DAY + timedelta(days=1))) == 0
    assert owned(lake, engine, DAY) == {"X1": "S9"} | {c: receiver_of(move, c) for c in CUSTOMERS}
    assert set(owned(lake, engine, DAY - timedelta(days=1)).values()) == {"S1", "S9"}


def test_a_later_load_of_the_bank_that_still_names_the_giver_does_not_take_them_back(
    lake: Lake, engine: Engine
) -> None:
    planned(receivers=["S2"])
    carry_transfers(lake, engine, morning_after(DAY))
    store(
        lake, [term(c, "S1", batch_id="2", ingested_at=datetime(2026, 12, 5, tzinfo=UTC)) for c in CUSTOMERS], "later"
    )
    assert set(owned(lake, engine, DAY + timedelta(days=9)).values()) == {"S2", "S9"}


def test_chosen_customers_move_alone_and_what_was_withdrawn_moves_nobody(lake: Lake, engine: Engine) -> None:
    planned(receivers=["S2"], customers=["C3", "X1"])
    planned(receivers=["S3"], state=WITHDRAWN, ended_at=datetime(2026, 11, 30, tzinfo=UTC))
    assert carry_transfers(lake, engine, morning_after(DAY)) == 2
    assert [c for c, staff_id in owned(lake, engine, DAY).items() if staff_id == "S2"] == ["C3"]
