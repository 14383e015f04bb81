"""A journey as the bank writes it: stages with their touchpoints, how it ends, what is meant and what is a pain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Annotated, Final, Self

from pydantic import Field, field_validator, model_validator

from liuke.errors import Wrong
from liuke.insight.behaviour.durations import Duration, duration
from liuke.insight.behaviour.happening import Happening, Occurring
from liuke.insight.rules.rows import PropertyName
from liuke.insight.rules.vocabulary import FACTS, FactTable
from liuke.settings import Name
from liuke.yaml_file import Document

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
"""Of a stage, of a journey: also a value in events."""
MOST_STAGES: Final = 30


def check_stages_apart(codes: Iterable[str]) -> None:
    """Raises Wrong for two stages of one code."""
    known = list(codes)
    if twice := next((code for code in known if known.count(code) > 1), None):
        raise Wrong("same_stage", "two stages have the code '{name}'", name=twice)


class JourneyStage(Document):
    """`{code: form, name: {zh: 填写申请, en: Application form}, touchpoints: [{name: application_step}]}`.

    touchpoints: whatever happens in this stage; a fact belongs to the first stage of which it is one. failures: what
    of it is an error. expected: longer than that is late.
    """

    code: Code
    name: Name
    touchpoints: tuple[Happening, ...] = Field(min_length=1)
    failures: tuple[Happening, ...] = ()
    expected: Duration | None = None

    @property
    def expects(self) -> timedelta | None:
        """How long it should last at most."""
        return None if self.expected is None else duration(self.expected)


class MeantHandOver(Document):
    """`{from: app, to: branch, at: identity}`: a change of channel that the bank means, on coming to that stage.

    Without `at`: at any stage.
    """

    from_: str = Field(alias="from", min_length=1)
    to: str = Field(min_length=1)
    at: str | None = None

    @model_validator(mode="after")
    def _leads_on(self) -> Self:
        if self.from_ == self.to:
            raise Wrong("hand_over_same", "a hand-over leads from '{name}' to itself; name two channels", name=self.to)
        return self


class Rekeying(Document):
    """`{property: fields, within: 30d}`: the property of events that names, by commas, what was typed in.

    The same customer types a name again when it was typed in before, in any case, at most so long ago.
    """

    property_: PropertyName = Field(alias="property")
    within: Duration = "30d"

    @property
    def lasts(self) -> timedelta:
        """How long what was typed in is remembered."""
        return duration(self.within)


class StatusTold(Happening):
    """`{name: application_status, property: status}`: facts in which a channel tells how the case stands.

    property: what holds the status. Told first in one channel, it reaches another only later: the lag between them.
    """

    property_: PropertyName = Field(alias="property")

    @model_validator(mode="after")
    def _has_properties(self) -> Self:
        if self.facts.properties is None:
            raise Wrong("no_properties", "rows of {table} have no properties; use `column`", table=self.did)
        return self


class JourneyComplaints(Occurring):
    """`{name: loan, days: 7}`: complaints that belong to a case: during it and so many days after.

    name, where: as in rules, of the table complaint.
    """

    days: int = Field(7, ge=0, le=90)

    @property
    def facts(self) -> FactTable:
        """See Rows.facts."""
        return FACTS["complaint"]


class Weights(Document):
    """How much each part counts in the pain score of a stage. Defaults are ours and configurable; only their
    proportions matter.
    """

    abandoned: float = Field(30, ge=0, le=1000)
    late: float = Field(15, ge=0, le=1000)
    break_point: float = Field(15, ge=0, le=1000)
    rekeyed: float = Field(15, ge=0, le=1000)
    failed: float = Field(10, ge=0, le=1000)
    returned: float = Field(5, ge=0, le=1000)
    complained: float = Field(10, ge=0, le=1000)

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not any(self.model_dump().values()):
            raise Wrong("pain_weightless", "at least one weight of the pain score is above zero")
        return self


class PainTerms(Document):
    """`{weights: {abandoned: 30, late: 15}}`; a weight that is not written keeps its default."""

    weights: Weights = Weights()


class Outcomes(Document):
    """How a case ends, each by happenings. The first of them ends it; of the same moment success comes first."""

    success: tuple[Happening, ...] = Field(min_length=1)
    rejected: tuple[Happening, ...] = ()
    withdrawn: tuple[Happening, ...] = ()


class JourneyFile(Document):
    """`journeys/<code>.yaml`. version: the owner's own numbering, for people.

    case: the property of events that tells one case from another; without it a customer has one case at a time, which
    ends with an outcome or a silence. quiet: a case of which nothing happens for longer is abandoned. enter: with it a
    case begins. stages: in order. hand_overs: changes of channel that are meant; any other is a break-point.
    """

    name: Name
    description: Name
    owner: str = Field(min_length=1)
    version: str = "1"
    case: PropertyName | None = None
    quiet: Duration = "30d"
    enter: Happening
    outcomes: Outcomes
    stages: tuple[JourneyStage, ...] = Field(min_length=1, max_length=MOST_STAGES)
    hand_overs: tuple[MeantHandOver, ...] = ()
    rekeying: Rekeying | None = None
    status: StatusTold | None = None
    complaints: JourneyComplaints | None = None
    pain: PainTerms = PainTerms()

    @field_validator("stages")
    @classmethod
    def _apart(cls, value: tuple[JourneyStage, ...]) -> tuple[JourneyStage, ...]:
        check_stages_apart(stage.code for stage in value)
        return value

    @property
    def lasts(self) -> timedelta:
        """The longest silence within a case."""
        return duration(self.quiet)

    @property
    def codes(self) -> tuple[str, ...]:
        """Of the stages, in order."""
        return tuple(stage.code for stage in self.stages)

    @property
    def asked(self) -> tuple[Happening, ...]:
        """Everything to look for."""
        return tuple(self._asked())

    def _asked(self) -> Iterator[Happening]:
        yield self.enter
        for stage in self.stages:
            yield from (*stage.touchpoints, *stage.failures)
        yield from (*self.outcomes.success, *self.outcomes.rejected, *self.outcomes.withdrawn)
        if self.status is not None:
            yield self.status
