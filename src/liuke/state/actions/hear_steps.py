"""Steps that apps told the collector join the timeline of their application: once per event id, none refused.

They have happened: one that comes after the end, or late, stands on the timeline and changes nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from django.db import transaction

from liuke.act.progress.application import SOURCE, Ended, Step, step_of, taken
from liuke.act.progress.progress_policy import ProgressPolicy
from liuke.collect.tracking.event import TrackedEvent
from liuke.govern.masking import mask_value
from liuke.state.actions.issue_progress_code import Holder
from liuke.state.actions.record_step import put_standing, standing_of
from liuke.state.models import Application, ApplicationStep

Holders: TypeAlias = Callable[[Collection[str]], Mapping[str, Holder]]
"""Customers by number, those the bank knows."""
_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_HEARD: Final = 0
"""`ApplicationStep.batch` of what came from the log and need not go there."""


def hear_steps(events: Iterable[TrackedEvent], policy: ProgressPolicy, holders: Holders) -> int:
    """Takes events of any kind and source; returns how many steps were new.

    An application nobody issued a code for yet is kept from its first step on, when its customer and journey are
    known; an event that names another customer than its application's is left out.
    """
    told = [(event, step) for event in events if event.customer_id and (step := _step(event))]
    if not told:
        return 0
    with transaction.atomic():
        seen = ApplicationStep.objects.filter(event_id__in=[step.event_id for _, step in told])
        known = set(seen.values_list("event_id", flat=True))
        rows = _rows([event for event, step in told if step.event_id not in known], policy, holders)
        fresh = 0
        for event, step in told:
            row = rows.get(_application(event))
            if row is None or step.event_id in known or row.customer_id != event.customer_id:
                continue
            known.add(step.event_id)
            fresh += 1
            _join(row, event, step)
    return fresh


def _join(row: Application, event: TrackedEvent, step: Step) -> None:
    with suppress(Ended):
        put_standing(row, taken(standing_of(row), step))
        row.save()
    ApplicationStep.objects.create(
        event_id=step.event_id, application=row, name=step.name, at=step.at, received_at=_moment(event.received_at),
        channel=step.channel, stage=step.stage, status=step.leads_to, fields=list(step.fields), actor=event.source,
        batch=_HEARD,
    )  # fmt: skip


def _step(event: TrackedEvent) -> Step | None:
    if event.source == SOURCE or not _ID.fullmatch(_application(event)):
        return None
    return step_of(event.name, event.event_id, _moment(event.occurred_at), event.channel, event.properties)


def _rows(events: list[TrackedEvent], policy: ProgressPolicy, holders: Holders) -> dict[str, Application]:
    """The rows of the events' applications by id, made where there are none."""
    wanted = {_application(event) for event in events}
    found = Application.objects.select_for_update().filter(application_id__in=wanted).order_by("pk")
    rows = {row.application_id: row for row in found}
    first = {_application(event): event for event in reversed(events) if _application(event) not in rows}
    journeys = {journey.code for journey in policy.journeys}
    new = {id_: event for id_, event in first.items() if event.properties.get("journey") in journeys}
    people = holders({str(event.customer_id) for event in new.values()}) if new else {}
    for application_id, event in new.items():
        holder = people.get(str(event.customer_id))
        if holder is not None:
            rows[application_id] = _begun(application_id, event, holder)
    return rows


def _begun(application_id: str, event: TrackedEvent, holder: Holder) -> Application:
    """A row as of just before its first step."""
    made, _ = Application.objects.get_or_create(
        application_id=application_id,
        defaults={
            "journey": event.properties["journey"], "customer_id": holder.customer_id,
            "customer_name": str(mask_value(holder.name, "name") or ""), "branch_id": holder.branch_id,
            "staff_id": holder.staff_id, "stage": str(event.properties.get("stage") or "")[:32],
            "channel": event.channel or "other", "status": "started", "last_step_at": _moment(event.occurred_at),
        },
    )  # fmt: skip
    return made


def _application(event: TrackedEvent) -> str:
    return str(event.properties.get("application") or "")


def _moment(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
