"""移交: an order moves to another member of staff, or from the branch's pool to one."""

from __future__ import annotations

from liuke.act.workorder import Assign, HandOver, Order
from liuke.errors import YourMistake
from liuke.govern.access import Scope
from liuke.govern.masking import mask_text
from liuke.state.actions.change_order import Trace, Who, change_order
from liuke.state.models import Staff, WorkOrder


def hand_over(who: Who, order_id: str, staff_id: str, reason: str = "", *, version: int | None = None) -> Order:
    """Gives the order to `staff_id`, an active RM within the giver's branches.

    The due time stays; the customer's branch stays the order's. Raises as `change_order` does.
    """
    _receiver(who.scope, staff_id)
    pooled = WorkOrder.objects.visible_to(who.scope).filter(order_id=order_id, state="new").exists()
    event = Assign(staff_id) if pooled else HandOver(staff_id)
    trace = Trace("hand_over", reason=mask_text(reason.strip()), data={"to": staff_id})
    return change_order(who, order_id, [event], trace, need="hand_over", version=version)


def _receiver(scope: Scope, staff_id: str) -> None:
    staff = Staff.objects.filter(staff_id=staff_id, active=True, role="rm").first()
    within = staff is not None and (scope.branches is None or staff.branch_id in scope.branches)
    if not within:
        raise YourMistake(
            f"no active RM '{staff_id}' works in your branches",
            state="the order stays where it is",
            then="choose somebody from the list of your staff",
        )
