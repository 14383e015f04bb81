"""团队: leave, duty, certificates and 1+N teams of the own staff, by form or by CSV file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from liuke.act.routing_policy import RoutingPolicy, read_routing_policy
from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.choices import branch_choices, branch_names
from liuke.console.figures import is_chinese
from liuke.console.labels import Text
from liuke.console.paging import place_of
from liuke.console.reading import house
from liuke.console.reading.own_customers import among_own
from liuke.console.whole_number import whole
from liuke.errors import YourMistake
from liuke.govern.access import Scope
from liuke.govern.masking import mask_value
from liuke.state.actions.keep_people import add_people, remove_people, staff_of
from liuke.state.names import staff_names
from liuke.state.people_csv import MOST_BYTES, rows_of
from liuke.state.people_rows import COLUMNS, KINDS, MODELS, Fields, Kind, Known

SIZE: Final = 50
FIELDS: Final[dict[str, Text]] = {
    "staff_id": _("工号"),
    "since": _("起始日"),
    "until": _("终止日"),
    "deputy_id": _("代理人工号"),
    "branch_id": _("值守网点"),
    "day": _("日期"),
    "starts": _("开始"),
    "ends": _("结束"),
    "skill": _("资质代码"),
    "customer_id": _("客户号"),
}
_ORDER: Final[dict[str, tuple[str, ...]]] = {
    "leave": ("-until", "staff_id", "id"),
    "shift": ("-starts_at", "staff_id", "id"),
    "skill": ("staff_id", "code", "-since", "id"),
    "team": ("customer_id", "staff_id", "id"),
}


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row of the list. what: certificate or customer. over: its time is past. removable: not the bank's own."""

    pk: int
    staff_id: str
    row: Any
    what: str
    over: bool
    removable: bool


@require_GET
@guarded("hand_over")
def listing(request: HttpRequest, kind: str) -> HttpResponse:
    """The rows of one kind, with the form and the file."""
    return _page(request, _kind(kind))


@require_POST
@guarded("hand_over")
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """One row from the form; it comes back with what is wrong."""
    fields = {name: request.POST.get(name, "").strip()[:64] for name in COLUMNS[_kind(kind)]}
    return _store(request, _kind(kind), [(None, fields)], fields)


@require_POST
@guarded("hand_over")
def read_file(request: HttpRequest, kind: str) -> HttpResponse:
    """Rows from a CSV file: all of them or, with every mistake listed, none."""
    file = request.FILES.get("file")
    name = (file.name or "")[:64] if file else ""
    try:
        # One byte more than may be: whatever was sent, no more of it is held.
        rows = rows_of(_kind(kind), file.read(MOST_BYTES + 1) if file else b"", name)
    except YourMistake as error:
        return _page(request, _kind(kind), mistake=error)
    return _store(request, _kind(kind), rows, name=name)


@require_POST
@guarded("hand_over")
def remove(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Takes one row away."""
    remove_people(who_of(request), _kind(kind), pk)
    return redirect("team_people", kind=kind)


def _store(
    request: HttpRequest, kind: Kind, rows: list[tuple[int | None, Fields]], form: Fields | None = None, name: str = ""
) -> HttpResponse:
    named = {fields.get("customer_id", "") for _line, fields in rows}
    known = _known(scope_of(request), named if kind == "team" else set())
    try:
        added = add_people(who_of(request), kind, rows, known, name)
    except YourMistake as error:
        return _page(request, kind, mistake=error, form=form)
    return _page(request, kind, added=added)


def _known(scope: Scope, customer_ids: set[str]) -> Known:
    return Known(
        staff={row.staff_id: row for row in staff_of(scope)},
        branches=scope.branches,
        skills=frozenset(_policy().skills),
        customers=among_own(scope, customer_ids),
        zone=house().zone,
    )


def _page(
    request: HttpRequest,
    kind: Kind,
    *,
    mistake: YourMistake | None = None,
    form: Fields | None = None,
    added: int | None = None,
) -> HttpResponse:
    scope = scope_of(request)
    staff, skills = list(staff_of(scope).order_by("branch_id", "staff_id")[:500]), _policy().skills
    rows: QuerySet[Any] = (
        MODELS[kind]._default_manager.filter(staff_id__in=staff_of(scope).values("staff_id")).order_by(*_ORDER[kind])
    )
    number, total = whole(request.GET.get("page")), rows.count()
    start = (number - 1) * SIZE
    found = [_row(kind, row, skills) for row in rows[start : start + SIZE]]
    context = {
        "part": kind,
        "fields": FIELDS,
        "columns": COLUMNS[kind],
        "rows": found,
        "names": staff_names([row.staff_id for row in found] + [getattr(row.row, "deputy_id", "") for row in found]),
        "branches": branch_names(getattr(row.row, "branch_id", None) for row in found),
        "staff": staff,
        "own_branches": branch_choices(scope),
        "skills": [(code, name.zh if is_chinese() else name.en) for code, name in skills.items()],
        "mistake": mistake,
        "form": form or {},
        "added": added,
        "today": timezone.localdate(),
        **place_of(number, SIZE, len(found), total),
    }
    return page(request, "console/team_people.html", "team", context, status=422 if mistake else 200)


def _row(kind: Kind, row: Any, skills: dict[str, Any]) -> PersonRow:
    ends = {"leave": "until", "skill": "until", "shift": "ends_at"}.get(kind)
    end = getattr(row, ends) if ends else None
    past = end is not None and end < (timezone.now() if kind == "shift" else timezone.localdate())
    name = skills.get(getattr(row, "code", ""))
    what = "" if name is None else str(name.zh if is_chinese() else name.en)
    if kind == "team":
        what = str(mask_value(row.customer_id, "account"))
    return PersonRow(row.pk, row.staff_id, row, what, past, getattr(row, "own", True))


def _policy() -> RoutingPolicy:
    return read_routing_policy(house().policy("routing"))


def _kind(text: str) -> Kind:
    found = next((kind for kind in KINDS if kind == text), None)
    if found is None:
        raise Http404
    return found
