"""Contacted hold-outs: who contacted them, over what, and what does not count."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.tables import CONTACT
from liuke.track.leakage import leaked, leaked_by, leaks
from tests.track.conftest import DECIDED, Bank, morning_after


def after(days: int) -> date:
    return DECIDED + timedelta(days=days)


def told(engine: Engine, bank: Bank, channels=("phone",), days: int = 60):
    on = after(days)
    arms = {"A": "holdout", "B": "holdout", "C": "holdout", "T": "treated"}
    units = pa.Table.from_pylist([
        {"unit_id": f"U{c}", "customer_id": c, "arm": arm, "entered_on": DECIDED, "branch": "B1", "rm": "S9"}
        for c, arm in arms.items()
    ])  # fmt: skip
    table = engine.from_arrow(units)
    rows = leaks(table, bank.table(CONTACT), 30, AsOf(on, morning_after(on)), channels)
    return leaked(engine, table, rows), rows


def test_every_human_contact_within_the_horizon_counts_and_is_told_by_whom(engine: Engine, bank: Bank) -> None:
    bank.contact("A", after(1), staff_id="S1")
    bank.contact("A", after(30), staff_id="S2", channel="visit", result="not_reached")
    bank.contact("B", after(2), staff_id="S1", channel="wecom")
    bank.contact("C", DECIDED)  # on the day of entry: before the draw
    bank.contact("C", after(31))  # too late to matter
    bank.contact("T", after(1))  # treated
    found, rows = told(engine, bank)
    assert (found.held_out, found.people, found.contacts) == (3, 2, 3)
    by_staff = leaked_by(engine, rows, "staff_id")
    assert [(r["staff_id"], r["people"], r["contacts"], r["reached"]) for r in by_staff] == [
        ("S1", 2, 2, 2), ("S2", 1, 1, 0),
    ]  # fmt: skip
    assert {r["channel"] for r in leaked_by(engine, rows, "channel")} == {"phone", "visit", "wecom"}
    assert [r["on_day"] for r in leaked_by(engine, rows, "on_day", limit=1)] == [after(1)]
    assert leaked_by(engine, rows, "branch")[0]["people"] == 2


def test_a_message_counts_only_over_a_channel_of_the_treatment(engine: Engine, bank: Bank) -> None:
    bank.contact("A", after(1), staff_id=None, channel="sms")
    assert told(engine, bank)[0].people == 0
    found, rows = told(engine, bank, ("sms",))
    assert found.people == 1
    assert engine.arrow(rows)["by_person"].to_pylist() == [False]


def test_what_has_not_happened_yet_is_not_told(engine: Engine, bank: Bank) -> None:
    bank.contact("A", after(20))
    assert told(engine, bank, days=10)[0].people == 0
    assert told(engine, bank, days=20)[0].share == 1 / 3
