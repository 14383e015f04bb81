"""Every kind of bad input: a clear error or a quarantine row, and the rest kept."""

import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from liuke.errors import YourMistake

GOOD = "T1,A1,2026-03-01 10:00:00,12.50,收\n"


def ids(desk):
    return sorted(r["transaction_id"] for r in desk.rows("transaction"))


def test_a_wrong_type_goes_to_quarantine_with_its_value_and_the_rest_is_kept(filled):
    report = filled.transactions(GOOD + "T2,A1,2026-03-01 10:00:00,twelve,收\n")
    assert filled.quarantined() == [(3, "amount", "twelve", "type")]
    assert ids(filled) == ["T1"]
    assert (report.tables[0].accepted, report.tables[0].quarantined) == (1, 1)


def test_a_missing_key_is_required(filled):
    filled.transactions(",A1,2026-03-01 10:00:00,1,收\n" + GOOD)
    assert filled.quarantined() == [(2, "transaction_id", None, "required")]
    assert ids(filled) == ["T1"]


def test_an_unknown_account_breaks_the_reference(filled):
    filled.transactions(GOOD + "T2,A9,2026-03-01 10:00:00,1,收\n")
    assert filled.quarantined() == [(3, "account_id", "A9", "references")]


def test_an_unknown_branch_breaks_the_reference(filled):
    filled.write("c.csv", "id,branch\nC3,B2\nC4,B9\n")
    columns = {"customer_id": "id", "branch_id": "branch", "opened_on": {"const": "2021-01-01"}}
    filled.load(filled.source({"table": "customer", "path": "c.csv", "columns": columns}))
    assert filled.quarantined() == [(3, "branch_id", "B9", "references")]
    assert {r["customer_id"] for r in filled.rows("customer")} == {"C1", "C2", "C3"}


def test_a_date_in_the_future_is_quarantined_but_tomorrow_may_already_be_booked(filled):
    filled.transactions("T1,A1,2026-03-11 23:00:00,1,收\nT2,A1,2026-03-12 00:00:00,1,收\n")
    assert filled.quarantined() == [(3, "occurred_at", "2026-03-12 00:00:00", "future_date")]
    assert ids(filled) == ["T1"]


def test_a_negative_amount_is_below_the_minimum(filled):
    filled.transactions(GOOD + "T2,A1,2026-03-01 10:00:00,-3,收\n")
    assert filled.quarantined() == [(3, "amount", "-3", "minimum")]


def test_a_negative_balance_is_allowed_where_the_contract_says_nothing_against_it(filled):
    filled.write("b.csv", "a,d,b\nA1,2026-03-01,-55.10\n")
    columns = {"account_id": "a", "balance_date": "d", "balance": "b", "currency": {"const": "CNY"}}
    report = filled.load(filled.source({"table": "balance_daily", "path": "b.csv", "columns": columns}))
    assert report.tables[0].accepted == 1


def test_a_code_outside_the_value_map_is_quarantined_unless_there_is_a_default(filled):
    filled.transactions(GOOD + "T2,A1,2026-03-01 10:00:00,1,?\n")
    assert filled.quarantined() == [(3, "direction", "?", "value_map")]


def test_equal_rows_are_duplicates_and_different_ones_under_one_key_conflict(filled):
    report = filled.transactions(GOOD + GOOD + GOOD.replace("12.50", "12.51"))
    assert filled.quarantined() == [(4, "transaction_id", "T1", "conflicting_key")]
    assert (report.tables[0].accepted, report.tables[0].duplicates, report.tables[0].quarantined) == (1, 1, 1)


def test_a_row_of_an_earlier_batch_is_a_duplicate_or_conflicts_with_it(filled):
    filled.transactions(GOOD + "T2,A1,2026-03-02,7,收\n")
    report = filled.transactions(GOOD + "T2,A1,2026-03-03,7,收\nT3,A1,2026-03-03,7,付\n")
    assert (report.tables[0].accepted, report.tables[0].duplicates, report.tables[0].quarantined) == (1, 1, 1)
    assert filled.quarantined() == [(3, "transaction_id", "T2", "conflicting_key")]


def test_a_key_that_comes_again_within_a_month_is_recognised_under_another_date(filled):
    filled.transactions("T1,A1,2026-02-05,7,收\n")
    filled.transactions("T1,A1,2026-03-08,7,收\n")
    assert filled.quarantined() == [(2, "transaction_id", "T1", "conflicting_key")]


def test_one_row_with_two_broken_rules_gives_two_findings_and_counts_once(filled):
    report = filled.transactions(GOOD + "T2,A1,yesterday,-1,收\n")
    assert filled.quarantined() == [(3, "amount", "-1", "minimum"), (3, "occurred_at", "yesterday", "type")]
    assert report.tables[0].quarantined == 1


def test_a_line_with_too_few_fields_is_kept_as_it_was(filled):
    report = filled.transactions("T1,A1\n" + GOOD)
    assert filled.quarantined() == [(2, None, None, "fields")]
    assert filled.rows("quarantine")[0]["row_text"] == "T1,A1"
    assert report.tables[0].accepted == 1


def test_the_quarantined_row_is_kept_whole_as_delivered(filled):
    filled.transactions('T2,A1,2026-03-01,"1,2",收\n')
    text = filled.rows("quarantine")[0]["row_text"]
    assert text == '{"id":"T2","account":"A1","at":"2026-03-01","amount":"1,2","direction":"收"}'


def test_an_unknown_source_column_is_named_with_the_nearest_one(filled):
    filled.write("t.csv", "id,acount\n1,A1\n")
    columns = {"transaction_id": "id", "account_id": "account", "occurred_at": "id", "amount": "id",
               "direction": {"const": "in"}, "currency": {"const": "CNY"}, "initiator": {"const": "customer"},
               "transaction_type": {"const": "cash"}}  # fmt: skip
    with pytest.raises(YourMistake, match="no column 'account'; did you mean 'acount'"):
        filled.load(filled.source({"table": "transaction", "path": "t.csv", "columns": columns}))
    assert filled.rows("transaction") == []


def test_a_missing_file_and_an_empty_file_are_named(filled):
    with pytest.raises(YourMistake, match="no such file"):
        filled.load(filled.source({"table": "transaction", "path": "none.csv"}))
    filled.write("t.csv", "")
    with pytest.raises(YourMistake, match="the file is empty"):
        filled.load(filled.source({"table": "transaction", "path": "t.csv"}))


def test_a_file_with_its_header_only_is_a_day_without_rows(filled):
    report = filled.transactions("")
    assert (report.tables[0].accepted, report.tables[0].quarantined) == (0, 0)


def test_the_wrong_encoding_is_told_with_its_line_and_the_right_one(filled):
    with pytest.raises(YourMistake) as caught:
        filled.transactions("T1,A1,2026-03-01,1,in\n" + GOOD, encoding="gbk")
    assert caught.value.place.line == 3
    assert "encoding: gb18030" in caught.value.then
    assert filled.rows("transaction") == []


def test_utf8_stated_to_be_gbk_is_refused_rather_than_garbled(filled):
    with pytest.raises(YourMistake, match="bytes are UTF-8"):
        filled.transactions(GOOD, csv={"encoding": "gbk"})


def test_a_quote_that_is_never_closed_is_told_with_its_line(filled):
    with pytest.raises(YourMistake) as caught:
        filled.transactions(GOOD + 'T2,A1,2026-03-01,1,"收\n' + GOOD)
    assert caught.value.place.line == 3


def test_a_truncated_parquet_file_is_damaged(filled):
    path = filled.folder / "t.parquet"
    pq.write_table(pa.table({"transaction_id": ["T1"] * 1000}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(YourMistake, match="damaged or cut short"):
        filled.load(filled.source({"table": "transaction", "path": "t.parquet"}))


def test_a_zip_bomb_of_a_workbook_is_not_opened(filled):
    path = filled.folder / "t.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (64 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(YourMistake, match="it was not opened"):
        filled.load(filled.source({"table": "transaction", "path": "t.xlsx"}))


def test_a_workbook_that_is_none_is_told(filled):
    Path(filled.folder / "t.xlsx").write_bytes(b"PK not a workbook")
    with pytest.raises(YourMistake, match="cannot be read as an Excel workbook"):
        filled.load(filled.source({"table": "transaction", "path": "t.xlsx"}))


def test_a_table_whose_reference_was_never_loaded_is_refused_before_anything_is_written(desk):
    with pytest.raises(YourMistake, match="refers to table account, which has no rows yet"):
        desk.transactions(GOOD)
    assert desk.rows("quarantine") == []


def test_beyond_max_bad_share_the_report_says_so_and_good_rows_stay(filled):
    report = filled.transactions(GOOD + "T2,A1,never,1,收\n")
    assert report.too_bad == ("transaction",)
    assert ids(filled) == ["T1"]


VISITS = {
    "table": "interaction",
    "columns": {
        "interaction_id": "id", "customer_id": "who", "occurred_at": {"const": "2026-03-02 10:00:00"},
        "channel": {"const": "branch"}, "kind": {"const": "queue_ticket"}, "satisfaction": "mark",
    },
}  # fmt: skip


def test_a_mark_beyond_the_scale_is_above_the_maximum(filled):
    rows = [{"id": str(n), "who": "C1", "mark": mark} for n, mark in enumerate(("0", "1", "5", "6", ""))]
    report = filled.load(filled.source(VISITS | {"rows": rows}))
    assert report.tables[0].accepted == 3
    assert [(v, r) for _, _, v, r in filled.quarantined()] == [("0", "minimum"), ("6", "maximum")]
    assert "1" in {row["message"][-1] for row in filled.rows("quarantine")}
