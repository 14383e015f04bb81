"""A person sends a dead letter again: permission, scope, reason, audit row; then it is queued under its old key."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from liuke.act.outbox.delivery import resend
from liuke.errors import YourMistake
from liuke.govern.access import require
from liuke.govern.audit import AuditRecord
from liuke.govern.masking import mask_text
from liuke.state.actions.change_order import Who
from liuke.state.audit import append
from liuke.state.models import OutboxMessage
from liuke.state.outbox_list import visible
from liuke.state.outbox_rows import DELIVERY_FIELDS, delivery_of, put_delivery


def resend_message(who: Who, key: str, reason: str = "") -> None:
    """Queues the dead letter; gates are asked again when it is sent.

    A message outside the scope is answered like one that does not exist. Raises NotAllowed without `resend`,
    YourMistake for what is no dead letter (any more).
    """
    require(who.scope, "resend")
    with transaction.atomic():
        row = visible(who.scope).filter(key=key).select_for_update().first()
        if row is None:
            raise YourMistake(
                f"there is no message {key} among those you may see",
                state="nothing was changed",
                then="open the list of dead letters again",
            )
        was = row.reason
        put_delivery(row, resend(delivery_of(row), who.at), who.at)
        row.save(update_fields=DELIVERY_FIELDS)
        _audit(who, row, was, mask_text(reason.strip())[:200])


def _audit(who: Who, row: OutboxMessage, was: str, reason: str) -> None:
    data: dict[str, Any] = {
        "channel": row.channel,
        "was": was,
        "customer_id": row.customer_id,
        "attempts": row.attempts,
    }
    append(
        AuditRecord(
            who.at, who.scope.actor, who.scope.role, "message_resend", "message", row.key, reason, who.address, data
        )
    )
