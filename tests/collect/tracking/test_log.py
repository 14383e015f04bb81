import multiprocessing
import resource
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liuke.collect.tracking.event import Taken, TrackedEvent, decode
from liuke.collect.tracking.fingerprints import Seen, fingerprints
from liuke.collect.tracking.log import IntakeLog, LogFull
from liuke.collect.tracking.settings import LogSettings
from liuke.errors import TryAgain

DAY = 86_400_000_000
NOW = 1_795_000_000_000_000


def batch(*ids: str, source: str = "plain:app", text: str = "") -> Taken:
    return Taken([TrackedEvent(i, "login", NOW, NOW, "C1", None, "app", None, {"t": text}, source) for i in ids])


def fill(log: IntakeLog, size: int, stored: list[str]) -> None:
    """Appends until the log refuses, but not for ever; `stored` gets every id that was acknowledged."""
    for _ in range(10_000):
        event = str(len(stored))
        log.append(batch(event, text="x" * size), NOW)
        stored.append(event)


def ids_in(log: IntakeLog) -> list[str]:
    return [e.event_id for _offset, data in log.read(0, 100_000) for e in decode(data).events]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "intake"


def test_offsets_rise_by_one_and_batches_come_back_as_they_went_in(folder):
    log = IntakeLog(folder, writing=True)
    assert [log.append(batch("a", "b"), NOW).offset, log.append(batch("c"), NOW).offset] == [1, 2]
    assert [(o, decode(d)) for o, d in log.read(0)] == [(1, batch("a", "b")), (2, batch("c"))]
    assert [o for o, _d in log.read(1)] == [2]
    assert log.read(2) == []
    assert [o for o, _d in log.read(0, limit=1)] == [1]


def test_a_known_message_id_is_not_stored_again_not_even_in_the_same_batch(folder):
    log = IntakeLog(folder, writing=True)
    log.append(batch("a", "b"), NOW)
    stored = log.append(batch("b", "c", "c"), NOW)
    assert (stored.events, stored.repeats) == (1, 2)
    assert log.append(batch("a"), NOW).offset is None
    assert ids_in(log) == ["a", "b", "c"]


def test_repeats_within_a_group_of_batches_are_found_too(folder):
    log = IntakeLog(folder, writing=True)
    stored = log.append_all([batch("a"), batch("a"), batch("a", "b")], NOW)
    assert [s.offset for s in stored] == [1, None, 2]
    assert ids_in(log) == ["a", "b"]


def test_the_same_id_from_another_source_is_another_event(folder):
    log = IntakeLog(folder, writing=True)
    log.append(batch("a"), NOW)
    assert log.append(batch("a", source="segment:app"), NOW).events == 1


def test_ids_are_remembered_after_the_log_is_opened_again(folder):
    log = IntakeLog(folder, writing=True)
    log.append(batch("a"), NOW)
    log.close()
    log = IntakeLog(folder, writing=True)
    assert log.append(batch("a"), NOW).repeats == 1
    assert log.append(batch("b"), NOW).offset == 2


def test_ids_are_forgotten_after_the_horizon_and_not_before(folder):
    log = IntakeLog(folder, LogSettings(dedup_days=7), writing=True)
    log.append(batch("a"), NOW)
    log.sweep(NOW + 7 * DAY)
    assert log.append(batch("a"), NOW + 7 * DAY).repeats == 1
    log.sweep(NOW + 9 * DAY)
    assert log.append(batch("a"), NOW + 9 * DAY).events == 1


def test_ids_past_the_horizon_leave_the_disk(folder):
    log = IntakeLog(folder, LogSettings(dedup_days=1, consumers=()), writing=True)
    log.append(batch("a"), NOW)
    log.sweep(NOW + 3 * DAY)
    log.close()
    log = IntakeLog(folder, LogSettings(dedup_days=1, consumers=()), writing=True)
    assert log.append(batch("a"), NOW).events == 1


def test_batches_go_when_every_consumer_has_them_and_they_are_old(folder):
    log = IntakeLog(folder, LogSettings(keep_days=1, consumers=("lake", "triggers")), writing=True)
    for i in range(5):
        log.append(batch(str(i)), NOW)
    log.commit("lake", 5)
    assert log.sweep(NOW + 2 * DAY) == 0
    log.commit("triggers", 3)
    assert log.sweep(NOW) == 0
    log.sweep(NOW + 2 * DAY)
    assert (log.first, log.last) == (4, 5)
    assert log.consumers() == {"lake": 5, "triggers": 3}


def test_a_consumers_offset_never_goes_back(folder):
    log = IntakeLog(folder, writing=True)
    log.commit("lake", 7)
    log.commit("lake", 3)
    assert log.committed("lake") == 7
    assert log.committed("nobody") == 0


def test_a_full_log_refuses_says_so_and_forgets_nothing_it_did_not_store(folder):
    log = IntakeLog(folder, LogSettings(max_gb=0.002, spare_mb=0, keep_days=0), writing=True)
    stored: list[str] = []
    with pytest.raises(LogFull, match="max_gb") as caught:
        fill(log, 20_000, stored)
    assert caught.value.retry_after > 0
    refused = str(len(stored))
    assert ids_in(log) == stored
    assert stored
    log.commit("lake", log.last)
    while log.sweep(NOW + DAY):
        pass
    assert log.append(batch(refused), NOW).events == 1


def test_a_disk_that_refuses_in_the_middle_of_a_write_stores_nothing_and_takes_it_later(folder):
    log = IntakeLog(folder, LogSettings(spare_mb=0), writing=True)
    log.append(batch("a"), NOW)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((folder / "data.mdb").stat().st_size, hard))
    try:
        with pytest.raises(LogFull, match="cannot be written"):
            fill(log, 100_000, stored := ["a"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert ids_in(log) == stored
    assert log.append(batch(str(len(stored))), NOW).events == 1
    assert log.append(batch(*stored), NOW).repeats == len(stored)


def test_a_disk_with_too_little_room_refuses_before_it_is_full(folder):
    log = IntakeLog(folder, LogSettings(spare_mb=1 << 40), writing=True)
    with pytest.raises(LogFull, match="disk"):
        log.append(batch("a"), NOW)


def test_a_consumer_that_is_too_far_behind_stops_the_intake(folder):
    log = IntakeLog(folder, LogSettings(max_behind=2), writing=True)
    log.append(batch("a"), NOW)
    log.append(batch("b"), NOW)
    with pytest.raises(LogFull, match="'lake' is 2 batches behind"):
        log.append(batch("c"), NOW)
    log.commit("lake", 1)
    assert log.append(batch("c"), NOW).events == 1


def test_only_one_process_writes(folder):
    log = IntakeLog(folder, writing=True)
    with pytest.raises(TryAgain, match="another collector"):
        IntakeLog(folder, writing=True)
    log.close()
    IntakeLog(folder, writing=True).close()


def test_a_log_opened_for_reading_takes_nothing(folder):
    log = IntakeLog(folder)
    with pytest.raises(ValueError, match="for reading"):
        log.append(batch("a"), NOW)


def follow(folder: Path, wanted: int, found) -> None:
    log, after = IntakeLog(folder), 0
    deadline = time.monotonic() + 60
    while after < wanted and time.monotonic() < deadline:
        for offset, _data in log.read(after, 100):
            after = offset
        log.commit("follower", after)
    found.put((after, log.committed("follower")))


def test_another_process_reads_and_commits_while_the_map_grows(folder):
    log = IntakeLog(folder, writing=True)
    context = multiprocessing.get_context("spawn")
    found = context.Queue()
    reader = context.Process(target=follow, args=(folder, 150, found))
    reader.start()
    for i in range(150):
        log.append(batch(str(i), text="x" * 1_000_000), NOW)
    assert log._env.info()["map_size"] > 100 << 20
    assert found.get(timeout=60) == (150, 150)
    reader.join()
    assert log.committed("follower") == 150


def feed(folder: Path, many: int) -> None:
    log = IntakeLog(folder)
    for i in range(many):
        log.append_fed([batch(f"f{i}", source="core", text="x" * 2_000_000)], NOW, {"feed:at": str(i).encode()})
    log.close()


def test_a_feeder_of_another_process_appends_beside_the_collector(folder):
    log = IntakeLog(folder, writing=True)
    feeder = multiprocessing.get_context("spawn").Process(target=feed, args=(folder, 40))
    feeder.start()
    mine = 0
    while feeder.is_alive() or mine < 40:
        log.append(batch(f"c{mine}", text="x" * 100_000), NOW)
        mine += 1
    feeder.join()
    assert feeder.exitcode == 0
    found = ids_in(log)
    assert len(found) == len(set(found)) == mine + 40 == log.last
    assert [i for i in found if i[0] == "f"] == [f"f{n}" for n in range(40)]
    assert [i for i in found if i[0] == "c"] == [f"c{n}" for n in range(mine)]
    assert log.fed("feed:") == {"feed:at": b"39"}


def test_what_a_feeder_notes_is_there_with_what_it_appends_or_not_at_all(folder):
    log = IntakeLog(folder, LogSettings(max_gb=0.07, spare_mb=0))
    log.append_fed([batch("a")], NOW, {"feed:at": b"1", "other": b"x"})
    with pytest.raises(LogFull):
        log.append_fed([batch("b", text="x" * 90_000_000)], NOW, {"feed:at": b"2"})
    assert ids_in(log) == ["a"]
    assert log.fed("feed:") == {"feed:at": b"1"}
    assert log.identity != "new"


def test_fsync_at_intervals_keeps_batches_and_order(folder):
    log = IntakeLog(folder, LogSettings(fsync="interval"), writing=True)
    log.append(batch("a"), NOW)
    log.flush()
    log.close()
    assert ids_in(IntakeLog(folder)) == ["a"]


def test_a_log_made_anew_is_another_one(tmp_path):
    first, second = (IntakeLog(tmp_path / name, writing=True) for name in ("a", "b"))
    assert first.identity != second.identity
    first.close()
    assert IntakeLog(tmp_path / "a").identity != second.identity


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from([f"id{i}" for i in range(12)]), max_size=6), max_size=20), st.data())
def test_dedup_agrees_with_a_plain_set(tmp_path_factory, batches, data):
    """Random ids, batches written alone or together, the log closed and opened again at random points."""
    folder = tmp_path_factory.mktemp("intake")
    log, known, expected = IntakeLog(folder, writing=True), set(), []
    while batches:
        take = data.draw(st.integers(1, 4))
        group, batches = batches[:take], batches[take:]
        log.append_all([batch(*ids) for ids in group], NOW)
        for each in (i for ids in group for i in ids):
            if each not in known:
                expected.append(each)
                known.add(each)
        if data.draw(st.booleans()):
            log.close()
            log = IntakeLog(folder, writing=True)
    assert ids_in(log) == expected
    log.close()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.sets(st.integers(1, 400), max_size=80)), max_size=25))
def test_seen_keeps_exactly_the_horizon(steps):
    """Against a dictionary of the day on which each key was last remembered."""
    seen, last, day = Seen(5), {}, 100
    for forward, numbers in steps:
        day += forward // 10
        keys = fingerprints([str(n) for n in sorted(numbers)])
        expected = [last.get(k, -99) < day - 5 for k in keys.tolist()]
        assert seen.fresh(keys, day).tolist() == expected
        seen.remember(keys[seen.fresh(keys, day)], day)
        last.update((k, day) for k, new in zip(keys.tolist(), expected, strict=True) if new)
        seen.forget(day)


def test_many_ids_grow_the_tables_and_all_are_found():
    seen = Seen(7)
    keys = fingerprints([str(i) for i in range(300_000)])
    seen.remember(keys, 1)
    assert len(seen) == 300_000
    assert not seen.fresh(keys, 2).any()
    assert seen.fresh(fingerprints([f"x{i}" for i in range(1000)]), 2).all()
