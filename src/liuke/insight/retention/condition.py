"""Who came back in a period after they began, or did not, as a condition of a rule: exactly whom the page lists."""

from __future__ import annotations

from typing import Final, Self

import ibis.expr.types as ir
from pydantic import Field, model_validator

from liuke.engine import Engine
from liuke.errors import Wrong
from liuke.insight.behaviour.condition import OverDays, everybody, happening_said
from liuke.insight.behaviour.durations import Every
from liuke.insight.retention.cohorts import MOST_CELLS, Grid
from liuke.insight.retention.spec import ROLLING, Retention
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.rows import Rows

_EVERY: Final[dict[Every, tuple[str, str]]] = {"day": ("日", "day"), "week": ("周", "week"), "month": ("月", "month")}


class RetentionCondition(OverDays):
    """`{retention: {start: {name: open_account}, return: {name: login}}, period: 2, returned: false, days: 90}`.

    Who began in these days and came back in that period after it, or did not (yet). cohort: its number among those of
    these days, 0 for the first; without it every cohort for which the period is over: who stands in several counts with
    any of them.
    """

    retention: Retention
    period_: int = Field(alias="period", ge=0)
    returned: bool = False
    cohort: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _cell_fits(self) -> Self:
        asked = self.retention
        if self.period_ > asked.periods:
            raise Wrong("retention_period", "period {n} is none of 0 to {periods}", n=self.period_,
                        periods=asked.periods)  # fmt: skip
        cohorts, periods = self.length // ROLLING[asked.every].days + 1, asked.periods + 1
        if cohorts * periods > MOST_CELLS:
            template = "{cohorts} cohorts with {periods} periods each are {cells} cells; at most {most}"
            facts = {"cohorts": cohorts, "periods": periods, "cells": cohorts * periods, "most": MOST_CELLS}
            raise Wrong("retention_cells", template, **facts)
        return self

    @property
    def source(self) -> str:
        """See Question.source."""
        return f"retention:{self.spelled_days}:{self.retention.model_dump_json(by_alias=True)}"

    @property
    def rows(self) -> tuple[Rows, ...]:
        """See Question.rows."""
        return self.retention.asked

    def answered(self, engine: Engine, data: RuleData) -> ir.Table:
        """See Question.answered: who, cohort, returned (bits)."""
        from liuke.insight.retention.retained import returns_of  # loops take a second to load: not for every command

        grid = self._grid(data)
        rows = returns_of(engine, everybody(data), self.retention, grid)
        return rows if grid.rolling else engine.materialise(rows)

    def members(self, answer: ir.Table, data: RuleData) -> ir.Table:
        """See Question.members."""
        from liuke.insight.retention.retained import in_cells, is_mature

        grid, k = self._grid(data), self.period_
        cohorts = [c.number for c in grid.cohorts if c.number == self.cohort]
        if self.cohort is None:
            people = everybody(data)
            cohorts = [c.number for c in grid.cohorts if is_mature(self.retention, grid, c, k, people)]
        return in_cells(self.retention, answer, cohorts, k, returned=self.returned)

    def said(self, tongue: int) -> str:
        """See Question.said."""
        asked = self.retention
        start = happening_said(asked.start, tongue)
        back = happening_said(asked.return_ or asked.start, tongue)
        unit = _EVERY[asked.every][tongue]
        after = asked.counting == "on_or_after"
        if tongue:
            which = "" if self.cohort is None else f" (cohort {self.cohort + 1} by {unit})"
            verb = "came back" if self.returned else "did not come back"
            first = "for the first time " if asked.kind == "first_time" else ""
            own = " of their own" if asked.clock == "rolling" else ""
            later = " or later" if after else ""
            begun = f"did “{start}” {first}{self.days_said(1)}{which}"
            return f"{begun} and {verb} with “{back}” in {unit} {self.period_}{own}{later}"
        which = "" if self.cohort is None else f"（按{unit}第{self.cohort + 1}批）"
        verb = "回来" if self.returned else "没有回来"
        first = "首次" if asked.kind == "first_time" else ""
        own = "（各自起算）" if asked.clock == "rolling" else ""
        later = "或之后" if after else ""
        return f"{self.days_said(0)}{first}「{start}」{which}，第{self.period_}{unit}{own}{later}{verb}「{back}」"

    def _grid(self, data: RuleData) -> Grid:
        asked = self.retention
        period = self.period(data.day, data.zone)
        return Grid(period, asked.every, asked.periods, rolling=asked.clock == "rolling")
