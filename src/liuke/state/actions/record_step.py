"""A step of an application is recorded: once per event id, on the timeline and on the stream, whatever the channel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from django.db import transaction

from liuke.act.progress.application import Standing, Status, Step, checked, taken
from liuke.act.progress.progress_policy import ProgressPolicy
from liuke.errors import YourMistake
from liuke.govern.access import Permission, require
from liuke.govern.audit import AuditRecord
from liuke.state.actions.change_order import Stale, Who
from liuke.state.audit import append
from liuke.state.models import Application, ApplicationStep
from liuke.state.models.applications import ApplicationQuerySet


@dataclass(frozen=True, slots=True)
class Recorded:
    """The application after the step. repeat: it was recorded before, and nothing was done now."""

    application: Application
    repeat: bool


def record_step(
    who: Who, rows: ApplicationQuerySet, application_id: str, step: Step, policy: ProgressPolicy, *,
    need: Permission = "work_applications", version: int | None = None,
) -> Recorded:  # fmt: skip
    """Records one step of an application among `rows`, which the caller has narrowed to the scope.

    Two channels at once come one after the other. Raises NotAllowed, YourMistake, Ended, or Stale when `version` is
    given and another channel was faster.
    """
    require(who.scope, need)
    step = replace(checked(step), at=min(step.at, who.at))  # a clock that is fast must not make later steps late
    with transaction.atomic():
        row = rows.select_for_update().filter(application_id=application_id).first()
        if row is None:
            raise YourMistake(
                "there is no such application among those you may see",
                state="nothing was recorded",
                then="look the application up again by its code",
            )
        policy.journey(row.journey).stage(step.stage)
        if _before(row, step.event_id):
            return Recorded(row, repeat=True)
        if version is not None and row.version != version:
            raise Stale(
                "the application was continued elsewhere in the meantime",
                state="nothing was recorded",
                then="look at the application again and record what still applies",
            )
        put_standing(row, taken(standing_of(row), step))
        row.save()
        keep_step(who, row, step)
    return Recorded(row, repeat=False)


def keep_step(who: Who, row: Application, step: Step) -> None:
    """The step's row, which also waits to go on the stream, and the audit row; in the caller's transaction."""
    ApplicationStep.objects.create(
        event_id=step.event_id,
        application=row,
        name=step.name,
        at=step.at,
        received_at=who.at,
        channel=step.channel,
        stage=step.stage,
        status=step.leads_to,
        fields=list(step.fields),
        actor=who.scope.actor,
    )
    data = {"event": step.name, "channel": step.channel, "stage": step.stage, "event_id": step.event_id,
            "customer_id": row.customer_id}  # fmt: skip
    actor, role = who.scope.actor, who.scope.role
    append(AuditRecord(who.at, actor, role, "progress_step", "application", row.application_id, "", who.address, data))


def standing_of(row: Application) -> Standing:
    """The row as a value."""
    return Standing(row.journey, row.stage, row.channel, cast(Status, row.status), row.last_step_at, row.version)


def put_standing(row: Application, standing: Standing) -> None:
    """The value into the row, not yet saved."""
    row.stage, row.channel, row.status = standing.stage, standing.channel, standing.status
    row.last_step_at, row.version = standing.at, standing.version


def _before(row: Application, event_id: str) -> bool:
    owner = ApplicationStep.objects.filter(event_id=event_id).values_list("application_id", flat=True).first()
    if owner is not None and owner != row.pk:
        raise YourMistake(
            "this event id was used for another application", state="nothing was recorded", then="use a new event id"
        )
    return owner is not None
