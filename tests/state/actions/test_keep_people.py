"""Leave, duty, certificates and teams as a branch head enters them: checked field by field, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed
from liuke.state.actions.change_order import Who
from liuke.state.actions.keep_people import add_people, remove_people, staff_of
from liuke.state.models import AuditEntry, StaffLeave, StaffShift, StaffSkill, TeamMember
from liuke.state.people_csv import rows_of
from liuke.state.people_rows import Kind, Known

LEAVE = {"staff_id": "S1", "since": "2026-12-01", "until": "2026-12-05", "deputy_id": "S2"}


def known(who: Who) -> Known:
    staff = {row.staff_id: row for row in staff_of(who.scope)}
    return Known(staff, who.scope.branches, frozenset({"fund"}), frozenset({"C1"}), ZoneInfo("Asia/Shanghai"))


def add(who: Who, kind: Kind, *rows: Mapping[str, str]) -> int:
    return add_people(who, kind, [(n, row) for n, row in enumerate(rows, start=2)], known(who), "people.csv")


def wrong(who: Who, kind: Kind, *rows: Mapping[str, str]) -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(YourMistake) as told:
        add(who, kind, *rows)
    return [(f.line, f.key, f.said.code) for f in told.value.mistakes]


def test_a_leave_is_kept_once_with_its_deputy_and_audited(head: Who) -> None:
    assert (add(head, "leave", LEAVE), add(head, "leave", LEAVE)) == (1, 0)
    row = StaffLeave.objects.get()
    assert (row.staff_id, row.since, row.until, row.deputy_id) == ("S1", date(2026, 12, 1), date(2026, 12, 5), "S2")
    assert [(e.action, e.data["staff"]) for e in AuditEntry.objects.all()] == [("leave_added", "S1")]


@pytest.mark.parametrize(
    ("change", "key", "code"),
    [
        ({"staff_id": "S3"}, "staff_id", "no_staff"),
        ({"staff_id": ""}, "staff_id", "field_missing"),
        ({"since": "1.12.2026"}, "since", "plain_day"),
        ({"until": "2026-11-30"}, "until", "until_first"),
        ({"until": ""}, "until", "field_missing"),
        ({"deputy_id": "S1"}, "deputy_id", "own_deputy"),
        ({"deputy_id": "S9"}, "deputy_id", "no_staff"),
    ],
)
def test_each_wrong_field_of_a_leave_is_named_and_nothing_is_stored(
    head: Who, change: dict[str, str], key: str, code: str
) -> None:
    good = LEAVE | {"since": "2027-01-01", "until": "2027-01-02"}
    assert wrong(head, "leave", good, LEAVE | change) == [(3, key, code)]
    assert not StaffLeave.objects.exists()


def test_two_leaves_of_one_person_do_not_overlap_in_a_file_nor_with_what_is_kept(head: Who) -> None:
    later = LEAVE | {"since": "2026-12-05", "until": "2026-12-09"}
    assert wrong(head, "leave", LEAVE, later) == [(3, "since", "leave_overlaps")]
    add(head, "leave", LEAVE)
    assert wrong(head, "leave", later) == [(2, "since", "leave_overlaps")]


def test_an_evening_on_duty_may_end_after_midnight(head: Who) -> None:
    add(head, "shift", {"staff_id": "S2", "day": "2026-12-01", "starts": "18:00", "ends": "00:30"})
    row = StaffShift.objects.get()
    assert (row.branch_id, row.starts_at) == ("NJ1", datetime(2026, 12, 1, 10, tzinfo=UTC))
    assert row.ends_at == datetime(2026, 12, 1, 16, 30, tzinfo=UTC)
    other = {"staff_id": "S2", "branch_id": "HZ", "day": "2026-12-01", "starts": "18", "ends": "20:00"}
    assert wrong(head, "shift", other) == [(2, "branch_id", "not_your_branch")]
    assert wrong(head, "shift", other | {"branch_id": "NJ"}) == [(2, "starts", "plain_hour")]


def test_certificates_are_those_of_the_policy_and_team_customers_those_one_may_see(head: Who) -> None:
    add(head, "skill", {"staff_id": "S1", "skill": "fund", "since": "2026-01-01", "until": ""})
    add(head, "team", {"staff_id": "S1", "customer_id": "C1"})
    assert StaffSkill.objects.get().until is None
    assert TeamMember.objects.get().own
    unknown = {"staff_id": "S1", "skill": "funds", "since": "2026-01-01"}
    assert wrong(head, "skill", unknown) == [(2, "skill", "no_skill")]
    assert wrong(head, "team", {"staff_id": "S1", "customer_id": "C2"}) == [(2, "customer_id", "no_customer")]


def test_what_is_removed_stays_in_the_audit_log_and_others_staff_are_out_of_reach(head: Who, who) -> None:  # type: ignore[no-untyped-def]
    add(head, "leave", LEAVE)
    pk = StaffLeave.objects.get().pk
    with pytest.raises(YourMistake):
        remove_people(who("branch_head", "HZ"), "leave", pk)
    with pytest.raises(NotAllowed):
        remove_people(who("rm", "NJ", "S1"), "leave", pk)
    remove_people(head, "leave", pk)
    assert not StaffLeave.objects.exists()
    assert AuditEntry.objects.get(action="leave_removed").data["until"] == "2026-12-05"


def test_members_that_came_from_the_bank_are_not_removed_here(head: Who) -> None:
    row = TeamMember.objects.create(staff_id="S1", customer_id="C7")
    with pytest.raises(YourMistake):
        remove_people(head, "team", row.pk)


def test_a_file_may_be_in_chinese_gb18030_and_full_width(head: Who) -> None:
    text = "工号,起始日,终止日,代理人工号\nＳ１,２０２６/12/01,2026-12-05,S2\n\n"
    rows = rows_of("leave", text.encode("gb18030"), "请假.csv")
    assert rows == [(2, LEAVE | {"since": "2026/12/01"})]
    assert add_people(head, "leave", rows, known(head)) == 1


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", [(1, None, "csv_empty")]),
        (b"staff_id,since,until\n", [(1, None, "csv_empty")]),
        (b"staff_id,sinse,until\nS1,x,y\n", [(1, "sinse", "csv_unknown"), (1, "since", "csv_column")]),
        (b"staff_id,since,until,until\nS1,a,b,c\n", [(1, "until", "csv_twice")]),
        (b"staff_id,since,until\nS1,a\n", [(2, None, "csv_ragged")]),
        (b"\x81\x20\xff", [(None, None, "csv_encoding")]),
        (b"x" * 1_000_001, [(None, None, "csv_large")]),
    ],
    ids=["empty", "header only", "mistyped column", "column twice", "short row", "no text", "too large"],
)
def test_what_is_wrong_with_a_file_is_said_with_line_and_column(
    data: bytes, found: list[tuple[int | None, str | None, str]]
) -> None:
    with pytest.raises(YourMistake) as told:
        rows_of("leave", data, "leave.csv")
    assert [(f.line, f.key, f.said.code) for f in told.value.mistakes] == found
    assert told.value.place is not None
    assert told.value.place.file == "leave.csv"
