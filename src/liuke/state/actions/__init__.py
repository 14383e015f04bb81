"""What people and the daily run do to the state: each action checks, changes and audits in one transaction."""

from __future__ import annotations

from liuke.state.actions.accept_order import accept_order
from liuke.state.actions.cancel_order import cancel_order
from liuke.state.actions.change_order import Stale
from liuke.state.actions.escalate_overdue import escalate_overdue
from liuke.state.actions.expire_due import expire_due
from liuke.state.actions.hand_over import hand_over
from liuke.state.actions.log_contact import ContactReport, log_contact
from liuke.state.actions.open_orders import Opened, open_orders
from liuke.state.actions.record import record_export, record_login, record_segment, record_view
from liuke.state.actions.unmask_field import unmask_field

__all__ = [
    "ContactReport", "Opened", "Stale", "accept_order", "cancel_order", "escalate_overdue", "expire_due", "hand_over",
    "log_contact", "open_orders", "record_export", "record_login", "record_segment", "record_view", "unmask_field",
]  # fmt: skip
