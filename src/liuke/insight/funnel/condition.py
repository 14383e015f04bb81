"""Who got to a step of a funnel, or to one and no further, as a condition of a rule: exactly whom the page lists."""

from __future__ import annotations

from typing import Final, Self

import ibis.expr.types as ir
from pydantic import Field, model_validator

from liuke.engine import Engine
from liuke.errors import Wrong
from liuke.insight.behaviour.condition import OverDays, chain_said, everybody, happening_said
from liuke.insight.funnel.spec import Funnel, Order
from liuke.insight.rules.data import RuleData
from liuke.insight.rules.rows import Rows

_ORDERS: Final[dict[Order, tuple[str, str]]] = {
    "ordered": ("按先后", "in order"),
    "strict": ("紧接着", "with no other event in between"),
    "any": ("不分先后", "in any order"),
}
_UNITS: Final = {"s": ("秒", "second"), "m": ("分钟", "minute"), "h": ("小时", "hour"), "d": ("天", "day")}


class FunnelCondition(OverDays):
    """`{funnel: {steps: […], window: 7d}, stopped_at: 2, days: 30}`, or `reached: 3` instead.

    stopped_at: who of those who entered in these days got to the step and not to the next; who may still go on only
    with `waiting`. reached: who got to the step. Steps count from 1; a customer's best entry is looked at.
    """

    funnel: Funnel
    stopped_at: int | None = Field(None, ge=1)
    reached: int | None = Field(None, ge=1)
    waiting: bool = False

    @model_validator(mode="after")
    def _step_fits(self) -> Self:
        if (self.stopped_at is None) == (self.reached is None):
            raise Wrong("funnel_step_one", "a funnel in a rule says `stopped_at` or `reached`, and one of them")
        most = len(self.funnel.steps) - (self.stopped_at is not None)
        if self.step > most:
            raise Wrong("funnel_step_beyond", "step {step} is none of 1 to {most}", step=self.step, most=most)
        if self.waiting and self.stopped_at is None:
            raise Wrong("funnel_waiting", "`waiting` goes with `stopped_at`")
        return self

    @property
    def step(self) -> int:
        """The step meant."""
        return self.stopped_at or self.reached or 1

    @property
    def source(self) -> str:
        """See Question.source."""
        return f"funnel:{self.spelled_days}:{self.funnel.model_dump_json(by_alias=True)}"

    @property
    def rows(self) -> tuple[Rows, ...]:
        """See Question.rows."""
        return self.funnel.asked

    def answered(self, engine: Engine, data: RuleData) -> ir.Table:
        """See Question.answered: entrants."""
        from liuke.insight.funnel.entrants import entries  # loops take a second to load: not for every command

        return entries(engine, everybody(data), self.funnel, self.period(data.day, data.zone))

    def members(self, answer: ir.Table, data: RuleData) -> ir.Table:
        """See Question.members."""
        from liuke.insight.funnel.reading import reached, stopped_at

        if self.reached is not None:
            return reached(answer, self.step)
        return stopped_at(answer, self.step, waiting=self.waiting)

    def said(self, tongue: int) -> str:
        """See Question.said."""
        funnel, step = self.funnel, self.step
        name = happening_said(funnel.steps[step - 1], tongue)
        chain, order = chain_said(funnel.steps, tongue), _ORDERS[funnel.order][tongue]
        banned = [happening_said(one.not_, tongue) for one in funnel.exclusions]
        if tongue:
            but = f", none of {', '.join(banned)} in between" if banned else ""
            asked = f"entered the funnel {chain} ({order}, within {self._window(tongue)}{but}) {self.days_said(tongue)}"
            stopped = "stopped at" if self.stopped_at else "got to"
            return f"{asked} and {stopped} step {step} “{name}”{', who may go on included' if self.waiting else ''}"
        but = f"，其间没有{'、'.join(banned)}" if banned else ""
        asked = f"{self.days_said(tongue)}进入漏斗{chain}（{order}，{self._window(tongue)}内{but}）"
        stopped = "停在" if self.stopped_at else "到达"
        return f"{asked}并{stopped}第{step}步「{name}」{'，含时限未到的' if self.waiting else ''}"

    def _window(self, tongue: int) -> str:
        """7天 / 7 days."""
        number, unit = self.funnel.window.strip()[:-1].strip(), self.funnel.window.strip()[-1]
        words = _UNITS[unit]
        return f"{number}{words[0]}" if not tongue else f"{number} {words[1]}{'' if number == '1' else 's'}"
