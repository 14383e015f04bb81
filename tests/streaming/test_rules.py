"""What a bank home says of its rules, and that a change of any file is noticed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from liuke.errors import YourMistake
from liuke.streaming.rules import catalogue_of, read_given, stamp
from liuke.wiring import open_house
from tests.streaming.living_bank import ROOT


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("liuke.yaml", "events", "triggers", "policies"):
        source = ROOT / "examples" / "bank" / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    (tmp_path / "calendar.csv").write_text("date,workday,note\n2026-01-05,1,\n", encoding="utf-8")
    return tmp_path


def test_the_shipped_rules_are_read_and_the_sensitive_one_sleeps(home):
    given = read_given(open_house(home))
    assert len(given.rules.rules) == 13
    assert given.rules.asleep == ("medical_spending",)


def test_a_sensitive_rule_watches_once_the_bank_has_switched_it_on(home):
    (home / "policies" / "triggers.yaml").write_text("switched_on: [medical_spending]\n", encoding="utf-8")
    assert "medical_spending" in read_given(open_house(home)).rules.rules


def test_rules_may_speak_of_the_banks_own_events_and_properties(home):
    (home / "events" / "own.yaml").write_text(
        "events: [{event: lounge_visit, name: {zh: 贵宾厅, en: Lounge}, properties: {minutes: {type: number}}}]\n",
        encoding="utf-8",
    )
    assert catalogue_of(home)["lounge_visit"] == {"minutes": "number"}
    assert "amount" in catalogue_of(home)["transaction"]


def test_a_rule_about_an_unknown_event_is_refused_with_its_line(home):
    rule = (
        (home / "triggers" / "prepay_search.yaml").read_text(encoding="utf-8").replace("count: search", "count: serach")
    )
    (home / "triggers" / "prepay_search.yaml").write_text(rule, encoding="utf-8")
    with pytest.raises(YourMistake, match="did you mean 'search'") as error:
        read_given(open_house(home))
    assert error.value.place.line


@pytest.mark.parametrize("name", ["triggers/new.yaml", "events/new.yaml", "policies/triggers.yaml"])
def test_any_file_that_comes_changes_or_goes_is_noticed(home, name):
    before = stamp(home)
    (home / name).write_text("a: 1\n", encoding="utf-8")
    added = stamp(home)
    (home / name).write_text("a: 12\n", encoding="utf-8")
    changed = stamp(home)
    (home / name).unlink()
    assert len({before, added, changed}) == 3
    assert stamp(home) == before
