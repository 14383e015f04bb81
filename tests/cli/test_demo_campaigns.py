"""The campaigns of the demo: approved in the story, sent to a file and nowhere else, told back by a played gateway."""

import json
import re
import shutil
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from liuke.act.loop_policy import read_loop_policy
from liuke.cli.demo.campaigning import GREETING, MOST_DAYS, approvals, approve, campaign_days, prepare, send
from liuke.cli.demo.plan import Plan
from liuke.cli.demo.story import business_days
from liuke.daily.campaigning import run_campaigns
from liuke.daily.warning import warn_day
from liuke.insight.known import bank_tables
from liuke.state.models import CampaignState, OutboxMessage, OutboxReceipt
from liuke.tables import DECISION
from liuke.wiring import House, open_house
from tests.simulated import SMALL


@pytest.fixture
def house(loaded_home: Path, tmp_path: Path) -> House:
    home = tmp_path / "home"
    shutil.copytree(loaded_home, home)
    file = home / "campaigns" / f"{GREETING}.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("value: [1, 3]", "value: [1, 300]"), encoding="utf-8")
    return open_house(home)


@pytest.mark.django_db
def test_messages_of_the_story_are_lines_of_a_file_and_come_back_as_receipts(house: House) -> None:
    prepare(house)
    approve(house, GREETING, SMALL.end)
    row = CampaignState.objects.get()
    assert (row.stage, row.author, row.decided_by) == ("approved", "analyst", "compliance")
    assert row.decided_at == house.as_of(SMALL.end).known_by
    with house.engine() as engine:
        tables = bank_tables(house.lake, engine, house.as_of(SMALL.end), house.zone)
        people = warn_day(house, engine, tables).snapshot
        done = run_campaigns(house, engine, tables, people, None, read_loop_policy(house.policy("loop")))
        rows = engine.arrow(house.lake.scan(engine, DECISION)).to_pylist()
    treated = {r["loop_id"] for r in rows if r["experiment"] == f"campaign_{GREETING}" and r["arm"] == "treated"}
    assert len(treated) == done.queued > 20
    assert send(house, SMALL.end) == done.queued
    lines = [json.loads(line) for line in (house.home / "sent_messages.jsonl").read_text().splitlines()]
    assert len(lines) == done.queued
    assert all(re.fullmatch(r"1\d\d\*{4}\d{4}", line["to"]) for line in lines)
    assert all(line["text"].startswith("【晴川银行】") and line["text"].endswith("拒收请回复R") for line in lines)
    noon = datetime.combine(SMALL.end + timedelta(days=1), time(12), house.zone).astimezone(UTC)
    assert set(OutboxMessage.objects.values_list("state", "sent_at")) == {("sent", noon)}
    assert OutboxReceipt.objects.filter(kind__in=("delivered", "undelivered")).count() == done.queued
    assert send(house, SMALL.end) == 0


@pytest.mark.parametrize("end", [date(2026, 11, 29) + timedelta(days=n) for n in range(7)])
def test_what_is_to_be_measured_enters_early_enough_and_on_days_when_marketing_goes_out(
    house: House, end: date
) -> None:
    plan = Plan(customers=200, end=end, model_days=7)
    days = campaign_days(house, plan, business_days(house, plan))
    assert len(days) == MOST_DAYS
    assert all(plan.loop_start <= day <= end - timedelta(days=32) for day in days)
    assert all(house.calendar.is_workday(day + timedelta(days=1)) for day in days)
    assert next(iter(approvals(plan, days).values())) == GREETING
    without = Plan(customers=200, end=end)
    assert campaign_days(house, without, business_days(house, without)) == ()
    assert approvals(without, ()) == {}
