"""Whose case of a journey was found so at a stage, as a condition of a rule: exactly whom the map's figure means."""

from __future__ import annotations

from typing import Final, Self

import ibis.expr.types as ir
from pydantic import model_validator

from liuke.engine import Engine
from liuke.errors import Wrong, guess
from liuke.insight.behaviour.condition import OverDays, everybody
from liuke.insight.journey.catalogue import Journey
from liuke.insight.journey.journey_map import What
from liuke.insight.journey.spec import JourneyFile
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.rows import Rows

_SAID: Final[dict[What, tuple[str, str]]] = {
    "reached": ("到过", "came to"),
    "went_on": ("走过", "went on from"),
    "abandoned": ("半途而废，停在", "gave up at"),
    "waiting": ("还在办，停在", "are still at"),
    "rejected": ("被拒，停在", "were rejected at"),
    "withdrawn": ("撤回，停在", "withdrew at"),
    "late": ("超过应有时长，在", "were late at"),
    "switched": ("换过渠道，在", "changed channels at"),
    "break_point": ("遇到渠道断点，在", "met a break-point at"),
    "rekeyed": ("重复录入，在", "typed something in again at"),
    "returned": ("退回重来，在", "came back to"),
    "failed": ("失败过，在", "failed at"),
    "complained": ("投诉过，在", "complained at"),
}


class JourneyCondition(OverDays):
    """`{journey: {name: …, enter: …, outcomes: …, stages: […]}, stage: identity, what: abandoned, days: 90}`.

    journey: as in `journeys/*.yaml`, whole: a segment says all that it means, and goes on meaning it when the file
    changes. what: a figure of the stage (journey_map.What). The days bound entry.
    """

    journey: JourneyFile
    stage: str
    what: What = "abandoned"

    @model_validator(mode="after")
    def _stage_is_there(self) -> Self:
        if self.stage not in self.journey.codes:
            raise Wrong("no_stage", "no stage has the code '{name}'; {hint}", name=self.stage,
                        **guess(self.stage, self.journey.codes))  # fmt: skip
        return self

    @property
    def source(self) -> str:
        """See Question.source."""
        return f"journey:{self.spelled_days}:{self.journey.model_dump_json(by_alias=True)}"

    @property
    def rows(self) -> tuple[Rows, ...]:
        """See Question.rows."""
        complaints = () if self.journey.complaints is None else (self.journey.complaints,)
        return (*self.journey.asked, *complaints)

    def answered(self, engine: Engine, data: RuleData) -> ir.Table:
        """See Question.answered: Cases.at_stages."""
        from liuke.insight.journey.cases import journey_cases  # loops take a second to load: not for every command

        whole, period = Journey("asked", self.journey, ""), self.period(data.day, data.zone)
        with journey_cases(engine, everybody(data), whole, period, checked=False) as found:
            return engine.materialise(found.at_stages)

    def members(self, answer: ir.Table, data: RuleData) -> ir.Table:
        """See Question.members."""
        from liuke.insight.journey.listing import of_figure

        rows = of_figure(answer, self.journey.codes.index(self.stage), self.what)
        return rows.select(customer_id="who").distinct()

    def said(self, tongue: int) -> str:
        """See Question.said."""
        stage = next(one for one in self.journey.stages if one.code == self.stage)
        name, at = ((each.zh, each.en)[tongue] for each in (self.journey.name, stage.name))
        days, verb = self.days_said(tongue), _SAID[self.what][tongue]
        if tongue:
            return f"began the journey “{name}” {days} and {verb} “{at}”"
        return f"{days}开始旅程「{name}」并{verb}「{at}」"
