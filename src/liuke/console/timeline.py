"""Timelines in words: what happened with a customer, and with an order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from liuke.console import labels
from liuke.console.figures import money
from liuke.console.labels import Text
from liuke.console.showing import locale, rights
from liuke.govern.access import Scope
from liuke.govern.masking import mask_text, show_value
from liuke.insight.timeline import TimelineEntry
from liuke.state.models import OrderEvent, WorkOrder
from liuke.state.names import staff_names


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a timeline. look: colour of its knob."""

    at: datetime
    kind: str
    icon: str
    look: str
    title: Text
    detail: str = ""


def item_of(entry: TimelineEntry, scope: Scope) -> Item:
    """A line of the customer's timeline, free text masked, amounts as the person may see them."""
    if entry.kind == "transaction":
        return _transaction(entry, scope)
    if entry.kind == "event":
        title = labels.EVENT_NAMES.get(entry.code or "", entry.code or "")
        many = _("{n} 次").format(n=entry.count) if entry.count > 1 else ""
        return Item(entry.at, "event", "device-mobile", "", title, _joined(_channel(entry), many))
    if entry.kind == "contact":
        title = _joined(_channel(entry), str(labels.RESULTS.get(entry.code or "", entry.code or "")))
        look = "green" if entry.code == "reached" else ""
        return Item(entry.at, "contact", "phone-call", look, title, mask_text(entry.detail or ""))
    if entry.kind == "interaction":
        return _service(entry)
    if entry.kind == "survey":
        title = str(labels.SURVEYS.get(entry.code or "", entry.code or ""))
        mark = _("评分 {n}").format(n=f"{entry.score:g}") if entry.score is not None else ""
        return Item(entry.at, "survey", "message-2", "", _joined(title, mark), mask_text(entry.detail or ""))
    arrived = entry.kind == "complaint"
    title = _("受理投诉") if arrived else _("投诉办结")
    detail = _joined(entry.detail, entry.code, _channel(entry))
    return Item(entry.at, "complaint", "mood-sad", "red" if arrived else "green", title, mask_text(detail))


def _service(entry: TimelineEntry) -> Item:
    title = _joined(str(labels.SERVICES.get(entry.code or "", entry.code or "")), _channel(entry))
    waited = _("等候 {n} 分钟").format(n=round(entry.seconds / 60)) if entry.seconds else ""
    mark = _("满意度 {n}").format(n=f"{entry.score:g}") if entry.score is not None else ""
    ended = str(labels.SERVICE_RESULTS.get(entry.result or "", entry.result or ""))
    look = "red" if entry.result in ("unresolved", "abandoned") else ""
    return Item(entry.at, "interaction", "headset", look, title, mask_text(_joined(entry.detail, ended, waited, mark)))


def order_items(scope: Scope, customer_id: str, since: datetime, carried: datetime) -> Iterator[Item]:
    """What happened to the customer's orders that the person may see, newest first.

    carried: contacts logged before are rows of the `contact` table by now and not told twice.
    """
    events = OrderEvent.objects.filter(order__in=WorkOrder.objects.visible_to(scope).filter(customer_id=customer_id))
    for event in events.filter(at__gte=since).order_by("-at", "-id")[:200]:
        if event.kind == "contact" and event.at < carried:
            continue
        outcome = str(labels.OUTCOMES.get(event.outcome, "")) if event.outcome else ""
        title = _joined(_("工单"), str(labels.EVENTS.get(event.kind, event.kind)))
        yield Item(event.at, "order", "list-check", "", title, _joined(outcome, mask_text(event.note)))


def order_history(order: WorkOrder) -> Iterator[Item]:
    """The order's own history, newest first, at most eight lines."""
    icons = {
        "contact": "phone-call",
        "opened": "inbox",
        "expired": "hourglass",
        "hand_over": "users",
        "escalated": "alert-triangle",
        "escalated_late": "alert-triangle",
        "reminder": "clock",
    }
    events = list(OrderEvent.objects.filter(order=order).order_by("-at", "-id")[:8])
    names = staff_names(str(event.data.get("to") or "") for event in events)
    for event in events:
        title: Text = labels.EVENTS.get(event.kind, event.kind)
        if event.kind == "contact":
            title = f"{labels.CHANNELS.get(event.channel, event.channel)} · {labels.RESULTS.get(event.result, '')}"
        outcome = str(labels.OUTCOMES.get(event.outcome, "")) if event.outcome else ""
        taker = names.get(str(event.data.get("to", "")), "")
        way = str(labels.WAYS.get(event.data.get("way", ""), ""))
        yield Item(
            event.at,
            event.kind,
            icons.get(event.kind, "list-check"),
            "",
            title,
            _joined(outcome, way, taker, mask_text(event.note)),
        )


def _transaction(entry: TimelineEntry, scope: Scope) -> Item:
    direction, _slash, initiator = (entry.detail or "").partition("/")
    out = direction == "out"
    name = labels.TRANSACTIONS.get(entry.code or "", entry.code or "")
    title = _joined(str(name), _("转出") if out else _("转入"))
    exact = "amounts_detail" in rights(scope)
    amount = money(entry.amount) if exact else str(show_value(entry.amount, "money", scope.reads["amounts"], locale()))
    many = _("{n} 笔").format(n=entry.count) if entry.count > 1 else ""
    auto = "" if initiator in ("customer", "counterparty") else _("自动")
    look = "orange" if out and initiator == "customer" else ""
    return Item(entry.at, "transaction", "arrows-exchange", look, title, _joined(amount, many, _channel(entry), auto))


def _channel(entry: TimelineEntry) -> str:
    return str(labels.CHANNELS.get(entry.channel or "", entry.channel or ""))


def _joined(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)
