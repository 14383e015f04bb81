"""The page of the rules tells how far they have read what was collected."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path

import pytest
from browsing import PHONE, WIDE, needs_browser, troubles
from django.utils import timezone

from liuke.collect.tracking.event import Taken, TrackedEvent
from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.settings import LogSettings
from liuke.collect.tracking.status import beat
from liuke.state.actions.hold_partition import claim_partition, save_partition, tell_progress

ROOT = Path(__file__).resolve().parents[2]
KAFKA = "\nstream:\n  kafka: {brokers: 'k1:9092', topic: liuke-events, group: g}\n"


@pytest.fixture
def collecting(own_bank: Path) -> Path:
    """A bank that collects: two batches in its log, of which the worker has read one."""
    for folder in ("triggers", "events"):
        shutil.copytree(ROOT / "examples" / "bank" / folder, own_bank / folder)
    shutil.copy(ROOT / "examples" / "bank" / "collect.yaml", own_bank)
    now = time.time_ns() // 1000
    log = IntakeLog(own_bank / "intake", LogSettings(), writing=True)
    for n in range(2):
        event = TrackedEvent(f"e{n}", "login", now, now, "C1", None, "app", None, {}, "plain:app")
        log.append(Taken([event], [], []), now)
    beat(log, "triggers", now, position=1, rules=11, asleep=0, read_at=now, mistake="")
    log.close()
    return own_bank


def partition(number: int, read: int | None, end: int | None, told_ago: float, saved: bool = True) -> None:
    now = timezone.now()
    told = now - timedelta(seconds=told_ago)
    claim = claim_partition("g", "liuke-events", number, partitions=3, owner=f"host-{number}:77", now=told)
    if saved:
        save_partition(claim, "s", read or 0, now=told)
    tell_progress(claim, read, end, now=told)


def test_one_worker_is_one_line_with_its_place_in_the_log(collecting, seen_by):
    found = seen_by("analyst").get("/triggers/").context["lanes"]
    assert [(r.number, r.read, r.end, r.behind, r.condition) for r in found.rows] == [(None, 1, 2, 1, "at_work")]
    assert found.topic == ""


def test_with_a_topic_every_partition_tells_its_member_its_lag_and_whether_it_speaks(collecting, seen_by):
    (collecting / "collect.yaml").open("a", encoding="utf-8").write(KAFKA)
    partition(0, 12_000, 12_345, 3)
    partition(1, None, 40, 3, saved=False)
    partition(2, 7, 7, 300)
    page = seen_by("analyst").get("/triggers/")
    rows = page.context["lanes"].rows
    assert [(r.number, r.behind, r.condition) for r in rows] == [
        (None, 1, "at_work"), (0, 345, "at_work"), (1, None, "remembering"), (2, 0, "silent"),
    ]  # fmt: skip
    text = page.content.decode()
    for said in ("host-0:77", "12,345", "正在回看历史", "没有回音", "liuke-events"):
        assert said in text


def test_nothing_is_told_where_nothing_is_collected(own_bank, seen_by):
    assert seen_by("analyst").get("/triggers/").context["lanes"].rows == ()


@needs_browser
@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_table_is_whole_in_both_sizes(collecting, opened, size):
    (collecting / "collect.yaml").open("a", encoding="utf-8").write(KAFKA)
    partition(0, 12_000, 12_345, 3)
    partition(1, None, 40, 3, saved=False)
    page = opened("analyst", size, at="/triggers/")
    assert page.locator("#lanes tbody tr").count() == 3
    assert troubles(page) == []
