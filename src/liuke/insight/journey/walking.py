"""Facts of a journey read into the shares of threads, and walked through: what was found of all cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

import ibis
import numpy as np
import pyarrow as pa

from liuke.engine import Engine
from liuke.insight.behaviour.numbering import hashed
from liuke.insight.behaviour.population import Period, Population
from liuke.insight.behaviour.sequences import Taking, each_stretch, origin_of, shares_of
from liuke.insight.behaviour.shares import OwnTexts, Share, Stretch
from liuke.insight.journey.columns import COLUMNS
from liuke.insight.journey.facts import journey_facts
from liuke.insight.journey.kinds import Coded, Seen, coded_kinds, of_journey
from liuke.insight.journey.loops import COMPLAINT, MARK, Desk, Terms, Told, walk
from liuke.insight.journey.order_loops import DAY, DAY_BITS, Facts
from liuke.insight.journey.spec import JourneyFile
from liuke.insight.journey.voices import complaints, marks

MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT: Final = pa.timestamp("us", "UTC")
_NEVER: Final = -1
_MEASURES: Final = 5
"""Of a fact at most: it, a visit, a change, a lag, and of a case the way."""


@dataclass(frozen=True, slots=True)
class Read:
    """Facts as they were read. days: first and last day of them."""

    shares: tuple[Share, ...]
    coded: Coded
    days: tuple[date, date]


class Walked(NamedTuple):
    """What was found of some customers. who: they. names: of cases, as `told` numbers them."""

    told: Told
    who: pa.Array
    names: pa.Array
    origin: datetime

    def members(self, before: int) -> pa.Table:
        """number, who, case, of each case; numbers from `before` on."""
        many = int(self.told.used[0])
        names = self.told.names[:many]
        return pa.table({
            "number": np.arange(before, before + many),
            "who": self.who.take(pa.array(self.told.people_of[:many])).cast(pa.string()),
            "case": self.names.take(pa.array(names, mask=names < 0)).cast(pa.string()),
        })  # fmt: skip

    def stages(self, before: int) -> pa.Table:
        """number, stage, at, what, of each case at each stage."""
        told, many = self.told, int(self.told.used[1])
        moments = told.moments[:many] + (self.origin - _EPOCH) // MICROSECOND
        return pa.table({
            "number": told.cases[:many] + before, "stage": told.stages[:many],
            "at": pa.array(moments).cast(_MOMENT), "what": told.whats[:many],
        })  # fmt: skip

    def measures(self) -> pa.Table:
        """thing, code, value, of each measure."""
        told, many = self.told, int(self.told.used[2])
        return pa.table({"thing": told.things[:many], "code": told.codes[:many], "value": told.values[:many]})


def read_facts(engine: Engine, population: Population, spec: JourneyFile, period: Period) -> Read:
    """From so long before the period as a case may be silent, or typing in again looks back, to the as-of day."""
    back = max(spec.lasts, spec.rekeying.lasts if spec.rekeying else timedelta())
    days = (period.first - back - timedelta(days=1), population.data.day)
    shares, seen = shares_of(engine), Seen()
    with Taking(len(shares)) as taking:
        for looked_at in engine.batches(journey_facts(engine, population, spec, days)):
            batch = of_journey(looked_at)
            case = batch.column("case")
            owns = OwnTexts(hashed(case), np.asarray(case.is_null()))
            who, numbers = hashed(batch.column("who")), batch.column("marks").to_numpy()
            taking.each(partial(share.take, who, numbers, seen.of(batch), owns) for share in shares)
    _hear(engine, population, spec, days[0], shares)
    return Read(shares, coded_kinds(seen.table), days)


def _hear(
    engine: Engine, population: Population, spec: JourneyFile, first: date, shares: tuple[Share, ...]
) -> None:  # fmt: skip
    """What those customers said, beside their facts."""
    said = [(MARK, marks(population))]
    said += [(COMPLAINT, complaints(engine, population, spec.complaints))] if spec.complaints else []
    origin = ibis.literal(origin_of(first, population.zone))
    for kind, rows in said:
        moment = rows.said_at.delta(origin, unit="microsecond") * (1 << DAY_BITS)
        with Taking(len(shares)) as taking:
            for batch in engine.batches(rows.select("who", "mark", at=moment.cast("int64"))):
                who, numbers = hashed(batch.column("who")), batch.column("at").to_numpy()
                kinds = np.full(len(batch), kind, np.int32)
                mark = batch.column("mark").to_numpy().astype(np.int32)
                taking.each(partial(share.take_known, who, numbers, kinds, mark) for share in shares)


def walked(read: Read, population: Population, spec: JourneyFile, period: Period) -> Iterator[Walked]:
    """All that was read, some customers at a time; first nothing at all."""
    origin = origin_of(read.days[0], population.zone)
    terms = _terms(read, population, spec, period, origin)
    days = min(max((read.days[1] - read.days[0]).days, 0), DAY) + 1
    none = pa.array([], pa.large_string())
    yield Walked(_told(0, days, len(spec.stages), len(read.coded.groups)), none, none, origin)
    yield from each_stretch(read.shares, partial(_walked, read.coded, terms, days, origin))


def _terms(read: Read, population: Population, spec: JourneyFile, period: Period, origin: datetime) -> Terms:
    channels = read.coded.channels
    places = {name: place for place, name in enumerate(channels)}
    meant = [
        (stage * len(channels) + places[one.from_]) * len(channels) + places[one.to]
        for one in spec.hand_overs if one.from_ in places and one.to in places
        for stage in (range(len(spec.stages)) if one.at is None else [spec.codes.index(one.at)])
    ]  # fmt: skip
    return Terms(
        spec.case is not None, spec.lasts // MICROSECOND, (period.begins - origin) // MICROSECOND,
        (period.ends - origin) // MICROSECOND, (population.ends - origin) // MICROSECOND,
        (period.first - read.days[0]).days, (period.last - read.days[0]).days,
        spec.rekeying.lasts // MICROSECOND if spec.rekeying else _NEVER,
        timedelta(days=spec.complaints.days) // MICROSECOND if spec.complaints else 0, len(channels),
        np.array([_NEVER if s.expects is None else s.expects // MICROSECOND for s in spec.stages], np.int64),
        np.array(sorted(set(meant)), np.int64),
    )  # fmt: skip


def _walked(coded: Coded, terms: Terms, days: int, origin: datetime, share: Share, people: Stretch) -> Walked:
    who, offsets, marks, kinds, cases = share.laid_apart(people)
    names = share.own.texts()
    facts = Facts(offsets, marks, kinds, cases, *share.own.held)
    told = _told(len(marks), days, len(terms.expected), len(coded.groups))
    walk(facts, coded.kinds, terms, told, _desk(offsets, len(names), coded, len(terms.expected)))
    return Walked(told, who, names, origin)


def _told(facts: int, days: int, stages: int, groups: int) -> Told:
    """Room for whatever so many facts may lead to: of what is not filled no memory is taken."""
    n, most = np.int64, _MEASURES * facts
    return Told(
        np.zeros((days, stages, COLUMNS), n), np.zeros((days, 5), n), np.zeros((5, stages + 1), n),
        np.zeros(stages + 1, n), np.zeros((groups, 4), n), np.zeros(stages, np.bool_), np.zeros(3, n),
        np.empty(facts, n), np.empty(facts, n), np.empty(facts, n), np.empty(facts, np.int16), np.empty(facts, n),
        np.empty(facts, np.int32), np.empty(most, np.int16), np.empty(most, n), np.empty(most, n), np.zeros(3, n),
    )  # fmt: skip


def _desk(offsets: Any, names: int, coded: Coded, stages: int) -> Desk:
    most = int(np.diff(offsets).max(initial=0)) + 1
    one, n = np.int32, np.int64

    def none(many: int) -> Any:
        return np.full(many, _NEVER, n)

    return Desk(
        np.empty(most, one), np.empty(most, one), np.empty(most, np.bool_), np.empty(most, one), np.empty(most, n),
        np.empty(most, n), np.full(names, _NEVER, one), np.empty(names, one), none(coded.fields),
        np.empty(coded.fields, n), np.empty(most, n), np.zeros((most, 3), n), np.empty(most, n), np.empty(most, n),
        np.empty(most, np.bool_), np.empty(stages, n), np.zeros(stages, n), np.zeros((stages, 3), n),
        none(len(coded.groups)), none(stages), np.empty(most, n), np.empty(most, n), np.empty(most, n),
    )  # fmt: skip
