"""The RM takes an order."""

from __future__ import annotations

from liuke.act.workorder import Accept, Order
from liuke.state.actions.change_order import Trace, Who, change_order


def accept_order(who: Who, order_id: str, *, version: int | None = None) -> Order:
    """From assigned to accepted. Raises as `change_order` does."""
    return change_order(who, order_id, [Accept()], Trace("accept"), need="work_orders", version=version)
