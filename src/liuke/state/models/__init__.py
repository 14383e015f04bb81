"""The rows people edit or read: log-ins, the organisation's mirror, work orders, audit, runs. App label `state`."""

from __future__ import annotations

from liuke.state.models.audit import AuditEntry
from liuke.state.models.orders import OrderEvent, OrderLoop, WorkOrder
from liuke.state.models.organisation import Branch, Staff, TeamMember
from liuke.state.models.runs import Run
from liuke.state.models.users import User

__all__ = ["AuditEntry", "Branch", "OrderEvent", "OrderLoop", "Run", "Staff", "TeamMember", "User", "WorkOrder"]
