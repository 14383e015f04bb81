"""Showing one masked value of one customer: permission, scope, reason, audit row; then the value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liuke.errors import YourMistake
from liuke.govern.access import require
from liuke.govern.audit import AuditRecord
from liuke.govern.masking import mask_text
from liuke.state.actions.change_order import Who
from liuke.state.audit import append
from liuke.tables import Table

REASON_LENGTH = 4
"""Fewest characters of a reason that says anything."""


def unmask_field(who: Who, table: Table, row: Mapping[str, Any], field: str, reason: str) -> Any:
    """The clear value of `row[field]`.

    row: one unmasked row of `table` with customer_id, branch_id and staff_id, read through the scope. The
    audit row names customer, field and reason, never the value. Raises NotAllowed without the permission,
    YourMistake outside the scope, for a field that is not masked, or for an empty reason.
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
    append(
        AuditRecord(
            who.at,
            who.scope.actor,
            who.scope.role,
            "unmask",
            "customer",
            customer_id,
            said,
            who.address,
            {"table": table.name, "field": field},
        )
    )
    return row[field]
