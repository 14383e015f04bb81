"""An administrator takes a key of the API back: from the next request on it opens nothing."""

from __future__ import annotations

from django.db import transaction

from liuke.errors import YourMistake
from liuke.govern.access import require
from liuke.govern.audit import AuditRecord
from liuke.govern.masking import mask_text
from liuke.state.actions.change_order import Who
from liuke.state.audit import append
from liuke.state.models import ApiKeyRow


def revoke_key(who: Who, key_id: str, reason: str = "") -> ApiKeyRow:
    """The key after it; one revoked before stays as it was. Raises NotAllowed, YourMistake for an unknown one."""
    require(who.scope, "manage_keys")
    with transaction.atomic():
        row = ApiKeyRow.objects.select_for_update().filter(key_id=key_id).first()
        if row is None:
            raise YourMistake(
                f"there is no key '{key_id}'", state="nothing was changed", then="liuke keys list   # shows their ids"
            )
        if row.revoked_at is None:
            row.revoked_at = who.at
            row.save(update_fields=["revoked_at"])
            said = mask_text(reason.strip())[:200]
            append(AuditRecord(who.at, who.scope.actor, who.scope.role, "key_revoke", "key", key_id, said, who.address))
    return row
