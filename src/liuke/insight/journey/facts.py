"""Facts of a journey: one row per fact that may be anything of it, over all fact tables it speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

import ibis
import ibis.expr.types as ir

from liuke.engine import Engine
from liuke.insight.behaviour.happening import Happening
from liuke.insight.behaviour.occurrences import named, of_somebody
from liuke.insight.behaviour.population import Population
from liuke.insight.behaviour.sequences import origin_of
from liuke.insight.journey.loops import REFUSED, SUCCESS, TAKEN_BACK
from liuke.insight.journey.order_loops import DAY, DAY_BITS
from liuke.insight.journey.spec import JourneyFile
from liuke.insight.rules.row_condition import is_meant
from liuke.insight.rules.rows import PropertyTest, row_tests

OF_THE_BANK: Final = ("application_status", "application_completed", "application_rejected")
"""Events in which the bank's own systems tell something: where they tell it is no change of channel."""
SYSTEM: Final = "system"
STAGE_SHIFT: Final = 10
"""touch: the stage's place from here on, below it the place of the happening among touchpoints and failures."""
NO_TOUCH: Final = (1 << 15) - 1
OUTCOME_SHIFT: Final = 15
ENTERS: Final = 1 << 17
FAILS: Final = 1 << 18
OWN: Final = 1 << 19


def journey_facts(engine: Engine, population: Population, spec: JourneyFile, days: tuple[date, date]) -> ir.Table:
    """who, marks, case, what, name, channel, fields, status; lazily.

        who  at     case  name                 channel  what                    fields  status
        C1   10:00  LN-1  application_started  app      touch 0, own, enters    -       -
        C1   10:07  LN-1  application_step     app      touch 0, own            mobile  -
        C1   18:00  LN-1  application_status   other    touch 1                 -       approved

    marks: moment and business day in one number (order_loops.py), since `origin_of` the first day and that day. case:
    the value of the journey's `case`, null where the fact has none. what: touch, NO_TOUCH where it is of no stage, and
    above it bits: the outcome (loops.SUCCESS, REFUSED, TAKEN_BACK), ENTERS, FAILS (an error of its stage) and OWN (the
    customer was there, in a channel). Facts of nothing at all are among these: to leave them out here, the engine
    would look into all of them twice (`kinds.of_journey`).

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
    rows = rows.filter(rows[str(Happening(did=name).facts.moment)] < ibis.literal(population.ends))
    told = _Told(engine, *_taken_out(engine, rows, name, spec, mine), _Asked(name, mine, population.data.day))
    rows = told.rows
    origin = ibis.literal(origin_of(days[0], population.zone))
    day = ibis.least(rows.business_date.delta(ibis.literal(days[0]), unit="day"), DAY)
    return rows.select(
        who=rows["_who"],
        marks=(told.moment.delta(origin, unit="microsecond") * (1 << DAY_BITS) + day).cast("int64"),
        case=told.text(spec.case), what=told.what(spec).cast("int64"), name=told.name, channel=rows.channel,
        fields=told.text(spec.rekeying.property_ if spec.rekeying else None), status=told.status(spec),
    )  # fmt: skip


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
    if not keys:
        return rows, {}
    read = engine.layer(rows.mutate(_texts=engine.json_texts(rows[column], keys)))
    made = engine.layer(read.mutate(**{f"_text_{i}": read["_texts"][i] for i in range(len(keys))}).drop("_texts"))
    return made, {key: made[f"_text_{i}"] for i, key in enumerate(keys)}


class _Asked(NamedTuple):
    """What is asked of one fact table. day: as of which."""

    did: str
    mine: Sequence[Happening]
    day: date

    def simplified(self, one: Happening) -> Happening:
        """Without its names where rows bear no others (occurrences.named): to compare them again takes as long as to
        look into JSON.
        """
        is_named = self.mine[0].facts.name_column is not None and all(each.name for each in self.mine)
        names = {name for each in self.mine for name in each.name}
        return one.model_copy(update={"name": ()}) if is_named and names == set(one.name) else one


class _Told:
    """What rows of one fact table are of a journey. texts: their properties that were taken out, by name."""

    def __init__(
        self, engine: Engine, rows: ir.Table, texts: Mapping[str, ir.StringValue], asked: _Asked
    ) -> None:  # fmt: skip
        self.rows = rows
        self._engine, self._texts, self._asked, self._did = engine, texts, asked, asked.did
        self._facts = Happening(did=asked.did).facts

    @property
    def moment(self) -> ir.Column:
        return self.rows[str(self._facts.moment)]

    @property
    def name(self) -> ir.StringValue:
        return self.rows[self._facts.name_column] if self._facts.name_column else ibis.literal(self._did)

    def what(self, spec: JourneyFile) -> ir.IntegerValue:
        touch = self.touch(spec)
        stages = [(i, stage) for i, stage in enumerate(spec.stages) if stage.failures]
        fails = [(touch >> STAGE_SHIFT == i) & self.any(stage.failures) for i, stage in stages]
        bits = [(self.any([spec.enter]), ENTERS), (self._own, OWN)]
        bits += [(ibis.or_(*fails), FAILS)] if fails else []
        found = touch + self.outcome(spec) * (1 << OUTCOME_SHIFT)
        for has, bit in bits:
            found = found + ibis.ifelse(has, _whole(bit), _whole(0))
        return found

    @property
    def _own(self) -> ir.BooleanValue:
        channel = self.rows.channel
        there = channel.notnull() & (channel.fill_null("") != SYSTEM)
        return there & ~self.rows.event_name.isin(OF_THE_BANK) if self._did == "event" else there

    def any(self, asked: Sequence[Happening]) -> ir.BooleanValue:
        tests = [self._is(one) for one in asked if one.did == self._did]
        return ibis.or_(*tests) if tests else ibis.literal(False)

    def _is(self, one: Happening) -> ir.BooleanValue:
        return is_meant(self._engine, self._asked.simplified(one), self.rows, self._asked.day, texts=self._texts)

    def outcome(self, spec: JourneyFile) -> ir.IntegerValue:
        ends = ((spec.outcomes.success, SUCCESS), (spec.outcomes.rejected, REFUSED),
                (spec.outcomes.withdrawn, TAKEN_BACK))  # fmt: skip
        return ibis.cases(*((self.any(asked), _whole(code)) for asked, code in ends), else_=_whole(0))

    def touch(self, spec: JourneyFile) -> ir.IntegerValue:
        tests = [
            (self._is(one), _whole((i << STAGE_SHIFT) + number))
            for i, stage in enumerate(spec.stages)
            for number, one in enumerate((*stage.touchpoints, *stage.failures))
            if one.did == self._did
        ]
        return ibis.cases(*tests, else_=_whole(NO_TOUCH)) if tests else _whole(NO_TOUCH)

    def text(self, key: str | None) -> ir.StringValue:
        return ibis.null("string") if key is None or key not in self._texts else self._texts[key]

    def status(self, spec: JourneyFile) -> ir.StringValue:
        if spec.status is None or spec.status.did != self._did:
            return ibis.null("string")
        return ibis.ifelse(self.any([spec.status]), self.text(spec.status.property_), ibis.null("string"))


def _whole(number: int) -> ir.IntegerScalar:
    return ibis.literal(number, "int64")
