"""A progress code is issued for an application: permission, audit row; the code once, and any before it is void."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from liuke.act.progress.application import Step, checked
from liuke.act.progress.code import code_hash, new_code, phone_hash
from liuke.act.progress.progress_policy import ProgressPolicy
from liuke.errors import YourMistake
from liuke.govern.access import Permission, require
from liuke.govern.audit import AuditRecord, Plain
from liuke.govern.masking import mask_value
from liuke.state.actions.change_order import Who
from liuke.state.actions.record_step import keep_step
from liuke.state.audit import append
from liuke.state.models import Application

_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_STATE: Final = "no code was issued"


@dataclass(frozen=True, slots=True)
class Holder:
    """The customer, read through the scope, unmasked: what of it is kept is masked or a keyed digest."""

    customer_id: str
    name: str | None
    phone: str | None
    branch_id: str
    staff_id: str | None


@dataclass(frozen=True, slots=True)
class CodeWish:
    """For which application. application_id: '' for a new one. stage: '' for the journey's first; where it stands
    when it is new.
    """

    journey: str
    channel: str
    application_id: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """code: in the clear, to hand over once; it is kept nowhere. renewed: an earlier code is void now."""

    application: Application
    code: str
    expires_at: datetime
    renewed: bool


def issue_progress_code(
    who: Who, holder: Holder, wish: CodeWish, policy: ProgressPolicy, key: str, *,
    need: Permission = "work_applications",
) -> Issued:  # fmt: skip
    """A code for the application, which begins with it when it is new. key: the bank's key of pseudonyms.

    Raises NotAllowed, YourMistake.
    """
    require(who.scope, need)
    journey = policy.journey(wish.journey)
    stage = journey.stage(wish.stage) if wish.stage else journey.stages[0]
    if wish.application_id and not _ID.fullmatch(wish.application_id):
        raise YourMistake("an application's id is 1 to 64 letters, digits and . _ : -", state=_STATE)
    application_id = wish.application_id or f"A{secrets.token_hex(8)}"
    start = checked(Step(f"start:{secrets.token_hex(12)}", "application_started", who.at, wish.channel, stage.code))
    with transaction.atomic():
        row, new = Application.objects.get_or_create(
            application_id=application_id,
            defaults={
                "journey": journey.code, "customer_id": holder.customer_id, "stage": stage.code,
                "channel": wish.channel, "status": start.leads_to, "last_step_at": who.at,
                "branch_id": holder.branch_id, "staff_id": holder.staff_id,
            },
        )  # fmt: skip
        row = Application.objects.select_for_update().get(pk=row.pk)
        _fits(row, holder, wish)
        if new:
            keep_step(who, row, start)
        renewed = row.code_hash is not None
        code = _put_code(row, who, holder, timedelta(days=journey.code_days), key)
        data: dict[str, Plain] = {"journey": row.journey, "channel": wish.channel, "renewed": renewed,
                                  "expires": _moment(row.expires_at).date().isoformat()}  # fmt: skip
        append(_audit(who, row, data))
    return Issued(row, code, _moment(row.expires_at), renewed)


def _fits(row: Application, holder: Holder, wish: CodeWish) -> None:
    if row.customer_id != holder.customer_id or row.journey != wish.journey:
        raise YourMistake(
            "this application is not one of the customer's", state=_STATE, then="check the application's id"
        )
    if row.ended:
        raise YourMistake("the application has ended", state=_STATE, then="begin a new application instead")


def _put_code(row: Application, who: Who, holder: Holder, holds: timedelta, key: str) -> str:
    code = new_code()
    row.code_hash, row.phone_hash = code_hash(code, key), phone_hash(holder.phone, row.application_id, key)
    row.customer_name = str(mask_value(holder.name, "name") or "")
    row.branch_id, row.staff_id = holder.branch_id, holder.staff_id
    row.issued_at, row.issued_by, row.expires_at = who.at, who.scope.actor, who.at + holds
    row.save()
    return code


def _moment(at: datetime | None) -> datetime:
    assert at is not None
    return at


def _audit(who: Who, row: Application, data: Mapping[str, Plain]) -> AuditRecord:
    whole = {"customer_id": row.customer_id, **data}
    actor, role = who.scope.actor, who.scope.role
    return AuditRecord(who.at, actor, role, "progress_issue", "application", row.application_id, "", who.address, whole)
