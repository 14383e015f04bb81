"""An application as the bank last saw it, and what a step on any channel makes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, get_args

from liuke.collect.sensitive import is_c3
from liuke.collect.tracking.event import TrackedEvent
from liuke.collect.tracking.settings import CHANNELS
from liuke.errors import YourMistake, did_you_mean

EventName = Literal[
    "application_started", "application_step", "application_submitted", "application_status",
    "application_completed", "application_rejected", "application_withdrawn",
]  # fmt: skip
EVENT_NAMES: Final[tuple[EventName, ...]] = get_args(EventName)
Status = Literal[
    "started", "in_progress", "submitted", "in_review", "needs_more", "approved", "completed", "rejected", "withdrawn"
]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
TOLD: Final[tuple[Status, ...]] = ("in_review", "needs_more", "approved")
"""What an `application_status` may say; the other statuses follow from the event's own name."""
ENDED: Final[frozenset[str]] = frozenset({"completed", "rejected", "withdrawn"})
SOURCE: Final = "progress:liuke"
"""The source of steps that were recorded here, in the intake log and the lake."""
MOST_FIELDS: Final = 60
_FIELD: Final = re.compile(r"(?!.*\d{5})[A-Za-z][A-Za-z0-9_]{0,39}")
_ID: Final = re.compile(r"[!-~]{1,64}")
_BY_NAME: Final[dict[EventName, Status]] = {
    "application_started": "started",
    "application_step": "in_progress",
    "application_submitted": "submitted",
    "application_completed": "completed",
    "application_rejected": "rejected",
    "application_withdrawn": "withdrawn",
}
_STATE: Final = "nothing was recorded"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an application stands. stage, channel: of the newest step, at `at`. version: rises with every step."""

    journey: str
    stage: str
    channel: str
    status: Status
    at: datetime
    version: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing more can be done about it."""
        return self.status in ENDED


@dataclass(frozen=True, slots=True)
class Step:
    """One step on one channel. at: when it happened, aware. fields: names of the data typed in, never their values.

    status: for `application_status` only.
    """

    event_id: str
    name: EventName
    at: datetime
    channel: str
    stage: str
    fields: tuple[str, ...] = ()
    status: Status | None = None

    @property
    def leads_to(self) -> Status:
        """The status after it."""
        return _BY_NAME[self.name] if self.status is None else self.status


class Ended(YourMistake):
    """The application has ended: no further step is taken."""


def taken(standing: Standing, step: Step) -> Standing:
    """The application after the step. One that comes late joins the timeline and changes nothing else.

    Raises Ended.
    """
    if standing.ended:
        raise Ended(
            f"the application has ended ({standing.status})", state=_STATE, then="begin a new application instead"
        )
    if step.at < standing.at:
        return replace(standing, version=standing.version + 1)
    status = step.leads_to
    if step.name == "application_step" and standing.status in ("submitted", "in_review", "approved"):
        status = standing.status  # signing a contract does not take back that it was submitted
    return Standing(standing.journey, step.stage, step.channel, status, step.at, standing.version + 1)


def checked(step: Step) -> Step:
    """The step, if it may be recorded. Raises YourMistake."""
    if not _ID.fullmatch(step.event_id):
        raise YourMistake("the event id is 1 to 64 plain characters without blanks", state=_STATE)
    for word, given, known in (("event", step.name, EVENT_NAMES), ("channel", step.channel, CHANNELS)):
        if given not in known:
            raise YourMistake(f"unknown {word} '{given}'", expected=did_you_mean(given, known), state=_STATE)
    if (step.name == "application_status") != (step.status is not None) or step.status not in (None, *TOLD):
        expected = f"with application_status one of {', '.join(TOLD)}, otherwise none"
        raise YourMistake("the status does not go with the event", expected=expected, state=_STATE)
    if len(step.fields) > MOST_FIELDS:
        raise YourMistake(f"{len(step.fields)} fields; at most {MOST_FIELDS} are taken", state=_STATE)
    for name in step.fields:
        if not _FIELD.fullmatch(name):
            raise YourMistake(
                "a field is no name",
                expected="names of the data typed in, of letters, digits and _, never what was typed",
                state=_STATE,
                then="send the form's own field names",
            )
        if is_c3(name):
            raise YourMistake(
                f"'{name}' names authentication data (C3)", state=_STATE, then="leave it out: it is never collected"
            )
    return step


def event_of(step: Step, application_id: str, journey: str, customer_id: str, received_at: datetime) -> TrackedEvent:
    """The step as the event that goes on the stream and into the lake. The code is in no part of it."""
    properties: dict[str, Any] = {
        "application": application_id,
        "journey": journey,
        "stage": step.stage,
        "fields": ",".join(step.fields),
        "status": step.leads_to,
    }
    at, received = _us(step.at), _us(received_at)
    return TrackedEvent(
        step.event_id, step.name, at, received, customer_id, None, step.channel, None, properties, SOURCE
    )  # fmt: skip


def step_of(name: str, event_id: str, at: datetime, channel: str | None, said: Mapping[str, Any]) -> Step | None:
    """The step that an event of the stream tells of; None when it tells of none that could be recorded."""
    if name not in EVENT_NAMES:
        return None
    fields = tuple(part.strip() for part in str(said.get("fields") or "").split(",") if part.strip())
    status = said.get("status") if name == "application_status" else None
    made = Step(event_id, name, at, channel or "other", str(said.get("stage") or "")[:32], fields, status)
    try:
        return checked(made)
    except YourMistake:
        return None


def _us(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
