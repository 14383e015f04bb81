"""Rows lie on disk by month and customer; rearranging changes no row and disturbs nobody."""

import multiprocessing
import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from liuke.engine import DuckEngine
from liuke.lake import Lake, arranged, in_stretches
from liuke.lake.arrangement import GROUP_ROWS, rewrite
from liuke.tables import BALANCE_DAILY, CUSTOMER, EVENT, EVENT_DAY, LOAD_LOG, SIGNAL

KNOWN = datetime(2026, 5, 2, tzinfo=UTC)


def balances(days: list[date], accounts: int) -> pa.Table:
    """One balance per account and day, account numbers falling."""
    rows = [
        {
            "account_id": f"A{n:05d}", "balance_date": day, "balance": Decimal(n), "currency": "CNY",
            "business_date": day, "source": "s", "batch_id": "b", "line": n, "ingested_at": KNOWN,
        }
        for day in days for n in reversed(range(accounts))
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=BALANCE_DAILY.arrow)


def everything(lake: Lake, engine: DuckEngine) -> pa.Table:
    return engine.arrow(lake.scan(engine, BALANCE_DAILY).order_by(["business_date", "account_id", "line"]))


@pytest.fixture
def daily(lake: Lake) -> Lake:
    """Thirty daily files over two months."""
    for n in range(30):
        lake.append(BALANCE_DAILY, balances([date(2026, 3, 20) + timedelta(days=n)], 4), commit_id=f"d{n}")
    return lake


def test_rows_are_ordered_by_month_and_then_by_account_whatever_the_day(engine):
    rows = engine.from_arrow(balances([date(2026, 4, 2), date(2026, 3, 30), date(2025, 12, 1), date(2026, 3, 1)], 3))
    found = engine.arrow(arranged(rows, BALANCE_DAILY)).to_pylist()
    keys = [(r["business_date"].year, r["business_date"].month, r["account_id"]) for r in found]
    assert keys == sorted(keys)
    assert len(keys) == 12
    assert tuple(found[0]) == BALANCE_DAILY.names


def test_sums_of_events_lie_by_month_then_name_then_customer(engine):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    made = [
        {
            "business_date": date(2026, month, day), "customer_id": who, "event_name": name, "events": 1,
            "first_at": moment, "last_at": moment,
        }
        for day in (2, 1) for month in (2, 1) for who in ("C2", "C1") for name in ("search", "login")
    ]  # fmt: skip
    rows = engine.from_arrow(pa.Table.from_pylist(made, schema=EVENT_DAY.arrow))
    found = engine.arrow(arranged(rows, EVENT_DAY)).to_pylist()
    order = [(row["business_date"].month, row["event_name"], row["customer_id"]) for row in found]
    assert order == sorted(order)
    assert len(found) == len(made)


@pytest.mark.parametrize("rows", [1, 4, 7, 1000])
def test_an_append_is_ordered_stretch_by_stretch_and_keeps_every_row(rows):
    whole = balances([date(2026, 3, 1) + timedelta(days=n) for n in range(5)], 4)
    made = pa.Table.from_batches(in_stretches(iter(whole.to_batches(max_chunksize=2)), BALANCE_DAILY, rows))
    assert made.sort_by([("business_date", "ascending"), ("line", "ascending")]).equals(
        whole.sort_by([("business_date", "ascending"), ("line", "ascending")])
    )
    size = -(-rows // 2) * 2
    for first in range(0, 20, size):
        names = made["account_id"].slice(first, size).to_pylist()
        assert names == sorted(names)


def test_rows_without_a_customer_and_tables_without_one_pass():
    facts = {"occurred_at": KNOWN, "event_name": "x", "business_date": KNOWN.date(), "ingested_at": KNOWN}
    rows = [
        facts | {"event_id": str(n), "customer_id": who, "source": "s", "batch_id": "b", "line": n}
        for n, who in enumerate(["B", None, "A"])
    ]
    stream = pa.Table.from_pylist(rows, schema=EVENT.arrow).to_batches()
    found = pa.Table.from_batches(in_stretches(iter(stream), EVENT))["customer_id"].to_pylist()
    assert [who for who in found if who] == ["A", "B"]
    assert len(found) == 3
    logs = LOAD_LOG.arrow.empty_table().to_batches()
    assert list(in_stretches(iter(logs), LOAD_LOG)) == logs


def test_events_of_nobody_lie_together_by_device(engine):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    made = [
        {
            "event_id": f"{who}{device}{n}", "customer_id": who, "anonymous_id": device, "occurred_at": moment,
            "event_name": "login", "business_date": date(2026, 1, 1), "source": "s", "batch_id": "b", "line": n,
            "ingested_at": moment,
        }
        for n in range(2) for device in ("d2", None, "d1") for who in (None, "C2", "C1")
    ]  # fmt: skip
    rows = pa.Table.from_pylist(made, schema=EVENT.arrow)
    appended = pa.Table.from_batches(in_stretches(iter(rows.to_batches()), EVENT)).to_pylist()
    compacted = engine.arrow(arranged(engine.from_arrow(rows), EVENT)).to_pylist()
    for found in (appended, compacted):
        order = [(r["customer_id"] or "~", r["anonymous_id"] or "~") for r in found]
        assert order == sorted(order)
        assert {r["event_id"] for r in found} == {r["event_id"] for r in made}


def test_days_of_signals_stay_apart_and_logs_stay_as_they_are(engine):
    signals = engine.from_arrow(SIGNAL.arrow.empty_table())
    logs = engine.from_arrow(LOAD_LOG.arrow.empty_table())
    assert tuple(arranged(signals, SIGNAL).columns) == SIGNAL.names
    assert arranged(logs, LOAD_LOG) is logs


def test_compaction_leaves_one_ordered_file_a_month_and_every_row(daily, engine):
    before = everything(daily, engine)
    assert daily.compact(BALANCE_DAILY, engine) == 30
    assert everything(daily, engine).equals(before)
    files = daily.files(BALANCE_DAILY)
    assert len(files) == 2
    for file in files:
        found = pq.read_table(file).to_pylist()
        assert [r["account_id"] for r in found] == sorted(r["account_id"] for r in found)
        assert len({r["business_date"].month for r in found}) == 1


def test_a_second_compaction_finds_nothing_to_do(daily, engine):
    daily.compact(BALANCE_DAILY, engine)
    version = daily.version(BALANCE_DAILY)
    assert daily.compact(BALANCE_DAILY, engine) == 2
    assert daily.version(BALANCE_DAILY) == version


def test_the_log_keeps_the_span_of_each_new_file(daily, engine):
    daily.compact(BALANCE_DAILY, engine)
    actions = pa.table(DeltaTable(str(daily.root / "balance_daily")).get_add_actions(flatten=True)).to_pylist()
    spans = sorted((a["min.business_date"], a["max.business_date"], a["num_records"]) for a in actions)
    assert spans == [(date(2026, 3, 20), date(2026, 3, 31), 48), (date(2026, 4, 1), date(2026, 4, 18), 72)]
    assert {(a["min.account_id"], a["max.account_id"]) for a in actions} == {("A00000", "A00003")}


def test_a_batch_that_is_in_stays_in_after_compaction(daily, engine):
    daily.compact(BALANCE_DAILY, engine)
    assert daily.append(BALANCE_DAILY, balances([date(2026, 3, 20)], 4), commit_id="d0") is False


def test_large_appends_are_cut_into_small_row_groups(lake, engine):
    rows = balances([date(2026, 3, 1)], GROUP_ROWS + 10)
    lake.append(BALANCE_DAILY, engine.batches(arranged(engine.from_arrow(rows), BALANCE_DAILY)), commit_id="1")
    [file] = lake.files(BALANCE_DAILY)
    footer = pq.read_metadata(file)
    spans = [footer.row_group(i).column(0).statistics for i in range(footer.num_row_groups)]
    assert [footer.row_group(i).num_rows for i in range(footer.num_row_groups)] == [GROUP_ROWS, 10]
    assert spans[0].max < spans[1].min


def test_rewritten_files_have_full_row_groups_in_order(lake, engine):
    lake.append(BALANCE_DAILY, balances([date(2026, 3, 1)], GROUP_ROWS - 5), commit_id="1")
    lake.append(BALANCE_DAILY, balances([date(2026, 3, 2)], 2 * GROUP_ROWS), commit_id="2")
    delta = DeltaTable(str(lake.root / "balance_daily"))
    assert rewrite(delta, BALANCE_DAILY, engine).swap(delta)
    [file] = lake.files(BALANCE_DAILY)
    footer = pq.read_metadata(file)
    assert [footer.row_group(i).num_rows for i in range(3)] == [GROUP_ROWS, GROUP_ROWS, GROUP_ROWS - 5]
    spans = [footer.row_group(i).column(0).statistics for i in range(3)]
    assert all(a.max <= b.min for a, b in pairwise(spans))


def test_whoever_comes_late_changes_nothing_and_leaves_no_file(daily, engine):
    delta, before = DeltaTable(str(daily.root / "balance_daily")), everything(daily, engine)
    late = rewrite(delta, BALANCE_DAILY, engine)
    daily.compact(BALANCE_DAILY, engine)
    delta.update_incremental()
    assert late.swap(delta) is False
    late.drop()
    assert everything(daily, engine).equals(before)
    on_disk = {p.name for p in (daily.root / "balance_daily").glob("arranged-*.parquet")}
    assert on_disk == {Path(f).name for f in daily.files(BALANCE_DAILY)}


def test_what_was_replaced_meanwhile_does_not_come_back(daily, engine, monkeypatch):
    """A replacement that falls between the rewriting and its commit wins; the rewriting is dropped."""

    def rewrite_slowly(*args):
        made = rewrite(*args)
        daily.replace(BALANCE_DAILY, balances([date(2026, 3, 21)], 1), where="business_date = '2026-03-21'")
        return made

    monkeypatch.setattr("liuke.lake.store.rewrite", rewrite_slowly)
    daily.compact(BALANCE_DAILY, engine)
    assert everything(daily, engine).num_rows == 120 - 4 + 1
    assert not list((daily.root / "balance_daily").glob("arranged-*.parquet"))


def test_an_append_during_the_rewriting_stays(daily, engine):
    delta = DeltaTable(str(daily.root / "balance_daily"))
    made = rewrite(delta, BALANCE_DAILY, engine)
    daily.append(BALANCE_DAILY, balances([date(2026, 4, 25)], 4), commit_id="meanwhile")
    before = everything(daily, engine)
    assert made.swap(delta)
    assert everything(daily, engine).equals(before)
    assert before.num_rows == 124


def test_a_missing_file_stops_the_rewriting_and_nothing_is_lost(daily, engine, tmp_path):
    from liuke.errors import TryAgain

    lost = Path(daily.files(BALANCE_DAILY)[0])
    shutil.move(lost, tmp_path / "kept")
    with pytest.raises(TryAgain):
        daily.compact(BALANCE_DAILY, engine)
    shutil.move(tmp_path / "kept", lost)
    assert everything(daily, engine).num_rows == 120


def test_tables_without_dates_are_merged_by_customer(lake, engine):
    facts = {"branch_id": "B1", "opened_on": date(2020, 1, 1), "source": "s", "batch_id": "b", "line": 1}
    for n in reversed(range(26)):
        row = facts | {"customer_id": f"C{n:02d}", "ingested_at": KNOWN}
        lake.append(CUSTOMER, pa.Table.from_pylist([row], schema=CUSTOMER.arrow), commit_id=str(n))
    lake.compact(CUSTOMER, engine)
    [file] = lake.files(CUSTOMER)
    assert pq.read_table(file)["customer_id"].to_pylist() == [f"C{n:02d}" for n in range(26)]


def append_days(root: Path, worker: int) -> None:
    for n in range(8):
        day = date(2026, 3, 1) + timedelta(days=n)
        Lake(root).append(BALANCE_DAILY, balances([day], 5), commit_id=f"w{worker}:{n}")


def compact_often(root: Path) -> None:
    engine = DuckEngine()
    for _ in range(6):
        Lake(root).compact(BALANCE_DAILY, engine)


def test_processes_that_append_and_compact_at_once_lose_and_double_nothing(daily, engine):
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=append_days, args=(daily.root, n)) for n in (1, 2)]
    workers += [spawn.Process(target=compact_often, args=(daily.root,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [w.exitcode for w in workers] == [0, 0, 0, 0]
    assert everything(daily, engine).num_rows == 120 + 2 * 8 * 5
