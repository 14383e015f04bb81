"""Who entered a funnel, how far each got and when: one row per person, of which every reading is a question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from liuke.engine import Engine
from liuke.insight.behaviour.happening import check_names, hides_names
from liuke.insight.behaviour.occurrences import occurrences
from liuke.insight.behaviour.population import Period, Population, beginning
from liuke.insight.behaviour.reach import check_period, check_reached
from liuke.insight.behaviour.sequences import Loop, in_lists, looped, ordered, origin_of
from liuke.insight.funnel import loops
from liuke.insight.funnel.spec import Funnel

_ORDERS: Final = {"ordered": loops.ORDERED, "strict": loops.STRICT, "any": loops.ANY}
_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT: Final = pa.timestamp("us", "UTC")


def entrants(engine: Engine, population: Population, funnel: Funnel, period: Period) -> ir.Table:
    """The kept entry of everybody who entered in the period; release it after use.

    who, day (bank-local, of entry), depth, at_1 … at_n (UTC, null where not reached), is_open.

        who  day    depth  at_1         at_2         is_open      window 7d, as-of day 03-05
        C1   03-01  2      03-01 10:00  03-01 10:04  false
        C2   03-03  1      03-03 09:00  -            true         may still do the second step

    period: bounds the first step only; later ones count until the window ends, as far as the as-of day. is_open:
    whether an entry that did not get to the end still may. Raises YourMistake for names that no event bears, and for a
    period that lies before all data or begins after the as-of day.
    """
    check_period(population, period)
    kept = entries(engine, population, funnel, period)
    unsure = bool(funnel.exclusions) or hides_names(funnel.asked)
    if unsure or engine.count(kept.filter(kept.depth == len(funnel.steps))) == 0:
        check_reached(engine, population, funnel.asked, period)
        check_names(engine, population.data, funnel.asked, _days(population, funnel, period))
    return kept


def entries(engine: Engine, population: Population, funnel: Funnel, period: Period) -> ir.Table:
    """The same without a look at whether there are such names, days and facts: without them nobody entered."""
    found = occurrences(
        engine, population, funnel.asked, _days(population, funnel, period), unit=funnel.unit,
        every=funnel.order == "strict",
    )  # fmt: skip
    made = _Made(funnel, period, population)
    return looped(engine, in_lists(engine, ordered(found), made.origin), made.loop(), made.schema)


def _days(population: Population, funnel: Funnel, period: Period) -> tuple[date, date]:
    """First and last day on which a fact may matter."""
    return period.first, min(population.data.day, period.last + funnel.lasts + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class _Made:
    """Entries as rows. Moments within: microseconds since `origin`."""

    funnel: Funnel
    period: Period
    population: Population

    @property
    def origin(self) -> datetime:
        return origin_of(self.period.first, self.period.zone)

    @property
    def schema(self) -> pa.Schema:
        fixed = {"who": pa.string(), "day": pa.date32(), "depth": pa.int64()}
        moments = {f"at_{k}": _MOMENT for k in range(1, len(self.funnel.steps) + 1)}
        return pa.schema({**fixed, **moments, "is_open": pa.bool_()})

    def loop(self) -> Loop[pa.RecordBatch]:
        terms, nights = self._terms(), self._nights()

        def batch(who: pa.Array, offsets: Any, marks: Any) -> pa.RecordBatch:
            depth, at = loops.entries(offsets, marks, terms)
            entered = np.flatnonzero(depth)
            return self._batch(who.take(pa.array(entered)), depth[entered], at[entered], nights)

        return batch

    def _batch(self, who: pa.Array, depth: Any, at: Any, nights: Any) -> pa.RecordBatch:
        zero = (self.origin - _EPOCH) // _MICROSECOND
        before = (self.period.first - _EPOCH.date()).days - 1
        days = (np.searchsorted(nights, at[:, 0], side="right") + before).astype(np.int32)
        late = self._since(self.population.ends - self.funnel.lasts)
        is_open = (depth < len(self.funnel.steps)) & (at[:, 0] >= late)
        moments = [pa.array(each + zero, mask=each < 0).cast(_MOMENT) for each in at.T]
        columns = [
            who.cast(pa.string()),
            pa.array(days).cast(pa.date32()),
            pa.array(depth),
            *moments,
            pa.array(is_open),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _terms(self) -> loops.Terms:
        steps = len(self.funnel.steps)
        bans = [(steps + i, one.after - 1, (one.before or steps) - 1) for i, one in enumerate(self.funnel.exclusions)]
        return loops.Terms(
            steps, _ORDERS[self.funnel.order], self.funnel.lasts // _MICROSECOND, self._since(self.period.begins),
            self._since(self.period.ends), np.array(bans, np.int64).reshape(-1, 3),
        )  # fmt: skip

    def _nights(self) -> Any:
        """When each day of the period begins."""
        days = (self.period.first + timedelta(days=n) for n in range(self.period.days))
        return np.array([self._since(beginning(day, self.period.zone)) for day in days], np.int64)

    def _since(self, moment: datetime) -> int:
        return (moment - self.origin) // _MICROSECOND
