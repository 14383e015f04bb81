"""What the API takes and answers about applications and their progress codes."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from liuke.act.progress.application import EventName, Status
from liuke.act.progress.progress_policy import Journey, ProgressPolicy, Stage
from liuke.api.answers import Named, Words
from liuke.collect.tracking.settings import Channel
from liuke.settings import Name
from liuke.state.models import Application

MOST_STEPS = 100
_PLAIN = r"^[A-Za-z0-9._:-]*$"


class IssueBody(BaseModel):
    """A code for an application, new or known. application: its id; made where there is none yet."""

    customer_id: str = Field(min_length=1, max_length=64)
    journey: str = Field(max_length=32, description="A journey of policies/progress.yaml")
    channel: Channel
    application: str = Field("", max_length=64, pattern=_PLAIN)
    stage: str = Field("", max_length=32, description="Of a new one; the first stage unless stated")


class CodeBody(BaseModel):
    """A code as the customer gave it; it stands in the body, because addresses are logged."""

    code: str = Field(max_length=64)


class StepBody(BaseModel):
    """A step, by the code, or by the id for systems that work on applications they know.

    event_id: the sender's own; the same again does nothing. fields: names of the data typed in, never their values.
    version: as last read; 409 when another channel was faster.
    """

    code: str | None = Field(None, max_length=64)
    application: str | None = Field(None, max_length=64, pattern=_PLAIN)
    event_id: str = Field(min_length=1, max_length=64)
    event: EventName = "application_step"
    channel: Channel
    stage: str = Field(max_length=32)
    fields: tuple[str, ...] = ()
    status: Status | None = Field(None, description="With application_status only")
    at: datetime | None = Field(None, description="When it happened, with a zone; now unless stated")
    version: int | None = None


class IssuedAnswer(BaseModel):
    """The code, once: it is kept nowhere. shown: as to be shown. renewed: an earlier code is void now."""

    application: str
    code: str
    shown: str
    expires_at: datetime
    renewed: bool


class StageAnswer(Named):
    """A stage. needs: what the customer has to do; channels: where, none while the bank is at work."""

    needs: Words | None
    channels: list[str]


class StepAnswer(BaseModel):
    """One step of the timeline. fields: names of the data typed in, so that nobody asks for them again."""

    at: datetime
    event: str
    channel: str
    stage: str
    status: str
    fields: list[str]


class ApplicationAnswer(BaseModel):
    """Where an application stands. customer: the masked name. code_expires_at: null where no code is in force.

    repeat: of a step, whether it was known before.
    """

    application: str
    journey: Named
    customer: str
    stage: str
    channel: str
    status: str
    ended: bool
    updated_at: datetime
    version: int
    code_expires_at: datetime | None
    stages: list[StageAnswer]
    steps: list[StepAnswer] = Field(description="Over all channels, oldest first; the newest 100")
    repeat: bool = False


def answer_of(row: Application, policy: ProgressPolicy, *, repeat: bool = False) -> ApplicationAnswer:
    """The row and its timeline."""
    journey = next((each for each in policy.journeys if each.code == row.journey), None)
    newest = reversed(row.steps.order_by("-at", "-id")[:MOST_STEPS])
    return ApplicationAnswer(
        application=row.application_id,
        journey=Named(code=row.journey, name=_words(journey.name if journey else None, row.journey)),
        customer=row.customer_name,
        stage=row.stage,
        channel=row.channel,
        status=row.status,
        ended=row.ended,
        updated_at=row.last_step_at,
        version=row.version,
        code_expires_at=row.expires_at if row.code_hash else None,
        stages=[_stage(stage) for stage in _stages(journey)],
        steps=[
            StepAnswer(
                at=s.at, event=s.name, channel=s.channel, stage=s.stage, status=s.status, fields=list(s.fields)
            )
            for s in newest
        ],
        repeat=repeat,
    )  # fmt: skip


def _stages(journey: Journey | None) -> tuple[Stage, ...]:
    return journey.stages if journey else ()


def _stage(stage: Stage) -> StageAnswer:
    needs = _words(stage.needs, "") if stage.needs else None
    return StageAnswer(code=stage.code, name=_words(stage.name, stage.code), needs=needs, channels=list(stage.channels))


def _words(name: Name | None, code: str) -> Words:
    return Words(zh=name.zh, en=name.en) if name else Words(zh=code, en=code)
