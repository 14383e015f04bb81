"""What the branch head writes about staff, as fields of a form or a CSV row: read, checked, made into rows to store.

leave   staff_id, since, until, deputy_id (may be empty)
shift   staff_id, branch_id (empty: the person's own), day, starts, ends (not after `starts`: the next day)
skill   staff_id, skill, since, until (may be empty)
team    staff_id, customer_id
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final, Literal, TypeAlias, get_args

from django.db.models import Model

from liuke.errors import Finding, Place, Said, YourMistake, coded, guess
from liuke.state.models import Staff, StaffLeave, StaffShift, StaffSkill, TeamMember

Kind = Literal["leave", "shift", "skill", "team"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
COLUMNS: Final[dict[Kind, tuple[str, ...]]] = {
    "leave": ("staff_id", "since", "until", "deputy_id"),
    "shift": ("staff_id", "branch_id", "day", "starts", "ends"),
    "skill": ("staff_id", "skill", "since", "until"),
    "team": ("staff_id", "customer_id"),
}
MAY_BE_EMPTY: Final[dict[Kind, frozenset[str]]] = {
    "leave": frozenset({"deputy_id"}),
    "shift": frozenset({"branch_id"}),
    "skill": frozenset({"until"}),
    "team": frozenset(),
}
MODELS: Final[dict[Kind, type[Model]]] = {
    "leave": StaffLeave, "shift": StaffShift, "skill": StaffSkill, "team": TeamMember,
}  # fmt: skip
Fields: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What a row may name. staff: active, of the writer's branches. branches: the writer's, None for the whole bank.
    skills: codes of routing.yaml. customers: of those named, the ones the writer may see. zone: of the days and hours.
    """

    staff: Mapping[str, Staff]
    branches: frozenset[str] | None
    skills: frozenset[str]
    customers: frozenset[str]
    zone: tzinfo


class _At(Exception):
    """What is wrong, and in which field."""

    def __init__(self, key: str, said: Said) -> None:
        super().__init__(said.text)
        self.key, self.said = key, said


def read_rows(kind: Kind, rows: Iterable[tuple[int | None, Fields]], known: Known, name: str = "") -> list[Any]:
    """Unsaved rows of the kind's model, one for each of `rows` (1-based line of the file, or None; fields by column).

    Raises YourMistake with a finding for every field that is wrong: then none of the rows may be used.
    """
    made, findings = [], []
    for line, fields in rows:
        try:
            made.append(_READERS[kind](fields, known))
        except _At as wrong:
            findings.append(Finding(wrong.said, line, wrong.key))
    if findings:
        raise mistake(findings, name)
    return made


def mistake(findings: list[Finding], name: str = "") -> YourMistake:
    """The error of a whole form or file."""
    first = findings[0]
    more = [f"line {f.line} [{f.key}]: {f.said.text}" for f in findings[1:]]
    return YourMistake(
        first.said.text if len(findings) == 1 else "\n          also ".join([first.said.text, *more]),
        place=Place(name or None, first.line, first.key),
        state="nothing was stored",
        then="mend these fields and send all of it again",
        findings=tuple(findings),
    )


def _leave(fields: Fields, known: Known) -> StaffLeave:
    staff, (since, until) = _staff(fields, known), _days(fields)
    deputy = _staff(fields, known, "deputy_id") if fields.get("deputy_id") else None
    if deputy and deputy.staff_id == staff.staff_id:
        raise _At("deputy_id", coded("own_deputy", "nobody is their own deputy"))
    if until is None:
        raise _At("until", _missing("until"))
    return StaffLeave(staff_id=staff.staff_id, since=since, until=until, deputy_id=deputy.staff_id if deputy else "")


def _shift(fields: Fields, known: Known) -> StaffShift:
    staff, day = _staff(fields, known), _day(fields, "day")
    branch_id = fields.get("branch_id") or staff.branch_id
    if known.branches is not None and branch_id not in known.branches:
        raise _At("branch_id", coded("not_your_branch", "'{name}' is none of your branches", name=branch_id))
    starts, ends = (datetime.combine(day, _hour(fields, key), known.zone) for key in ("starts", "ends"))
    if ends <= starts:
        ends += timedelta(days=1)
    return StaffShift(staff_id=staff.staff_id, branch_id=branch_id, starts_at=starts, ends_at=ends)


def _skill(fields: Fields, known: Known) -> StaffSkill:
    staff, code, (since, until) = _staff(fields, known), _text(fields, "skill"), _days(fields)
    if code not in known.skills:
        raise _At(
            "skill", coded("no_skill", "there is no skill '{name}'; {hint}", name=code, **guess(code, known.skills))
        )
    return StaffSkill(staff_id=staff.staff_id, code=code, since=since, until=until)


def _team(fields: Fields, known: Known) -> TeamMember:
    staff, customer_id = _staff(fields, known), _text(fields, "customer_id")
    if customer_id not in known.customers:
        raise _At("customer_id", coded("no_customer", "no customer '{name}' among yours", name=customer_id))
    return TeamMember(staff_id=staff.staff_id, customer_id=customer_id, own=True)


def _missing(key: str) -> Said:
    return coded("field_missing", "'{name}' is empty", name=key)


def _text(fields: Fields, key: str) -> str:
    value = fields.get(key, "").strip()
    if not value:
        raise _At(key, _missing(key))
    return value


def _staff(fields: Fields, known: Known, key: str = "staff_id") -> Staff:
    value = _text(fields, key)
    if value not in known.staff:
        raise _At(key, coded("no_staff", "no active member of staff '{name}' in your branches", name=value))
    return known.staff[value]


def _day(fields: Fields, key: str) -> date:
    value = _text(fields, key).replace("/", "-")
    try:
        return date.fromisoformat(value)
    except ValueError:
        said = coded("plain_day", "expected a day such as 2026-06-30, not '{value}'", value=value)
        raise _At(key, said) from None


def _days(fields: Fields) -> tuple[date, date | None]:
    since = _day(fields, "since")
    until = _day(fields, "until") if fields.get("until", "").strip() else None
    if until is not None and until < since:
        raise _At(
            "until", coded("until_first", "it ends on {until}, before it begins on {since}", until=until, since=since)
        )
    return since, until


def _hour(fields: Fields, key: str) -> time:
    value = _text(fields, key).replace("：", ":")
    try:
        return time.fromisoformat(value.zfill(5))
    except ValueError:
        raise _At(key, coded("plain_hour", "expected an hour such as 18:00, not '{value}'", value=value)) from None


_READERS: Final[dict[Kind, Any]] = {"leave": _leave, "shift": _shift, "skill": _skill, "team": _team}
