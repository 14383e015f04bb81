"""团队: transfers of customers and their orders on a day; planned, withdrawn, and those that are done."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.choices import desk_choices
from liuke.console.paging import place_of
from liuke.console.whole_number import whole
from liuke.errors import YourMistake, coded
from liuke.state.actions.transfer import plan_transfer, withdraw_transfer
from liuke.state.models import Transfer
from liuke.state.models.people import PLANNED
from liuke.state.names import staff_names

SIZE: Final = 25


@require_GET
@guarded("hand_over")
def listing(request: HttpRequest) -> HttpResponse:
    """The form, and the transfers of the person's branches, newest first."""
    return _page(request, {"giver": request.GET.get("giver", "")[:64]})


@require_POST
@guarded("hand_over")
def plan(request: HttpRequest) -> HttpResponse:
    """Plans one; the form comes back with what is wrong."""
    form = request.POST
    customers = [each[:64] for each in re.split(r"[\s,，;；、]+", form.get("customers", "")) if each]
    try:
        day = _day(form.get("on", ""))
        plan_transfer(
            who_of(request), form.get("giver", "")[:64], [s[:64] for s in form.getlist("receiver")], day, customers,
            form.get("reason", ""),
        )  # fmt: skip
    except YourMistake as error:
        kept = {key: form.get(key, "") for key in ("giver", "on", "customers", "reason")}
        return _page(request, kept | {"receivers": form.getlist("receiver")}, error)
    return redirect("transfers")


@require_POST
@guarded("hand_over")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes one back that has not taken effect."""
    try:
        withdraw_transfer(who_of(request), pk)
    except YourMistake as error:
        return _page(request, {}, error)
    return redirect("transfers")


def _page(request: HttpRequest, form: dict[str, Any], mistake: YourMistake | None = None) -> HttpResponse:
    scope, today = scope_of(request), timezone.localdate()
    rows = Transfer.objects.order_by("-effective_on", "-id")
    if scope.branches is not None:
        rows = rows.filter(branch_id__in=sorted(scope.branches))
    number, total = whole(request.GET.get("page")), rows.count()
    start = (number - 1) * SIZE
    found = list(rows[start : start + SIZE])
    named = [row.giver_id for row in found] + [each for row in found for each in row.receivers]
    context = {
        "part": "transfers",
        "rows": [(row, row.state == PLANNED and row.effective_on > today) for row in found],
        "names": staff_names(named),
        "givers": desk_choices(scope, gone=True),
        "receivers": desk_choices(scope),
        "form": {"on": (today + timedelta(days=1)).isoformat()} | {key: value for key, value in form.items() if value},
        "mistake": mistake,
        "today": today.isoformat(),
        **place_of(number, SIZE, len(found), total),
    }
    return page(request, "console/transfers.html", "team", context, status=422 if mistake else 200)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise YourMistake(
            coded("plain_day", "expected a day such as 2026-06-30, not '{value}'", value=text[:32])
        ) from None
