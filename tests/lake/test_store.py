import multiprocessing
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from liuke.engine import DuckEngine
from liuke.errors import TryAgain
from liuke.lake import Lake, status
from liuke.tables import BALANCE_DAILY, CUSTOMER, SIGNAL

DAY = date(2026, 1, 1)


def balances(rows: int, *, start: int = 0, batch: str = "b") -> pa.Table:
    known = datetime(2026, 1, 2, tzinfo=UTC)
    return pa.Table.from_pylist(
        [
            {
                "account_id": f"A{start + i}", "balance_date": DAY, "balance": Decimal(i), "currency": "CNY",
                "business_date": DAY, "source": "s", "batch_id": batch, "line": i + 1, "ingested_at": known,
            }
            for i in range(rows)
        ],
        schema=BALANCE_DAILY.arrow,
    )  # fmt: skip


def count(lake, engine, table=BALANCE_DAILY):
    [[n]] = [
        list(r.values()) for r in engine.arrow(lake.scan(engine, table).aggregate(n=lambda t: t.count())).to_pylist()
    ]
    return n


def test_a_table_never_written_is_empty_with_its_schema(lake, engine):
    rows = lake.scan(engine, CUSTOMER)
    assert tuple(rows.columns) == CUSTOMER.names
    assert count(lake, engine, CUSTOMER) == 0


def test_the_same_commit_id_twice_adds_nothing(lake, engine):
    assert lake.append(BALANCE_DAILY, balances(3), commit_id="s:1") is True
    assert lake.append(BALANCE_DAILY, balances(3), commit_id="s:1") is False
    assert count(lake, engine) == 3


def test_a_stream_from_the_engine_is_written_without_holding_it(lake, engine):
    lake.append(BALANCE_DAILY, balances(5), commit_id="s:1")
    doubled = lake.scan(engine, BALANCE_DAILY)
    lake.append(BALANCE_DAILY, engine.batches(doubled, rows=2), commit_id="s:2")
    assert count(lake, engine) == 10


def test_replace_touches_only_matching_rows(lake, engine):
    def signals(day: date, score: float) -> pa.Table:
        facts = dict.fromkeys(SIGNAL.names, 0) | {"aum": Decimal(1), "aum_30": Decimal(1), "aum_60": Decimal(1)}
        facts |= {"aum_90": Decimal(1), "as_of": day, "customer_id": "c", "score": score, "tier": "red"}
        return pa.Table.from_pylist([facts], schema=SIGNAL.arrow)

    for day, score in ((DAY, 0.1), (DAY + timedelta(days=1), 0.2), (DAY, 0.3)):
        lake.replace(SIGNAL, signals(day, score), where=f"as_of = '{day}'")
    kept = engine.arrow(lake.scan(engine, SIGNAL).select("as_of", "score").order_by("as_of")).to_pylist()
    assert kept == [{"as_of": DAY, "score": 0.3}, {"as_of": DAY + timedelta(days=1), "score": 0.2}]


def test_compaction_keeps_rows_and_lowers_the_number_of_files(lake, engine):
    for i in range(30):
        lake.append(BALANCE_DAILY, balances(1, start=i), commit_id=f"s:{i}")
    assert lake.compact(BALANCE_DAILY, engine) == 30
    assert len(lake.files(BALANCE_DAILY)) < 30
    assert count(lake, engine) == 30


def test_status_counts_rows_and_finds_the_last_day(lake, engine):
    lake.append(BALANCE_DAILY, balances(4), commit_id="s:1")
    facts = {s.table.name: s for s in status(lake, engine)}
    assert (facts["balance_daily"].rows, facts["balance_daily"].last_date) == (4, DAY)
    assert (facts["customer"].rows, facts["customer"].version) == (0, None)


def append_many(root: Path, worker: int, times: int) -> None:
    for i in range(times):
        Lake(root).append(BALANCE_DAILY, balances(10, start=1000 * worker + 10 * i), commit_id=f"w{worker}:{i}")


def append_same(root: Path, gate) -> None:
    gate.wait()
    Lake(root).append(BALANCE_DAILY, balances(10), commit_id="same")


@pytest.fixture
def spawn():
    return multiprocessing.get_context("spawn")


def test_two_processes_append_while_a_third_reads_whole_commits_only(lake, spawn):
    writers = [spawn.Process(target=append_many, args=(lake.root, w, 8)) for w in (1, 2)]
    for writer in writers:
        writer.start()
    engine, seen = DuckEngine(), []
    while any(w.is_alive() for w in writers):
        seen.append(count(lake, engine))
    for writer in writers:
        writer.join()
    seen.append(count(lake, engine))
    engine.close()
    assert [w.exitcode for w in writers] == [0, 0]
    assert seen == sorted(seen)
    assert all(n % 10 == 0 for n in seen)
    assert seen[-1] == 160


def test_two_processes_with_the_same_batch_store_it_once(lake, spawn, engine):
    for attempt in range(3):
        root = Lake(lake.root / str(attempt))
        gate = spawn.Barrier(2)
        racers = [spawn.Process(target=append_same, args=(root.root, gate)) for _ in range(2)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert [r.exitcode for r in racers] == [0, 0]
        assert count(root, engine) == 10


def test_a_table_deleted_and_made_again_is_read_anew(lake, engine):
    lake.append(BALANCE_DAILY, balances(5), commit_id="s:1")
    lake.append(BALANCE_DAILY, balances(5), commit_id="s:2")
    assert count(lake, engine) == 10
    shutil.rmtree(lake.root / BALANCE_DAILY.name)
    assert lake.files(BALANCE_DAILY) == []
    lake.append(BALANCE_DAILY, balances(3), commit_id="s:1")
    assert count(lake, engine) == 3


def test_a_log_at_rest_is_not_read_again_and_the_next_commit_is_seen_at_once(lake, engine, monkeypatch):
    lake.append(BALANCE_DAILY, balances(1), commit_id="s:1")
    log = lake.root / BALANCE_DAILY.name / "_delta_log"
    _at_rest(log)
    assert lake.version(BALANCE_DAILY) == 0
    read = []
    monkeypatch.setattr(DeltaTable, "update_incremental", lambda *_: read.append(1))
    assert [lake.version(BALANCE_DAILY) for _ in range(3)] == [0, 0, 0]
    assert read == []
    monkeypatch.undo()
    write_deltalake(str(log.parent), balances(1, start=5), mode="append")  # somebody else
    assert lake.version(BALANCE_DAILY) == 1
    assert count(lake, engine) == 2


def test_a_commit_that_bears_the_time_of_the_last_look_is_seen(lake):
    lake.append(BALANCE_DAILY, balances(1), commit_id="s:1")
    log = lake.root / BALANCE_DAILY.name / "_delta_log"
    seen = log.stat()
    assert lake.version(BALANCE_DAILY) == 0
    write_deltalake(str(log.parent), balances(1, start=5), mode="append")
    os.utime(log, ns=(seen.st_atime_ns, seen.st_mtime_ns))  # a coarse clock
    assert lake.version(BALANCE_DAILY) == 1


def test_threads_share_what_was_read_and_each_sees_the_newest(lake, monkeypatch):
    """A web server answers each request in a thread of its own."""
    lake.append(BALANCE_DAILY, balances(1), commit_id="s:1")
    with ThreadPoolExecutor(1) as first:
        assert first.submit(lake.version, BALANCE_DAILY).result() == 0
    _at_rest(lake.root / BALANCE_DAILY.name / "_delta_log")
    with ThreadPoolExecutor(1) as second:
        assert second.submit(lake.version, BALANCE_DAILY).result() == 0
    monkeypatch.setattr("liuke.lake.opened.DeltaTable", None)  # nobody opens it anew
    with ThreadPoolExecutor(4) as more:
        assert set(more.map(lake.version, [BALANCE_DAILY] * 40)) == {0}
        lake.append(BALANCE_DAILY, balances(1, start=5), commit_id="s:2")
        assert set(more.map(lake.version, [BALANCE_DAILY] * 40)) == {1}


def _at_rest(log: Path) -> None:
    """As if the last commit were a minute old."""
    old = log.stat().st_mtime_ns - 60_000_000_000
    os.utime(log, ns=(old, old))


def test_a_lake_that_is_no_folder_is_a_message_with_the_place(tmp_path):
    (tmp_path / "lake").write_text("a file where the folder should be")
    broken = Lake(tmp_path / "lake")
    for step in (lambda: broken.version(CUSTOMER), lambda: broken.append(BALANCE_DAILY, balances(1), commit_id="c")):
        with pytest.raises(TryAgain, match="could not be") as caught:
            step()
        assert "permissions" in caught.value.then


def test_a_damaged_log_names_its_table(tmp_path):
    lake = Lake(tmp_path / "lake")
    lake.append(BALANCE_DAILY, balances(1), commit_id="c")
    for entry in (tmp_path / "lake" / "balance_daily" / "_delta_log").glob("*.json"):
        entry.write_text("junk")
    with pytest.raises(TryAgain, match="log of table 'balance_daily' is damaged"):
        Lake(tmp_path / "lake").files(BALANCE_DAILY)
