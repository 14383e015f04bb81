"""What files may look like: encodings, separators, numbers, dates, full-width characters, Excel, Parquet."""

from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from tests.collect.conftest import TRANSACTION_COLUMNS

LINE = "T1,A1,2026-03-01 10:00:00,12.50,收\n"


def only(desk, table="transaction"):
    [row] = desk.rows(table)
    return row


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_chinese_encodings_are_read_as_stated(filled, encoding):
    filled.transactions(LINE, encoding=encoding, csv={"encoding": encoding})
    assert only(filled)["direction"] == "in"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_byte_order_mark_is_not_part_of_the_first_name(filled, encoding):
    filled.write("t.csv", "\ufeffid,name,level\nB7,苏州,branch\n", encoding)
    columns = {"branch_id": "id", "name": "name", "level": "level"}
    entry = {"table": "branch", "path": "t.csv", "csv": {"encoding": encoding}, "columns": columns}
    assert filled.load(filled.source(entry)).tables[0].accepted == 1


def test_timestamps_without_an_offset_are_in_the_bank_zone_and_the_day_is_local(filled):
    filled.transactions("T1,A1,2026-03-01 00:30:00,1,收\n")
    row = only(filled)
    assert row["occurred_at"] == datetime(2026, 2, 28, 16, 30, tzinfo=UTC)
    assert row["business_date"] == date(2026, 3, 1)


def test_a_source_may_have_a_time_zone_of_its_own_and_an_offset_wins(filled):
    entry = filled.source(
        {"table": "complaint",
         "rows": [{"i": "1", "at": "2026-03-01 23:00:00"}, {"i": "2", "at": "2026-03-01T23:00:00Z"}],
         "columns": {"complaint_id": "i", "customer_id": {"const": "C1"}, "received_at": "at"}},
        time_zone="Europe/Prague",
    )  # fmt: skip
    filled.load(entry)
    found = {r["complaint_id"]: r for r in filled.rows("complaint")}
    assert found["1"]["received_at"] == datetime(2026, 3, 1, 22, tzinfo=UTC)
    assert found["2"]["received_at"] == datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert found["1"]["business_date"] == date(2026, 3, 2)


def test_full_width_digits_and_letters_are_made_half_width(filled):
    filled.transactions("T1,A1,2026-03-01 10:00:00,12.50,收\n")
    row = only(filled)
    assert (row["transaction_id"], row["account_id"], row["amount"]) == ("T1", "A1", Decimal("12.50"))


@pytest.mark.parametrize(
    ("text", "options", "amount"),
    [
        ('"1,234,567.80"', {}, "1234567.80"),
        ("+7", {}, "7.00"),
        (".5", {}, "0.50"),
        ("0.005", {}, "0.01"),
        ('"1.234,5"', {"decimal": ","}, "1234.50"),
        ("1'000.25", {"thousands": "'"}, "1000.25"),
    ],
)
def test_money_is_read_as_the_mapping_states(filled, text, options, amount):
    filled.transactions(f"T1,A1,2026-03-01,{text},收\n", formats=options)
    assert only(filled)["amount"] == Decimal(amount)


@pytest.mark.parametrize("text", ['"1,2"', "1e5", "１２元", "--1", "NaN", "12345678901234567.00", "0x10", "1_000"])
def test_what_only_looks_like_money_is_refused(filled, text):
    filled.transactions(f"T1,A1,2026-03-01,{text},收\n")
    assert [q[3] for q in filled.quarantined()] == ["type"]


@pytest.mark.parametrize("text", ["2026/3/5", "20260305", "2026-03-05", "2026.03.05", "2026年03月05日"])
def test_usual_dates_need_no_format(filled, text):
    filled.write("b.csv", f"a,d,b\nA1,{text},1\n")
    columns = {"account_id": "a", "balance_date": "d", "balance": "b", "currency": {"const": "CNY"}}
    filled.load(filled.source({"table": "balance_daily", "path": "b.csv", "columns": columns}))
    assert only(filled, "balance_daily")["balance_date"] == date(2026, 3, 5)


@pytest.mark.parametrize("text", ["202635", "2026-02-30", "2026-13-01", "05/03/2026", "20260305x"])
def test_dates_are_never_guessed(filled, text):
    filled.write("b.csv", f"a,d,b\nA1,{text},1\n")
    columns = {"account_id": "a", "balance_date": "d", "balance": "b", "currency": {"const": "CNY"}}
    filled.load(filled.source({"table": "balance_daily", "path": "b.csv", "columns": columns}))
    assert filled.quarantined() == [(2, "balance_date", text, "type")]


def test_quoted_line_feeds_blank_and_broken_lines_keep_true_line_numbers(filled):
    text = 'T1,A1,2026-03-01,1,收\n\n"T\n2",A1,2026-03-01,x,收\nbroken\nT3,A1,never,1,收\n'
    text += '"bro\nken",1\nT4,A1,2026-03-01,y,收\n'
    filled.transactions(text)
    assert [(q[0], q[3]) for q in filled.quarantined()] == [
        (4, "type"), (6, "fields"), (7, "type"), (8, "fields"), (10, "type"),
    ]  # fmt: skip
    assert only(filled)["line"] == 2


def test_a_file_without_header_and_with_titles_above_is_described(filled):
    filled.write("t.txt", "交易明细\n打印日期 2026-03-02\nT1|A1|2026-03-01|5|收\n")
    csv = {"delimiter": "|", "header": False, "names": ["id", "account", "at", "amount", "direction"], "skip_lines": 2}
    filled.load(filled.source({"table": "transaction", "path": "t.txt", "csv": csv, "columns": TRANSACTION_COLUMNS}))
    assert only(filled)["line"] == 3


def test_an_excel_sheet_gives_sheet_rows_as_lines_and_takes_real_dates_and_numbers(filled):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "余额"
    body = (["A1", date(2026, 3, 1), 12.5], [], ["A2", "2026-03-01", "many"], ["A2", date(2026, 3, 2), 7])
    for row in (["账号", "日期", "余额"], *body):
        sheet.append(row)
    book.save(filled.folder / "b.xlsx")
    columns = {"account_id": "账号", "balance_date": "日期", "balance": "余额", "currency": {"const": "CNY"}}
    entry = {"table": "balance_daily", "path": "b.xlsx", "sheet": "余额", "columns": columns}
    report = filled.load(filled.source(entry))
    assert report.tables[0].accepted == 2
    assert filled.quarantined() == [(4, "balance", "many", "type")]


def test_parquet_in_contract_types_needs_no_columns(filled):
    table = pa.table(
        {
            "account_id": ["A1", "A2", "A9"],
            "balance_date": [date(2026, 3, 1)] * 3,
            "balance": pa.array([Decimal("1.00"), None, Decimal("3.00")], pa.decimal128(18, 2)),
            "currency": ["CNY"] * 3,
        }
    )
    pq.write_table(table, filled.folder / "b.parquet")
    report = filled.load(filled.source({"table": "balance_daily", "path": "b.parquet"}))
    assert report.tables[0].accepted == 1
    assert filled.quarantined() == [(2, "balance", None, "required"), (3, "account_id", "A9", "references")]


def test_a_glob_loads_every_file_and_names_each(filled):
    for day in ("01", "02"):
        filled.write(f"b_{day}.csv", f"a,d,b\nA1,2026-03-{day},1\nA1,x,1\n")
    columns = {"account_id": "a", "balance_date": "d", "balance": "b", "currency": {"const": "CNY"}}
    report = filled.load(filled.source({"table": "balance_daily", "path": "b_*.csv", "columns": columns}))
    assert report.tables[0].files == ("b_01.csv", "b_02.csv")
    assert sorted(r["file"] for r in filled.rows("quarantine")) == ["b_01.csv", "b_02.csv"]
