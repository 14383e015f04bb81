"""The RM's desk: today's orders, the drawer of one, and its outcome in two clicks."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from liuke.console import labels
from liuke.console.acting import guarded, page, scope_of, who_of
from liuke.console.answers import ANSWERS, NEXT_STEPS, read_answer
from liuke.console.choices import desk_choices, receivers
from liuke.console.figures import money
from liuke.console.reading.desk import desk as head_of
from liuke.console.reading.story import order_story
from liuke.console.showing import locale, order_row, rights
from liuke.console.today_words import today_reason
from liuke.errors import LiukeError
from liuke.govern.access import Scope, finds_people
from liuke.govern.masking import mask_value
from liuke.state import order_list
from liuke.state.actions import Stale, hand_over, log_contact, record_view
from liuke.state.models import Staff, WorkOrder
from liuke.state.names import staff_names
from liuke.state.today_list import Places, TodayPage, places_of, today

SIZE: Final = 10
TABS: Final[tuple[tuple[str, labels.Text, bool], ...]] = (
    ("today", gettext_lazy("今日"), False),
    ("open", gettext_lazy("全部在途"), False),
    ("escalated", gettext_lazy("已升级"), True),
    ("urgent", gettext_lazy("最高优先"), True),
    ("due_soon", gettext_lazy("即将超时"), True),
    ("following", gettext_lazy("跟进中"), False),
    ("waiting", gettext_lazy("待客户回复"), False),
    ("closed", gettext_lazy("已结束"), False),
)
FILTERS: Final[dict[str, tuple[tuple[str, labels.Text], ...]]] = {
    "tier": (
        ("", gettext_lazy("全部等级")),
        ("red", gettext_lazy("红色或紧急")),
        ("orange", gettext_lazy("橙色或较急")),
        ("yellow", gettext_lazy("黄色或一般")),
    ),
    "source": (
        ("", gettext_lazy("全部来源")),
        ("churn", gettext_lazy("流失预警")),
        ("offer", gettext_lazy("权益与产品")),
        ("trigger", gettext_lazy("实时触发与活动")),
    ),
    "due": (
        ("", gettext_lazy("不限到期")),
        ("late", gettext_lazy("已超时")),
        ("today", gettext_lazy("今天到期")),
        ("week", gettext_lazy("七天内到期")),
    ),
}
"""Choices of the filters above the list, by their key in the address."""
SORTS: Final = (
    ("urgency", gettext_lazy("按紧急度")),
    ("due", gettext_lazy("按到期时间")),
    ("score", gettext_lazy("按流失风险")),
    ("aum", gettext_lazy("按资产")),
    ("newest", gettext_lazy("按派单时间")),
)


@guarded("see_orders")
def desk(request: HttpRequest) -> HttpResponse:
    """The list, and the numbers above it."""
    scope, now = scope_of(request), timezone.now()
    places = places_of(scope, now)
    tabs = [tab for tab in TABS if _has_tab(tab[0], scope, places)]
    sort = _among(request.GET.get("sort"), [key for key, _label in SORTS])
    tab = _among(request.GET.get("tab"), [key for key, _label, _hot in tabs])
    query, only = request.GET.get("q", "").strip()[:64], _only(request, scope)
    number = whole(request.GET.get("page"))
    day = None
    if places and tab == "today":
        day = today(scope, query, number, SIZE, now=now, places=places, only=only)
        found = day.page
    else:
        found = order_list.page(scope, tab, query, sort, number, SIZE, now=now, only=only)
    counts = found.counts | ({"today": places.listed(found.counts)} if places else {})
    context = {
        "tabs": tabs,
        "can_tick": tab != "closed" and "work_orders" in rights(scope),
        "desks": desk_choices(scope) if tab != "closed" and "hand_over" in rights(scope) else [],
        "sorts": [] if tab == "today" else SORTS,
        "sort": sort,
        "query": query,
        "only": only,
        "filters": FILTERS,
        "filtered": only != order_list.EVERYTHING,
        "staff_filter": staff_names([only.staff]).get(only.staff, only.staff) if only.staff else "",
        "finds_people": finds_people(scope),
        "list": found,
        "counts": counts,
        "day": day,
        "rows": [(order_row(row, scope, timezone.localdate()), _why_here(row, day, now)) for row in found.rows],
        "acting_for": staff_names(row.acting_for for row in found.rows),
        "last": found.first + len(found.rows) - 1,
        "more": found.page < found.pages,
        "previous": found.page - 1,
        "next": found.page + 1,
        "tier_labels": labels.TIERS,
        "outcome_labels": labels.OUTCOMES,
    }
    if request.headers.get("HX-Target") == "orders":  # a tab, a page, a search: the list alone
        return render(request, "console/parts/orders.html", context)
    head = head_of(scope, now, counts if not query and only == order_list.EVERYTHING else None, places)
    exact = "amounts_detail" in rights(scope)
    context |= {
        "today": timezone.localdate(),
        "greeting": _greeting(now),
        "desk": head,
        "saved_aum": money(head.saved_aum) if exact else mask_value(head.saved_aum, "money", locale=locale()),
    }
    return page(request, "console/workbench.html", "workbench", context)


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
        after = log_contact(
            who, order_id, read_answer(request.POST, who.at), version=whole(request.POST.get("version"))
        )
    except Stale:
        return _stale()
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
        hand_over(who, order_id, staff_id, reason, version=whole(request.POST.get("version")))
    except Stale:
        return _stale()
    except LiukeError:
        return toast(409, _("工单没有移交"), _("没有改动任何数据，请重新打开工单，再选一位客户经理"), bad=True)
    name = Staff.objects.filter(staff_id=staff_id).values_list("name", flat=True).first()
    return toast(204, _("工单已移交"), name or staff_id)


def _has_tab(tab: str, scope: Scope, places: Places | None) -> bool:
    if tab == "today":
        return places is not None
    return tab != "escalated" or "hand_over" in rights(scope)


def _only(request: HttpRequest, scope: Scope) -> order_list.Only:
    """The filters of the address; a desk may be named by those who see other desks."""
    asked = {name: _among(request.GET.get(name), [key for key, _label in choices]) for name, choices in FILTERS.items()}
    staff = request.GET.get("staff", "")[:64] if "see_all_orders" in rights(scope) else ""
    return order_list.Only(**asked, staff=staff)


def _why_here(row: WorkOrder, day: TodayPage | None, now: datetime) -> str:
    """今日排序理由, '' on other tabs."""
    return today_reason(row, day.ranks[row.pk], now) if day and row.pk in day.ranks else ""


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


def _among(wish: str | None, known: list[str]) -> str:
    return wish if wish in known else known[0]


def whole(text: str | None) -> int:
    """A page or version number from a request; 1 when it is none."""
    return max(1, int(text)) if text and text.isascii() and text.isdigit() and len(text) < 9 else 1
