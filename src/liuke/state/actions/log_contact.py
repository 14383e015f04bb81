"""The RM logs a contact: channel and result, and with them the next date or the outcome. Two clicks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from liuke.act.workorder import Channel, Close, Contact, Event, Order, Outcome, Promise, Result
from liuke.govern.masking import mask_text
from liuke.state.actions.change_order import Trace, Who, change_order

NOTE_LIMIT = 500


@dataclass(frozen=True, slots=True)
class ContactReport:
    """What the form says. next_contact_at: aware; outcome closes the order; both at once makes no sense."""

    channel: Channel
    result: Result
    outcome: Outcome | None = None
    next_contact_at: datetime | None = None
    note: str = ""


def log_contact(who: Who, order_id: str, report: ContactReport, *, version: int | None = None) -> Order:
    """Logs the contact; closes the order when an outcome is given, else keeps the next date.

    The note is cut at 500 characters and scrubbed of card, identity and phone numbers, passwords and codes
    before it is stored. Raises as `change_order` does.
    """
    note = mask_text(report.note.strip())[:NOTE_LIMIT]
    events: list[Event] = [Contact(report.channel, report.result, len(note))]
    if report.outcome:
        events.append(Close(report.outcome))
    elif report.next_contact_at:
        events.append(Promise(report.next_contact_at))
    promised = None if report.outcome else report.next_contact_at
    trace = Trace(
        "contact",
        report.channel,
        report.result,
        report.outcome or "",
        note,
        data={"staff_id": who.scope.staff_id, "next_contact_at": promised.isoformat() if promised else None},
    )
    return change_order(who, order_id, events, trace, need="work_orders", version=version)
