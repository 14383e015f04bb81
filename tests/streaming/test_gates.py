"""Whom the stream may not have called now, by what the lake knows at this moment."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from liuke.act.contact_policy import ContactPolicy
from liuke.clock import WorkCalendar
from liuke.engine import DuckEngine
from liuke.lake import Lake
from liuke.streaming.gates import LakeGates
from liuke.tables import CONSENT, CUSTOMER, HOLD
from tests.act.gates.asking import consent, hold
from tests.insight import bank as b

NOW = b.at(b.ago(-1), 22)  # at night: a call is for the morning, so hours stop nobody
CALENDAR = WorkCalendar(frozenset(), b.DAY, b.DAY, b.ZONE)
PLAIN = ContactPolicy()


def test_holds_age_and_the_switch_of_automated_decisions_stop_a_call_as_soon_as_the_lake_knows(tmp_path: Path) -> None:
    lake, engine = Lake(tmp_path / "lake"), DuckEngine(memory_limit_mb=512, threads=1)
    gates = LakeGates(lake, engine, b.ZONE)

    def append(table, rows, name):
        lake.append(table, pa.Table.from_pylist(rows, schema=table.arrow), commit_id=name)

    def rules(at: datetime = NOW, policy: ContactPolicy = PLAIN) -> dict[str, str | None]:
        return {who: stop.rule for who, stop in gates(["A", "B", "CHILD", "GONE"], at, policy, CALENDAR).items()}

    people = [b.customer("A"), b.customer("B", birth_date=date(2009, 7, 2)), b.customer("CHILD", birth_date=b.ago(900))]
    append(CUSTOMER, people, "1")
    assert rules() == {"B": "under_age", "CHILD": "under_14", "GONE": "unknown_customer"}
    assert rules(policy=ContactPolicy(minimum_age_years=16)) == {"CHILD": "under_14", "GONE": "unknown_customer"}
    assert rules(at=NOW + timedelta(days=366))["CHILD"] == "under_14"
    assert "B" not in rules(at=NOW + timedelta(days=366))
    assert gates([], NOW, PLAIN, CALENDAR) == {}

    append(HOLD, [hold("A", kind="fraud", since=b.ago(-1)) | {"ingested_at": NOW}], "2")
    assert rules()["A"] == "fraud"
    append(CONSENT, [consent("A", purpose="automated_decision", granted=False)], "3")
    assert rules()["A"] == "automated_off"
    engine.close()
