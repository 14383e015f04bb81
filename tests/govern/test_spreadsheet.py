"""Cells of exported lists stay text in every spreadsheet."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from liuke.console.questions.files import Sheet, as_csv, as_excel
from liuke.govern.spreadsheet import inert

ATTACKS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=HYPERLINK(\"http://x\",\"点\")", "=cmd|' /C calc'!A0",
    "＝1+1", "－1", "＠SUM", "  =1+1", "\ufeff=1+1", "|calc", "%0A=1",
]  # fmt: skip


@pytest.mark.parametrize("text", ATTACKS)
def test_what_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert inert(text) == f"'{text}"
    assert inert(inert(text)) == inert(text)


@pytest.mark.parametrize("text", ["", "张三", "2026-11-30", "5万-20万", "a=b", "138****5678", "'quoted"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


@given(st.text(max_size=12))
def test_no_text_begins_like_a_formula_afterwards(text: str) -> None:
    assert not inert(text).strip("\ufeff ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize("text", ATTACKS)
def test_files_of_questions_hold_no_formula_in_title_head_or_cell(text: str) -> None:
    sheets = [Sheet(text, (text, "n"), ((text, -1.5),))]
    cells = [cell for row in csv.reader(io.StringIO(as_csv(sheets, text).decode("utf-8-sig"))) for cell in row]
    assert cells.count(f"'{text}") == 4
    assert "-1.5" in cells
    for sheet in load_workbook(io.BytesIO(as_excel(sheets, text))).worksheets:
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
