"""One partition's worker, told messages by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from liuke.act.triggers import Core, Event, parse_trigger
from liuke.collect.tracking.event import TrackedEvent
from liuke.errors import TryAgain
from liuke.state.actions.hold_partition import Claim, Fenced, claim_partition
from liuke.state.models import StreamPartition, TriggerMatch
from liuke.streaming.acting import Acting
from liuke.streaming.partitioned.messages import BEGINS, ENDS, NOTHING, Message, Place, packed
from liuke.streaming.partitioned.partition import PartitionWorker, Past, open_partition
from liuke.streaming.shares import Shares
from tests.act.triggers.random_rules import VOCABULARY
from tests.act.triggers.stories import HEAD, ZONE, at
from tests.streaming.partitioned.random_logs import MINUTE, Everybody, terms, together

pytestmark = pytest.mark.django_db
START = at("03-02 20:00")
END = at("03-20 20:00")
TWO_A = "condition: {count: a, at_least: 2, within: 1d}\n"
A_WITHOUT_B = "condition: {sequence: [{event: a}], within: 1d, then_no: {event: b, within: 1h}}\n"


def opened(folder: Path, condition: str = TWO_A, past: Past | None = None) -> PartitionWorker:
    rules = together([parse_trigger(HEAD + condition, VOCABULARY, code="r")])
    claim = claim_partition("g", "t", 0, partitions=1, owner="me", now=datetime.now(UTC))

    def begin(path: Path | None) -> Core:
        return Core.load(path, rules, room_gb=0.01) if path else Core.start(rules, ZONE, room_gb=0.01)

    return open_partition(claim, begin, Acting(Everybody(), terms(rules), Shares()), folder, past)


def message(offset: int, batch: int, *, part: int = 0, log: str = "log") -> Message:
    moment = START + batch * MINUTE
    event = TrackedEvent(f"e{batch}", "a", moment, moment, "C2", None, "app", None, {}, "plain:app")
    [(_, _, value)] = packed([event], 1)
    return Message(offset, value, Place(log, batch, part))


def time_told(offset: int, minutes: int) -> Message:
    return Message(offset, NOTHING, clock=START + minutes * MINUTE)


def evidence() -> list[list[str]]:
    return list(TriggerMatch.objects.order_by("matched_at").values_list("evidence", flat=True))


def test_what_the_publisher_sends_again_counts_once_also_after_a_restart(tmp_path):
    worker = opened(tmp_path)
    worker.take([message(10, 1), message(11, 1), message(12, 2)])
    worker.checkpoint(END)
    assert evidence() == [["e1", "e2"]]
    again = opened(tmp_path)
    assert again.next == 13
    again.take([message(13, 2), message(14, 3), message(15, 3)])
    assert again.core.totals.events == 3
    again.take([message(16, 2, log="made anew")])
    assert again.core.totals.events == 4


def test_a_deadline_comes_up_where_nothing_but_the_time_is_told(tmp_path):
    worker = opened(tmp_path, A_WITHOUT_B)
    worker.take([message(0, 1), time_told(1, 60)])
    worker.settle(END)
    assert evidence() == []
    worker.take([time_told(2, 63)])
    worker.settle(END)
    assert evidence() == [["e1"]]


def test_a_partition_where_only_time_passes_is_saved_now_and_then(tmp_path):
    worker = opened(tmp_path)
    worker.take([message(0, 1)])
    worker.checkpoint(END)
    worker.take([time_told(n, n) for n in range(1, 500)])
    worker.checkpoint(END)
    assert StreamPartition.objects.get().position == 1
    worker.take([time_told(n, n) for n in range(500, 1_100)])
    worker.checkpoint(END)
    assert StreamPartition.objects.get().position == 1_100
    assert [p.name for p in tmp_path.iterdir()] == ["0-1-1100.snapshot"]


def test_messages_that_are_missing_are_told_and_nothing_is_taken(tmp_path):
    worker = opened(tmp_path)
    worker.take([message(0, 1)])
    with pytest.raises(TryAgain, match="messages 1 to 3 of partition 0 did not come"):
        worker.take([message(4, 2)])
    assert worker.next == 1


def test_what_somebody_else_wrote_and_what_is_no_json_costs_only_itself(tmp_path):
    worker = opened(tmp_path)
    broken = Message(2, BEGINS + b'["e9",' + ENDS, Place("log", 2, 0))
    worker.take([message(0, 1), Message(1, b"hello"), broken, message(3, 3)])
    worker.settle(END)
    assert evidence() == [["e1", "e3"]]
    assert worker.next == 4


def test_an_old_owner_stores_neither_matches_nor_snapshots(tmp_path):
    old = opened(tmp_path)
    old.take([message(0, 1)])
    old.checkpoint(END)
    new = opened(tmp_path)
    old.take([message(1, 2)])
    with pytest.raises(Fenced):
        old.settle(END)
    old._found = []
    with pytest.raises(Fenced):
        old.checkpoint(END)
    assert evidence() == []
    assert [p.name for p in tmp_path.iterdir()] == [new.claim.snapshot] == ["0-1-1.snapshot"]
    new.take([message(1, 2)])
    new.settle(END)
    assert evidence() == [["e1", "e2"]]


def test_a_snapshot_that_is_out_of_reach_is_told_with_its_path(tmp_path):
    worker = opened(tmp_path)
    worker.take([message(0, 1)])
    worker.checkpoint(END)
    with pytest.raises(TryAgain, match="snapshot of partition 0 is not there") as told:
        opened(tmp_path / "another machine's")
    assert "stream.kafka.snapshots" in str(told.value)


def test_snapshots_that_were_never_in_force_are_removed(tmp_path):
    opened(tmp_path)
    (tmp_path / "0-1-99.snapshot").write_bytes(b"of an owner that died before it could say so")
    (tmp_path / "10-1-99.snapshot").write_bytes(b"another partition's")
    opened(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["10-1-99.snapshot"]


def one_a_before(core: Core, _claim: Claim, until: datetime) -> Iterator[int]:
    """A past in which C2 did `a` once, a minute before it ends; told in two pieces."""
    moment = round(until.timestamp() * 1e6) - MINUTE
    yield 0
    core.feed([Event("e0", "a", moment, moment, "C2", {}, "app")])
    yield 1


def test_messages_wait_until_a_partition_without_a_state_has_been_told_its_past(tmp_path):
    worker = opened(tmp_path, past=one_a_before)
    worker.take([message(10, 1)])
    worker.remember()
    worker.take([message(11, 2)])
    worker.checkpoint(END)
    assert (worker.remembers, worker.next, evidence(), list(tmp_path.iterdir())) == (True, None, [], [])
    worker.remember()
    worker.remember()
    worker.checkpoint(END)
    assert (worker.remembers, worker.next, evidence()) == (False, 12, [["e0", "e1"]])


def test_the_past_ends_where_the_log_stood_at_the_first_message_of_ours(tmp_path):
    ends = list[datetime]()

    def past(_core: Core, _claim: Claim, until: datetime) -> Iterator[int]:
        ends.append(until)
        return iter(())

    opened(tmp_path, past=past).take([Message(0, b"hello"), time_told(1, 7), message(2, 9)])
    opened(tmp_path, past=past).take([Message(0, BEGINS + b"[7]" + ENDS, Place("log", 2, 0)), message(1, 9)])
    assert [round(end.timestamp() * 1e6) for end in ends] == [START + 7 * MINUTE, START + 9 * MINUTE]


def test_a_partition_with_a_state_is_told_no_past(tmp_path):
    worker = opened(tmp_path)
    worker.take([message(10, 1)])
    worker.checkpoint(END)
    again = opened(tmp_path, past=one_a_before)
    again.take([message(11, 2)])
    assert (again.remembers, again.next) == (False, 12)
