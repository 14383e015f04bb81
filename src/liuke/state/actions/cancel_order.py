"""An order is withdrawn, for a stated reason."""

from __future__ import annotations

from liuke.act.workorder import Cancel, Order
from liuke.govern.masking import mask_text
from liuke.state.actions.change_order import Trace, Who, change_order


def cancel_order(who: Who, order_id: str, reason: str, *, version: int | None = None) -> Order:
    """Any open state → cancelled, e.g. because the customer asked not to be called. Needs `hand_over`."""
    said = mask_text(reason.strip())
    return change_order(
        who, order_id, [Cancel(said)], Trace("cancel", reason=said, note=said), need="hand_over", version=version
    )
