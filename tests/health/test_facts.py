"""Facts as they stand in a state database, and as a monitoring system reads them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from liuke.govern.audit import AuditRecord
from liuke.health.facts import health_facts
from liuke.health.findings import findings
from liuke.health.metrics import exposition
from liuke.health.policy import read_health_policy
from liuke.state.audit import append
from liuke.state.models import OutboxMessage, Run
from liuke.wiring import House, open_house
from liuke.wiring.anchors import anchor_log

NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path, db: None) -> House:
    (tmp_path / "liuke.yaml").write_text("name: {zh: 测, en: T}\n", encoding="utf-8")
    (tmp_path / "calendar.csv").write_text("date,workday,note\n2026-11-22,0,\n", encoding="utf-8")
    return open_house(tmp_path)


def _message(n: int, state: str, *, since: timedelta) -> None:
    at, over = NOW - since, state in ("sent", "dead")
    OutboxMessage.objects.create(
        key=f"m{n}", channel="sms", owner="campaign", message_class="marketing", rank=1, text="", queued_at=at,
        due_at=at, state=state, next_at=None if over else at, updated_at=at,
    )  # fmt: skip


def _run(day: date, status: str, at: datetime) -> None:
    counts = {"late_feeds": ["event"], "seconds": 12.5}
    Run.objects.create(as_of=day, started_at=at, finished_at=at, status=status, counts=counts)


def test_a_new_bank_has_nothing_to_tell_of(house: House) -> None:
    facts = health_facts(house, NOW)
    assert (facts.run_day, facts.events, facts.waiting, facts.open_orders, facts.audit_rows) == (None, None, 0, 0, 0)
    assert [one.code for one in findings(facts, read_health_policy(house.policy("health")))] == ["no_run"]


def test_runs_messages_and_anchors_are_counted_as_of_now(house: House) -> None:
    _run(date(2026, 11, 29), "done", NOW - timedelta(days=1))
    _run(date(2026, 11, 30), "failed", NOW - timedelta(hours=1))
    for n, (state, since) in enumerate([
        ("queued", timedelta(minutes=40)), ("queued", timedelta(minutes=-5)), ("sent", timedelta(hours=2)),
        ("dead", timedelta(hours=3)), ("dead", timedelta(days=3)),
    ]):  # fmt: skip
        _message(n, state, since=since)
    append(AuditRecord(NOW, "a", "rm", "login"))
    anchor_log(house, NOW)
    facts = health_facts(house, NOW)
    assert (facts.run_day, facts.run_failed, facts.late_feeds) == (date(2026, 11, 29), True, ("event",))
    assert (facts.waiting, facts.waiting_since) == (1, NOW - timedelta(minutes=40))
    assert (facts.sent, facts.dead) == (1, 1)
    assert (facts.audit_rows, facts.anchored) == (1, NOW)
    assert 0 < facts.disk_free < 1


def test_a_monitoring_system_reads_the_same(house: House) -> None:
    _run(date(2026, 11, 25), "done", NOW - timedelta(days=5))
    facts = health_facts(house, NOW)
    page = exposition(facts, findings(facts, read_health_policy(house.policy("health")))).decode()
    read = {s.name: s.value for family in text_string_to_metric_families(page) for s in family.samples if not s.labels}
    assert read["liuke_run_day_age_days"] == 6
    assert read["liuke_run_finished_timestamp_seconds"] == (NOW - timedelta(days=5)).timestamp()
    assert "liuke_events_day" not in read
    told = {tuple(s.labels.values()) for f in text_string_to_metric_families(page) for s in f.samples if s.labels}
    assert told == {("run_late", "bad"), ("feed_late", "bad")}
