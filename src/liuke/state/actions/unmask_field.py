"""Showing one masked value of one customer: permission, scope, reason, audit row; then the value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from liuke.errors import YourMistake
from liuke.govern.access import require
from liuke.govern.audit import AuditRecord
from liuke.govern.masking import mask_text
from liuke.state.actions.change_order import Who
from liuke.state.audit import append
from liuke.state.models import AuditEntry
from liuke.tables import Table

REASON_LENGTH = 4
"""Fewest characters of a reason that says anything."""


PER_HOUR: Final = 30
"""Values that one person may unmask within an hour, unless the bank says otherwise. Ours."""
_HOUR: Final = timedelta(hours=1)


class TooManyUnmasked(YourMistake):
    """More values were unmasked within an hour than one person's calls need."""


def unmask_field(
    who: Who, table: Table, row: Mapping[str, Any], field: str, reason: str, *, most: int = PER_HOUR
) -> Any:
    """The clear value of `row[field]`. most: values the person may unmask within an hour.

    row: one unmasked row of `table` with customer_id, branch_id and staff_id, read through the scope. The
    audit row names customer, field and reason, never the value. Raises NotAllowed without the permission,
    YourMistake outside the scope, for a field that is not masked, or for an empty reason, TooManyUnmasked beyond
    `most`, which leaves an audit row too.
    """
    require(who.scope, "unmask")
    said = mask_text(reason.strip())
    if len(said) < REASON_LENGTH:
        raise YourMistake("a reason is needed to show a masked value", state="nothing was shown", then="say why")
    if field not in table.names or table.column(field).mask is None:
        raise YourMistake(f"'{field}' is not a masked field of {table.name}", state="nothing was shown")
    customer_id = row["customer_id"]
    if not who.scope.sees(branch_id=row["branch_id"], staff_id=row["staff_id"], customer_id=customer_id):
        raise YourMistake("there is no such customer among those you may see", state="nothing was shown")
    lately = AuditEntry.objects.filter(actor=who.scope.actor, action="unmask", at__gt=who.at - _HOUR).count()
    _note(who, "unmask" if lately < most else "unmask_refused", customer_id, said, table, field)
    if lately >= most:
        raise TooManyUnmasked(
            f"{lately} values were unmasked within an hour, at most {most} may be",
            state="nothing was shown; the attempt stands in the audit log",
            then="wait, or ask compliance to look into it",
        )
    return row[field]


def _note(who: Who, action: str, customer_id: str, said: str, table: Table, field: str) -> None:
    data = {"table": table.name, "field": field}
    actor, role = who.scope.actor, who.scope.role
    append(AuditRecord(who.at, actor, role, action, "customer", customer_id, said, who.address, data))
