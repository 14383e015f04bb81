"""One action on the orders ticked in the list: accept, hand over, cancel with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from liuke.console import labels
from liuke.console.acting import guarded, who_of
from liuke.console.showing import rights
from liuke.console.views.workbench import toast
from liuke.console.whole_number import whole
from liuke.errors import YourMistake
from liuke.state.actions import accept_order, cancel_order, hand_over
from liuke.state.actions.act_on_orders import MOST, Pick, act_on_orders
from liuke.state.actions.change_order import Who

WHY: Final[dict[str, labels.Text]] = {
    "gone": gettext_lazy("不在您能看到的工单里"),
    "stale": gettext_lazy("刚被别人更新过，请看过后再试"),
    "not_possible": gettext_lazy("当前状态不能这样做"),
    "refused": gettext_lazy("所选客户经理不能接收"),
}


@require_POST
@guarded("work_orders")
def many(request: HttpRequest) -> HttpResponse:
    """Acts on each ticked order by itself; what did not go is listed above the list, which is read again."""
    picks = _picks(request.POST.getlist("order"))
    who = who_of(request)
    if request.POST.get("act") != "accept" and "hand_over" not in rights(who.scope):
        raise PermissionDenied
    act = _action(who, request)
    if act is None:
        return toast(409, _("没有改动任何工单"), _("移交请先选客户经理，取消请先写原因"), bad=True)
    try:
        result = act_on_orders(who, picks, act)
    except YourMistake:
        most = _("请勾选 1 至 {n} 张工单").format(n=MOST)
        return toast(409, _("没有改动任何工单"), most, bad=True)
    missed = [(miss.order_id, WHY[miss.why]) for miss in result.missed]
    response = render(request, "console/parts/bulk_said.html", {"done": len(result.done), "missed": missed})
    response["HX-Trigger"] = json.dumps({"liuke:order-changed": {}})
    return response


def _action(who: Who, request: HttpRequest) -> Callable[[Pick], object] | None:
    """The action asked for; None when what it needs was not filled in."""
    wish, staff_id = request.POST.get("act"), request.POST.get("staff", "")[:64]
    reason = request.POST.get("reason", "").strip()[:200]
    if wish == "accept":
        return lambda pick: accept_order(who, pick.order_id, version=pick.version)
    if wish == "hand_over" and staff_id:
        return lambda pick: hand_over(who, pick.order_id, staff_id, reason, version=pick.version)
    if wish == "cancel" and reason:
        return lambda pick: cancel_order(who, pick.order_id, reason, version=pick.version)
    return None


def _picks(values: Iterable[str]) -> list[Pick]:
    """Ticks are `order_id:version`."""
    parts = (value[:80].rpartition(":") for value in values)
    return [Pick(order_id, whole(version)) for order_id, _colon, version in parts]
