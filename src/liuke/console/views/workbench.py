"""The RM's desk: today's orders, the drawer of one, and its outcome in two clicks."""

from __future__ import annotations

import json
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.answers import ANSWERS, NEXT_STEPS, NoMoment, read_answer
from liuke.console.choices import receivers
from liuke.console.figures import money
from liuke.console.order_table import asked_of, context_of, order_table
from liuke.console.posted import version_shown
from liuke.console.reading.desk import desk as head_of
from liuke.console.reading.story import order_story
from liuke.console.showing import locale, order_row, rights
from liuke.errors import LiukeError
from liuke.govern.masking import show_value
from liuke.state.actions import Stale, hand_over, log_contact, record_view
from liuke.state.models import Staff, WorkOrder
from liuke.state.names import staff_names
from liuke.state.today_list import places_of


@require_GET
@guarded("see_orders")
def desk(request: HttpRequest) -> HttpResponse:
    """The list, and the numbers above it."""
    scope, now = scope_of(request), timezone.now()
    places = places_of(scope, now)
    asked = asked_of(request, scope, places)
    table = order_table(scope, asked, places, now)
    context = context_of(scope, asked, table, now)
    if request.headers.get("HX-Target") == "orders":  # a tab, a page, a search: the list alone
        return render(request, "console/parts/orders.html", context)
    head = head_of(scope, now, table.counts if asked.is_everything else None, places)
    shown = scope.reads["amounts"]
    context |= {
        "today": timezone.localdate(),
        "greeting": _greeting(now),
        "desk": head,
        "saved_aum": money(head.saved_aum)
        if shown == "clear"
        else show_value(head.saved_aum, "money", shown, locale()),
    }
    return page(request, "console/workbench.html", "workbench", context)


@require_GET
@guarded("see_orders")
def drawer(request: HttpRequest, order_id: str) -> HttpResponse:
    """One order: why, assets, timeline, words, and the form. Looking at it is looking at the customer: audited."""
    scope = scope_of(request)
    order = WorkOrder.objects.visible_to(scope).filter(order_id=order_id).first()
    if order is None:
        raise Http404
    record_view(who_of(request), order.customer_id)
    context = {
        "row": order_row(order, scope, timezone.localdate()),
        "o": order,
        "story": order_story(scope, order),
        "answers": ANSWERS,
        "next_steps": NEXT_STEPS,
        "channels": [(key, labels.CHANNELS[key]) for key in ("phone", "wecom", "visit", "sms")],
        "can_work": "work_orders" in rights(scope) and order.closed_at is None and order.state != "new",
        "outcome_labels": labels.OUTCOMES,
        "acting_for": staff_names([order.acting_for]).get(order.acting_for, order.acting_for),
        "receivers": receivers(scope, order) if "hand_over" in rights(scope) and order.closed_at is None else [],
    }
    if request.headers.get("HX-Request"):
        return render(request, "console/parts/drawer.html", context)
    return page(request, "console/order.html", "workbench", context)


@require_POST
@guarded("work_orders")
def contact(request: HttpRequest, order_id: str) -> HttpResponse:
    """Logs what came of a contact; the drawer closes and the list is read again."""
    who = who_of(request)
    if not WorkOrder.objects.visible_to(who.scope).filter(order_id=order_id).exists():
        raise Http404
    try:
        after = log_contact(who, order_id, read_answer(request.POST, who.at), version=version_shown(request))
    except Stale:
        return _stale()
    except NoMoment:
        return toast(409, _("约定时间须在今后 180 天内"), _("没有改动任何数据，请重选日期和时间后提交"), bad=True)
    except LiukeError:
        return toast(409, _("这一步与工单的当前状态不符"), _("没有改动任何数据，请核对所选结果后重试"), bad=True)
    more = _("工单已结束") if not after.is_open else _("工单保留在跟进中")
    return toast(204, _("已记录跟进结果"), more)


@require_POST
@guarded("hand_over")
def hand_on(request: HttpRequest, order_id: str) -> HttpResponse:
    """Puts an order of the pool, or of another desk, on an RM's desk."""
    who, staff_id = who_of(request), request.POST.get("staff", "")[:64]
    if not WorkOrder.objects.visible_to(who.scope).filter(order_id=order_id).exists():
        raise Http404
    reason = request.POST.get("reason", "").strip()[:200]
    try:
        hand_over(who, order_id, staff_id, reason, version=version_shown(request))
    except Stale:
        return _stale()
    except LiukeError:
        return toast(409, _("工单没有移交"), _("没有改动任何数据，请重新打开工单，再选一位客户经理"), bad=True)
    name = Staff.objects.filter(staff_id=staff_id).values_list("name", flat=True).first()
    return toast(204, _("工单已移交"), name or staff_id)


def _stale() -> HttpResponse:
    return toast(409, _("这张工单刚被别人更新过"), _("请重新打开工单，确认后再提交"), bad=True)


def toast(status: int, text: str, more: str, *, bad: bool = False) -> HttpResponse:
    """An answer without a page: a short message, and unless it is bad the list is read again."""
    events: dict[str, object] = {"liuke:toast": {"text": text, "more": more, "bad": bad}}
    if not bad:
        events["liuke:order-changed"] = {}
    response = HttpResponse(status=status)
    response["HX-Trigger"] = json.dumps(events)  # ASCII escapes: header values are Latin-1
    return response


def _greeting(now: datetime) -> str:
    hour = timezone.localtime(now).hour
    if hour < 5:
        return _("夜深了")
    return _("早上好") if hour < 12 else _("下午好") if hour < 18 else _("晚上好")
