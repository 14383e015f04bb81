"""The glossary knows every word that a table, a column or a code brings into the house."""

import re
from typing import get_args

import pytest

from liuke.act.workorder import Channel, Outcome, Result, State
from liuke.govern.access import ROLES
from liuke.tables import TABLES
from tests.architecture.test_names import REPO

TEXT = (REPO / "docs" / "GLOSSARY.md").read_text(encoding="utf-8")
CODES = set(re.findall(r"`([^`]+)`", TEXT))


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_has_its_section_with_every_column_and_code(table):
    heading = f"### {table.name} {table.zh}\n"
    assert heading in TEXT
    section = TEXT.split(heading)[1].split("\n## ")[0].split("\n### ")[0]
    said = set(re.findall(r"`([^`]+)`", section))
    assert [c.name for c in table.columns if c.name not in said] == []
    assert [v for c in table.columns for v in c.values if v not in said] == []


def test_system_columns_are_explained():
    assert {c.name for table in TABLES.values() for c in table.system} <= CODES


@pytest.mark.parametrize("words", [State, Outcome, Channel, Result], ids=["state", "outcome", "channel", "result"])
def test_the_words_of_a_work_order_are_explained(words):
    assert set(get_args(words)) - CODES == set()


def test_roles_tiers_priorities_and_reasons_are_explained():
    assert set(ROLES) <= CODES
    assert {"red", "orange", "yellow", "none", "P1", "P2", "P3", "R01", "R02", "R03", "R04"} <= CODES
