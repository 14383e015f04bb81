"""What the log tells of collection: who is at work, how far behind, what came in by source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from liuke.collect.tracking.event import Rejected, Taken, TrackedEvent
from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.settings import LogSettings
from liuke.collect.tracking.status import SILENT_US, beat, intake_status

NOW = 1_795_000_000_000_000
MINUTE = 60_000_000


def batch(source: str, events: int, rejected: int, at: int) -> Taken:
    return Taken(
        [TrackedEvent(f"{source}{at}{n}", "login", at, at, "C1", None, "app", None, {}, source) for n in range(events)],
        [],
        [Rejected(source, "plain", n, None, None, "json", "not JSON", None, at) for n in range(rejected)],
    )


@pytest.fixture
def log(tmp_path: Path) -> Iterator[IntakeLog]:
    made = IntakeLog(tmp_path / "intake", LogSettings(), writing=True)
    yield made
    made.close()


def test_what_came_in_is_counted_by_source_and_hour(log):
    for source, events, rejected, minutes in (
        ("plain:app", 3, 1, 0), ("plain:app", 2, 0, 30), ("plain:app", 4, 0, 300), ("sensors:web", 0, 2, 20),
        ("plain:app", 9, 0, 4000),
    ):  # fmt: skip
        at = NOW - minutes * MINUTE
        log.append(batch(source, events, rejected, at), at)
    found = intake_status(log, NOW)
    assert [(f.source, f.hour.events, f.hour.rejected, f.day.events, f.day.rejected) for f in found.sources] == [
        ("plain:app", 5, 1, 9, 1), ("sensors:web", 0, 2, 0, 2),
    ]  # fmt: skip
    assert found.newest == NOW


def test_a_batch_sent_again_is_not_counted_again(log):
    log.append(batch("plain:app", 3, 0, NOW), NOW)
    log.append(batch("plain:app", 3, 0, NOW), NOW)
    [flow] = intake_status(log, NOW).sources
    assert flow.day.events == 3


def test_counts_of_days_ago_go(log):
    old = NOW - 3 * 1440 * MINUTE
    log.append(batch("plain:old", 1, 0, old), old)
    log.append(batch("plain:app", 1, 0, NOW), NOW)
    assert set(log.paces(0)) == {"plain:app"}


def test_a_worker_is_at_work_while_it_speaks(log):
    assert intake_status(log, NOW).workers["triggers"].at is None
    beat(log, "triggers", NOW, position=0, rules=11)
    alive = intake_status(log, NOW + SILENT_US - 1).workers["triggers"]
    assert (alive.alive, alive.said["rules"]) == (True, 11)
    assert not intake_status(log, NOW + SILENT_US).workers["triggers"].alive
    beat(log, "triggers", NOW, ended=True)
    stopped = intake_status(log, NOW).workers["triggers"]
    assert (stopped.alive, stopped.ended) == (False, True)


def test_how_far_behind_is_told_by_what_was_said_and_what_was_committed(log):
    for n in range(4):
        log.append(batch("plain:app", 1, 0, NOW + n * MINUTE), NOW + n * MINUTE)
    log.commit("triggers", 1)
    now = NOW + 10 * MINUTE
    worker = intake_status(log, now).workers["triggers"]
    assert (worker.behind, worker.behind_us) == (3, 9 * MINUTE)
    beat(log, "triggers", now, position=3)
    worker = intake_status(log, now).workers["triggers"]
    assert (worker.behind, worker.behind_us) == (1, 7 * MINUTE)
    beat(log, "triggers", now, position=4)
    assert intake_status(log, now).workers["triggers"].behind_us == 0
