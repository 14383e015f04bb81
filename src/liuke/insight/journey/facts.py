"""Facts of a journey: one row per fact that is anything of it, over all fact tables it speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.behaviour.happening import Happening
from liuke.insight.behaviour.occurrences import named, of_somebody
from liuke.insight.behaviour.population import Population
from liuke.insight.journey.spec import JourneyFile, JourneyStage
from liuke.insight.rules.row_condition import is_meant
from liuke.insight.rules.rows import PropertyTest, row_tests

OF_THE_BANK: Final = ("application_status", "application_completed", "application_rejected")
"""Events in which the bank's own systems tell something: where they tell it is no change of channel."""
SYSTEM: Final = "system"
SUCCESS, REJECTED, WITHDRAWN = 1, 2, 3
STAGE_SHIFT: Final = 10
"""touch: the stage's place from here on, below it the place of the happening among touchpoints and failures."""
_NO_TOUCH: Final = (1 << 15) - 1


def journey_facts(engine: Engine, population: Population, spec: JourneyFile, days: tuple[date, date]) -> ir.Table:
    """who, at, day, key, name, channel, own, enters, outcome, touch, stage, failed, fields, status, low; lazily.

        who  at     key   name                 channel  own    enters  outcome  stage  failed  fields  status
        C1   10:00  LN-1  application_started  app      true   true    0        0      false   -       -
        C1   10:07  LN-1  application_step     app      true   false   0        0      false   mobile  -
        C1   18:00  LN-1  application_status   other    false  false   0        1      false   -       approved

    key: the value of the journey's `case`, null where the fact has none. own: the customer was there, in a channel.
    outcome: 0, SUCCESS, REJECTED, WITHDRAWN. stage: place of the first stage of which it is a fact, null for none.
    low: order of facts of one moment: entry, earlier stages, facts of no stage, outcomes.

    days: first and last bank-local day, both included. Nothing after the as-of day enters, nor who is no customer.
    """
    parts = [
        _of_table(engine, population, spec, name, days) for name in dict.fromkeys(one.did for one in spec.asked)
    ]  # fmt: skip
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _of_table(
    engine: Engine, population: Population, spec: JourneyFile, name: str, days: tuple[date, date]
) -> ir.Table:  # fmt: skip
    mine = [one for one in spec.asked if one.did == name]
    rows = population.data.facts(name)
    rows = rows.filter(rows.business_date.between(*(ibis.literal(day) for day in days)))
    rows = of_somebody(named(rows, mine), population, name, "customer")
    told = _Told(engine, *_taken_out(engine, rows, name, spec, mine), name, population.data.day)
    rows = told.rows
    found = rows.select(
        who=rows["_who"], at=told.moment, day=rows.business_date, key=told.text(spec.case), name=told.name,
        channel=rows.channel, own=told.own, enters=told.any([spec.enter]), outcome=told.outcome(spec),
        touch=told.touch(spec), **{f"fails_{i}": told.any(stage.failures) for i, stage in _with_failures(spec)},
        fields=told.text(spec.rekeying.property_ if spec.rekeying else None), status=told.status(spec),
    )  # fmt: skip
    found = engine.layer(found)
    found = found.filter(
        found.enters | (found.outcome > 0) | found.touch.notnull() | found.status.notnull(),
        found["at"] < ibis.literal(population.ends),
    )
    stage = found.touch >> STAGE_SHIFT
    fails = [(stage == i) & found[f"fails_{i}"] for i, _ in _with_failures(spec)]
    rank = ibis.cases((found.enters, 0), (found.outcome > 0, 2), else_=1)
    low = rank * (1 << 20) + found.outcome * (1 << 17) + found.touch.fill_null(_NO_TOUCH)
    made = found.mutate(
        stage=stage.cast("int64"), failed=(ibis.or_(*fails) if fails else ibis.literal(False)).fill_null(False),
        low=low.cast("int64"),
    )  # fmt: skip
    return made.drop(*(f"fails_{i}" for i, _ in _with_failures(spec)))


def _with_failures(spec: JourneyFile) -> list[tuple[int, JourneyStage]]:
    return [(i, stage) for i, stage in enumerate(spec.stages) if stage.failures]


def _taken_out(
    engine: Engine, rows: ir.Table, name: str, spec: JourneyFile, mine: Sequence[Happening]
) -> tuple[ir.Table, dict[str, ir.StringValue]]:  # fmt: skip
    """The rows with every property that is looked at taken out of the JSON once, and these by name."""
    column = Happening(did=name).facts.properties
    if column is None:
        return rows, {}
    looked_at = [test.property_ for one in mine for test in row_tests(one.where) if isinstance(test, PropertyTest)]
    also = (spec.case, spec.rekeying and spec.rekeying.property_, spec.status and spec.status.property_)
    keys = list(dict.fromkeys([*looked_at, *(key for key in also if key)]))
    made = engine.layer(
        rows.mutate(**{f"_text_{i}": engine.json_text(rows[column], key) for i, key in enumerate(keys)})
    )
    return made, {key: made[f"_text_{i}"] for i, key in enumerate(keys)}


class _Told:
    """What rows of one fact table are of a journey. texts: their properties that were taken out, by name."""

    def __init__(
        self, engine: Engine, rows: ir.Table, texts: Mapping[str, ir.StringValue], did: str, day: date
    ) -> None:  # fmt: skip
        self.rows = rows
        self._engine, self._texts, self._did, self._day = engine, texts, did, day
        self._facts = Happening(did=did).facts

    @property
    def moment(self) -> ir.Column:
        return self.rows[str(self._facts.moment)]

    @property
    def name(self) -> ir.StringValue:
        return self.rows[self._facts.name_column] if self._facts.name_column else ibis.literal(self._did)

    @property
    def own(self) -> ir.BooleanValue:
        channel = self.rows.channel
        there = channel.notnull() & (channel.fill_null("") != SYSTEM)
        return there & ~self.rows.event_name.isin(OF_THE_BANK) if self._did == "event" else there

    def any(self, asked: Sequence[Happening]) -> ir.BooleanValue:
        tests = [self._is(one) for one in asked if one.did == self._did]
        return ibis.or_(*tests) if tests else ibis.literal(False)

    def _is(self, one: Happening) -> ir.BooleanValue:
        return is_meant(self._engine, one, self.rows, self._day, texts=self._texts)

    def outcome(self, spec: JourneyFile) -> ir.IntegerValue:
        ends = ((spec.outcomes.success, SUCCESS), (spec.outcomes.rejected, REJECTED),
                (spec.outcomes.withdrawn, WITHDRAWN))  # fmt: skip
        return ibis.cases(*((self.any(asked), _whole(code)) for asked, code in ends), else_=_whole(0))

    def touch(self, spec: JourneyFile) -> ir.IntegerValue:
        tests = [
            (self._is(one), _whole((i << STAGE_SHIFT) + number))
            for i, stage in enumerate(spec.stages)
            for number, one in enumerate((*stage.touchpoints, *stage.failures))
            if one.did == self._did
        ]
        return ibis.cases(*tests, else_=ibis.null("int64")) if tests else ibis.null("int64")

    def text(self, key: str | None) -> ir.StringValue:
        return ibis.null("string") if key is None or key not in self._texts else self._texts[key]

    def status(self, spec: JourneyFile) -> ir.StringValue:
        if spec.status is None or spec.status.did != self._did:
            return ibis.null("string")
        return ibis.ifelse(self.any([spec.status]), self.text(spec.status.property_), ibis.null("string"))


def _whole(number: int) -> ir.IntegerScalar:
    return ibis.literal(number, "int64")
