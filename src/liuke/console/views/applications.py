"""Applications at the counter: found by the customer's code, seen over all channels, continued; codes issued."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Final

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from liuke.act.progress.application import ENDED, EventName, Step
from liuke.act.progress.code import shown as in_groups
from liuke.act.progress.guessing import PERSON
from liuke.act.progress.progress_policy import ProgressPolicy, read_progress_policy
from liuke.console import application_words as words
from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.labels import Text
from liuke.console.reading import house, lend
from liuke.console.reading.customers import look_up as customer_in_scope
from liuke.console.showing import customer_row
from liuke.errors import YourMistake
from liuke.state.actions.change_order import Stale
from liuke.state.actions.issue_progress_code import CodeWish, Holder, issue_progress_code
from liuke.state.actions.look_up_code import NoSuchCode, NotACode, look_up_code
from liuke.state.actions.record import record_application, record_view
from liuke.state.actions.record_step import record_step
from liuke.state.guessing import TooManyTries
from liuke.state.models import Application
from liuke.state.models.applications import ApplicationQuerySet

PAGE: Final = 20
LIVELY: Final = timedelta(days=90)
"""Open applications without a step for longer are found by code or on the customer's page, not listed."""
DEEDS: Final[dict[EventName, Text]] = {
    "application_step": gettext_lazy("办了一步"),
    "application_submitted": gettext_lazy("已提交"),
    "application_withdrawn": gettext_lazy("客户撤回"),
}
"""What a counter records; reviews and results come from the systems that decide."""
_OPENED: Final = "liuke.console.application"
_HOLDS: Final = 1800


@require_GET
@guarded("work_applications")
def board(request: HttpRequest) -> HttpResponse:
    """The look-up by code, and the newest open applications of the customers in scope."""
    return _board(request, "")


@require_POST
@guarded("work_applications")
def look_up(request: HttpRequest) -> HttpResponse:
    """Opens the application of a code that the customer handed over."""
    who = who_of(request)
    try:
        row = look_up_code(who, request.POST.get("code", ""), _key(), {f"user:{who.scope.actor}": PERSON})
    except NotACode:
        return _board(request, _("这不是完整的进度码，请逐位核对。"), 422)
    except NoSuchCode:
        return _board(request, _("没有找到。请核对进度码；码可能已过期或已换发，可为客户重新签发。"), 404)
    except TooManyTries as error:
        return _board(request, _("输错次数过多，请 {n} 秒后再试。").format(n=error.retry_after), 429)
    return redirect(_address(row, signing.dumps([who.scope.actor, row.application_id], salt=_OPENED)))


@require_GET
@guarded("work_applications")
def detail(request: HttpRequest, application_id: str) -> HttpResponse:
    """One application over all channels; looking is audited."""
    row = _found(request, application_id)
    record_application(who_of(request), row.application_id, row.customer_id)
    return _detail(request, row)


@require_POST
@guarded("work_applications")
def step(request: HttpRequest, application_id: str) -> HttpResponse:
    """Records the next step at the counter. Sent twice, it is one step."""
    who, row = who_of(request), _found(request, application_id)
    deed = request.POST.get("deed", "")
    if deed not in DEEDS:
        return _detail(request, row, _("请选择办理结果。"), 422)
    name: EventName = deed
    made = Step(
        event_id=request.POST.get("event_id", ""), name=name, at=who.at, channel="branch",
        stage=request.POST.get("stage", ""), fields=tuple(request.POST.getlist("field")),
    )  # fmt: skip
    try:
        record_step(who, _rows(request, application_id), application_id, made, _policy(), version=_version(request))
    except Stale:
        return _detail(request, _found(request, application_id), _("别的渠道刚办了一步，请看过再登记。"), 409)
    except YourMistake:
        return _detail(request, _found(request, application_id), _("没有登记：申请已结束，或阶段不对。"), 422)
    return redirect(_address(row, request.GET.get("by", "")))


@require_GET
@guarded("work_applications")
def of_customer(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The applications of a customer in scope, and the form that issues a code."""
    return _of_customer(request, customer_id)


@require_POST
@guarded("work_applications")
def issue(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Issues a code for a new or known application of a customer in scope; the answer shows it, once."""
    who = who_of(request)
    with lend() as reader:
        person = customer_in_scope(reader, who.scope, customer_id)
    if person is None:
        raise Http404
    holder = Holder(customer_id, person["name"], person["phone"], person["branch_id"] or "", person["staff_id"])
    known = request.POST.get("application", "")
    wish = CodeWish(request.POST.get("journey", ""), "branch", known)
    if known and not Application.objects.filter(application_id=known, customer_id=customer_id).exists():
        raise Http404
    try:
        made = issue_progress_code(who, holder, wish, _policy(), _key())
    except YourMistake:
        return _of_customer(request, customer_id, {"trouble": _("没有签发：请选择业务，已结束的申请不能再签发。")}, 422)
    told = {"code": in_groups(made.code), "until": made.expires_at, "renewed": made.renewed, "phone": holder.phone}
    return _of_customer(request, customer_id, {"made": told})


def _board(request: HttpRequest, trouble: str, status: int = 200) -> HttpResponse:
    asked = request.GET.get("page", "1")
    number = max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 1
    lively = Application.objects.visible_to(scope_of(request)).filter(last_step_at__gte=timezone.now() - LIVELY)
    rows = lively.exclude(status__in=ENDED).order_by("-last_step_at", "-id")
    first = (number - 1) * PAGE
    found, policy = list(rows[first : first + PAGE + 1]), _policy()
    context = {
        "trouble": trouble,
        "rows": [words.shown(row, policy) for row in found[:PAGE]],
        "number": number,
        "more": len(found) > PAGE,
        "previous": number - 1,
        "next": number + 1,
        "first": first + 1 if found else 0,
        "last": first + len(found[:PAGE]),
        "total": rows.count(),
    }
    return page(request, "console/applications.html", "applications", context, status=status)


def _detail(request: HttpRequest, row: Application, trouble: str = "", status: int = 200) -> HttpResponse:
    policy = _policy()
    journey, steps = policy.known(row.journey), words.steps_of(row)
    context = {
        "a": words.shown(row, policy),
        "items": words.items(row, steps, policy),
        "given": words.given(journey, steps),
        "known": {code for each in steps for code in each.fields},
        "friction": words.told_of(steps),
        "again": words.listed(words.field_names(journey).get(code, code) for code in words.told_of(steps).again),
        "took": words.lasted(steps[0].at, steps[-1].at) if steps else "",
        "choices": [(s.code, words.said(s.name)) for s in journey.stages] if journey else [],
        "fields": list(words.field_names(journey).items()),
        "at": words.next_stage(journey, row),
        "deeds": DEEDS,
        "event_id": f"counter:{secrets.token_hex(12)}",
        "by": request.GET.get("by", ""),
        "mine": Application.objects.visible_to(scope_of(request)).filter(pk=row.pk).exists(),
        "trouble": trouble,
    }
    return page(request, "console/application.html", "applications", context, status=status)


def _of_customer(
    request: HttpRequest, customer_id: str, more: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    scope, policy = scope_of(request), _policy()
    with lend() as reader:
        person = customer_in_scope(reader, scope, customer_id)
    if person is None:
        raise Http404
    record_view(who_of(request), customer_id)
    rows = Application.objects.filter(customer_id=customer_id).order_by("-last_step_at", "-id")[:50]
    context = {
        "row": customer_row(person, scope),
        "applications": [words.shown(row, policy) for row in rows],
        "journeys": [(journey.code, words.said(journey.name)) for journey in policy.journeys],
        "customer_page": policy.customer_page,
        **(more or {}),
    }
    return page(request, "console/customer_applications.html", "customers", context, status=status)


def _version(request: HttpRequest) -> int:
    """The version that the page showed; -1, which none has, where it says none."""
    shown = request.POST.get("version", "")
    return int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 9 else -1


def _rows(request: HttpRequest, application_id: str) -> ApplicationQuerySet:
    """What this person may open: the own customers' applications; any of the branch for half an hour after its code."""
    scope = scope_of(request)
    try:
        told = signing.loads(request.GET.get("by", ""), salt=_OPENED, max_age=_HOLDS)
    except signing.BadSignature:
        told = None
    if told == [scope.actor, application_id]:
        return Application.objects.handed_to(scope)
    return Application.objects.visible_to(scope)


def _found(request: HttpRequest, application_id: str) -> Application:
    if not application_id.isprintable():  # PostgreSQL takes no NUL
        raise Http404
    row = _rows(request, application_id).filter(application_id=application_id).first()
    if row is None:
        raise Http404
    return row


def _address(row: Application, by: str) -> str:
    plain = reverse("application", args=[row.application_id])
    return f"{plain}?by={by}" if by else plain


def _policy() -> ProgressPolicy:
    return read_progress_policy(house().policy("progress"))


def _key() -> str:
    return house().pseudonym_key()
