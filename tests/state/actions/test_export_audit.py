"""The audit log as a file."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed, Scope
from liuke.govern.audit import AuditRecord, false_line, read_record
from liuke.state.actions.change_order import Who
from liuke.state.actions.export_audit import AuditExport, export_audit
from liuke.state.audit import append
from liuke.state.audit_list import AuditFilter
from liuke.state.models import AuditEntry
from tests.state.conftest import NOW

WHO = Who(Scope("officer", "compliance", None), NOW, "::1")
ALL = AuditExport(AuditFilter(), "jsonl", "年度审计")


@pytest.fixture
def log(db: None) -> None:
    for actor in ("a", "=HYPERLINK(1)", "b"):
        append(AuditRecord(NOW, actor, "rm", "view_customer", "customer", "C1", '陆, "x"\n', data={"n": 1}))


def test_every_row_is_in_the_file_as_it_is_hashed_and_the_export_stands_in_the_log(log: None, tmp_path: Path) -> None:
    assert export_audit(WHO, ALL, tmp_path / "a.jsonl") == 3
    rows = [read_record(line) for line in (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows == [entry.chained() for entry in AuditEntry.objects.filter(seq__lte=3)]
    assert false_line(rows) is None
    own = AuditEntry.objects.get(seq=4)
    assert (own.action, own.actor, own.reason, own.data) == (
        "audit_export", "officer", "年度审计", {"form": "jsonl", "rows": 3},
    )  # fmt: skip


def test_a_spreadsheet_runs_nothing_and_every_row_says_who_made_the_file(log: None, tmp_path: Path) -> None:
    wanted = replace(ALL, form="csv", wanted=AuditFilter(object_id="C1", since=NOW.date(), until=NOW.date()))
    export_audit(WHO, wanted, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["actor"] for row in rows] == ["a", "'=HYPERLINK(1)", "b"]
    assert {row["reason"] for row in rows} == {'陆, "x"\n'}
    assert {row["exported_by"] for row in rows} == {"officer 2026-11-22T01:00:00+00:00"}


def test_only_what_was_asked_for_is_in_it(log: None, tmp_path: Path) -> None:
    assert export_audit(WHO, replace(ALL, wanted=AuditFilter(actor="b")), tmp_path / "b.jsonl") == 1
    assert '"actor":"b"' in (tmp_path / "b.jsonl").read_text(encoding="utf-8")
    assert AuditEntry.objects.get(seq=4).data == {"form": "jsonl", "rows": 1, "actor": "b"}


@pytest.mark.parametrize("asked", [replace(ALL, reason="  no "), replace(ALL, form="xlsx")])
def test_without_a_reason_or_in_a_form_there_is_none_of_nothing_is_written(
    log: None, tmp_path: Path, asked: AuditExport
) -> None:
    with pytest.raises(YourMistake):
        export_audit(WHO, asked, tmp_path / "a")
    assert not list(tmp_path.iterdir())
    assert AuditEntry.objects.count() == 3


def test_who_may_not_see_the_log_takes_none_of_it_away(log: None, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        export_audit(replace(WHO, scope=Scope("rm1", "rm", None)), ALL, tmp_path / "a")
