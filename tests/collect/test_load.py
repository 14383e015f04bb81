"""What a load does as a whole: once only, versions, lookups, history, one file to several tables."""

from datetime import UTC, date, datetime, timedelta

import pytest

from liuke.clock import AsOf
from liuke.collect.staging import staging
from liuke.errors import TryAgain, YourMistake
from liuke.lake import known
from liuke.tables import ACCOUNT
from tests.collect.conftest import ACCOUNTS, BRANCHES, CUSTOMERS, NOW, TRANSACTION_COLUMNS

LINE = "T1,A1,2026-03-01 10:00:00,12.50,收\n"


def test_the_same_batch_twice_changes_nothing_and_says_so(filled):
    first = filled.transactions(LINE)
    before = filled.lake.version(ACCOUNT), len(filled.rows("load_log"))
    second = filled.transactions(LINE)
    assert (first.already_loaded, second.already_loaded) == (False, True)
    assert second.tables[0].accepted == 1
    assert (filled.lake.version(ACCOUNT), len(filled.rows("load_log"))) == before
    assert len(filled.rows("transaction")) == 1


def test_a_batch_id_of_ones_own_loads_the_same_file_again_and_finds_duplicates(filled):
    filled.transactions(LINE)
    report = filled.load(
        filled.source({"table": "transaction", "path": "t.csv", "columns": TRANSACTION_COLUMNS}), batch_id="again"
    )
    assert (report.tables[0].accepted, report.tables[0].duplicates) == (0, 1)


def test_every_row_says_where_it_came_from(filled):
    report = filled.transactions(LINE)
    [row] = filled.rows("transaction")
    assert (row["source"], row["batch_id"], row["line"], row["ingested_at"]) == ("test", report.batch_id, 2, NOW)


def test_a_changed_dimension_row_is_a_new_version_and_an_unchanged_one_a_duplicate(filled):
    rows = [{"id": "B1", "name": "总行", "level": "head"}, {"id": "B2", "name": "南京", "level": "branch"}]
    report = filled.load(filled.source(BRANCHES | {"rows": rows}), now=NOW + timedelta(days=1))
    assert (report.tables[0].accepted, report.tables[0].duplicates) == (1, 1)
    assert sorted(r["name"] for r in filled.rows("branch") if r["branch_id"] == "B2") == ["南京", "南京分行"]


def test_a_version_that_goes_back_to_an_older_content_is_new_again(filled):
    other = BRANCHES | {"rows": [{"id": "B2", "name": "南京", "level": "branch"}]}
    filled.load(filled.source(other), now=NOW + timedelta(days=1))
    report = filled.load(filled.source(BRANCHES), now=NOW + timedelta(days=2))
    assert (report.tables[0].accepted, report.tables[0].duplicates) == (1, 1)


def test_tables_of_one_source_load_in_the_order_of_their_references(desk):
    report = desk.load(desk.source(ACCOUNTS, CUSTOMERS, BRANCHES))
    assert [(t.table, t.accepted) for t in report.tables] == [("branch", 2), ("customer", 2), ("account", 2)]


def test_one_file_fills_two_tables_and_two_entries_fill_one(desk):
    desk.write("x.csv", "branch,name,client\nB2,南京,C1\n")
    named = {"branch_id": "branch", "name": "name", "level": {"const": "branch"}}
    branches = {"table": "branch", "path": "x.csv", "columns": named}
    columns = {"branch_id": "i", "name": {"const": "总行"}, "level": {"const": "head"}}
    head = {"table": "branch", "rows": [{"i": "HQ"}], "columns": columns}
    columns = {"customer_id": "client", "branch_id": "branch", "opened_on": {"const": "2020-01-01"}}
    clients = {"table": "customer", "path": "x.csv", "columns": columns}
    report = desk.load(desk.source(branches, head, clients))
    assert [(t.table, t.accepted) for t in report.tables] == [("branch", 2), ("customer", 1)]


def test_a_lookup_brings_columns_of_another_file_and_where_counts_what_it_skips(filled):
    filled.write("disp.csv", "account,client,type\n7,1,OWNER\n7,2,USER\n8,2,OWNER\n")
    filled.write("acc.csv", "account,closed\n7,no\n8,no\n9,yes\n")
    owner = {"path": "disp.csv", "by": {"account": "account"}, "where": "type = 'OWNER'", "columns": ["client"]}
    columns = ACCOUNTS["columns"] | {"account_id": "account", "customer_id": {"sql": "'C' || owner_client"}}
    entry = {"table": "account", "path": "acc.csv", "where": "closed = 'no'", "columns": columns}
    entry["lookups"] = {"owner": owner}
    report = filled.load(filled.source(entry))
    assert (report.tables[0].accepted, report.tables[0].skipped) == (2, 1)
    assert {r["account_id"]: r["customer_id"] for r in filled.rows("account") if r["account_id"] in "789"} == {
        "7": "C1",
        "8": "C2",
    }


def test_a_lookup_that_would_multiply_rows_is_refused(filled):
    filled.write("disp.csv", "account,client\n7,1\n7,2\n")
    filled.write("acc.csv", "account\n7\n")
    owner = {"path": "disp.csv", "by": {"account": "account"}, "columns": ["client"]}
    entry = {"table": "account", "path": "acc.csv", "columns": ACCOUNTS["columns"], "lookups": {"owner": owner}}
    with pytest.raises(YourMistake, match="lookup 'owner' is not unique: 2 rows"):
        filled.load(filled.source(entry))


def test_hashed_ids_tell_equal_rows_apart_and_stay_the_same_on_the_next_delivery(filled):
    columns = TRANSACTION_COLUMNS | {
        "transaction_id": {"hash": ["account", "at", "amount"], "number_repeats": True, "prefix": "T"}
    }
    text = "x,A1,2026-03-01,5,收\nx,A1,2026-03-01,5,收\n"
    assert filled.transactions(text, columns=columns).tables[0].accepted == 2
    report = filled.transactions(text + "x,A1,2026-03-02,5,收\n", columns=columns)
    assert (report.tables[0].accepted, report.tables[0].duplicates) == (1, 2)


def test_keep_last_takes_the_last_row_of_each_combination(filled):
    filled.write("b.csv", "a,d,b\nA1,2026-03-01,1\nA2,2026-03-01,9\nA1,2026-03-01,2\nA1,2026-03-02,3\n")
    columns = {"account_id": "a", "balance_date": "d", "balance": "b", "currency": {"const": "CNY"}}
    keep = {"per": ["a", "d"]}
    entry = {"table": "balance_daily", "path": "b.csv", "keep_last": keep, "columns": columns}
    report = filled.load(filled.source(entry))
    assert (report.tables[0].accepted, report.tables[0].skipped) == (3, 1)
    assert sorted(float(r["balance"]) for r in filled.rows("balance_daily")) == [2.0, 3.0, 9.0]


def test_unique_columns_quarantine_the_second_row(filled):
    report = filled.transactions(LINE + LINE.replace("T1", "T2"), unique=["account", "at"])
    assert filled.quarantined() == [(3, "account, at", None, "unique")]
    assert report.tables[0].accepted == 1


def test_backfilled_history_is_known_at_the_end_of_its_own_day_and_never_foresees_its_end(desk):
    account = ACCOUNTS | {
        "rows": [{"id": "A1", "owner": "C1", "closed": "2026-02-03"}],
        "columns": ACCOUNTS["columns"] | {"opened_on": {"const": "2026-01-05"}, "closed_on": "closed"},
    }
    customers = CUSTOMERS | {"columns": CUSTOMERS["columns"] | {"opened_on": {"const": "2026-01-05"}}}
    report = desk.load(desk.source(BRANCHES, customers, account, history="backfill"))
    assert report.backfilled
    assert report.tables[2].accepted == 1

    def closing(day: date):
        view = known(desk.lake.scan(desk.engine, ACCOUNT), ACCOUNT, AsOf.end_of(day, desk.zone))
        return [r["closed_on"] for r in desk.engine.arrow(view).to_pylist()]

    assert closing(date(2026, 1, 4)) == []
    assert closing(date(2026, 1, 5)) == [None]
    assert closing(date(2026, 2, 2)) == [None]
    assert closing(date(2026, 2, 3)) == [date(2026, 2, 3)]
    assert min(r["ingested_at"] for r in desk.rows("account")) == datetime(2026, 1, 5, 16, tzinfo=UTC)


def test_progress_ends_with_all_bytes_read(filled):
    seen = []
    filled.write("t.csv", "id,account,at,amount,direction\n" + LINE)
    filled.load(
        filled.source({"table": "transaction", "path": "t.csv", "columns": TRANSACTION_COLUMNS}), progress=seen.append
    )
    assert seen[-1].bytes_done == seen[-1].bytes_total == (filled.folder / "t.csv").stat().st_size
    assert [p.step for p in seen][-2:] == ["check", "write"]


def test_no_working_folder_is_left_behind(filled):
    filled.transactions(LINE)
    assert [p.name for p in (filled.lake.root / "_staging").iterdir() if p.is_dir()] == []


def test_a_lake_that_cannot_be_written_is_a_message_before_anything_is_read(tmp_path):
    (tmp_path / "lake").write_text("a file where the folder should be")
    with pytest.raises(TryAgain, match="lake folder cannot be written") as caught, staging(tmp_path / "lake"):
        pass
    assert caught.value.state == "nothing was loaded"
