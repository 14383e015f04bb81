"""Gates asked again for the few customers about whom something became known since the morning's decisions.

Asking costs the engine some 150 ms for one customer and hardly more for hundreds: so those of whom there is news are
asked about together, ahead of any question, and what was found is kept until there is other news.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

import ibis

from liuke.act.arbitrate.anew import Closed, Identity, identity
from liuke.act.contact_policy import Planned, planned_at, read_contact_policy
from liuke.act.gates.one_customer import READ, GatesOfFew
from liuke.act.gates.sheet import asked_of, offer_sheet
from liuke.act.offers.catalogue import Offer
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.tables import Table
from liuke.wiring import House

Row = Mapping[str, Any]
News = tuple[Sequence[Row], Sequence[Row]]
"""Candidates of one customer, and the contacts that the lake does not have."""
Found = dict[Identity, Closed]
_AT_ONCE: Final = 300
"""Customers asked about in one query: the candidates are part of its text."""
_KEPT: Final = 200_000


class GatesNow:
    """Has an engine of its own; several threads may ask. The same expressions as the morning's."""

    def __init__(self, house: House, served_on: date, now: datetime, offers: Mapping[str, Offer]) -> None:
        self._open = ExitStack()
        self._calendar = house.calendar
        self._policy = read_contact_policy(house.policy("contact"))
        self._kept: dict[tuple[object, ...], Found] = {}
        engine: Engine = self._open.enter_context(house.on("duckdb").engine())
        sheet = engine.materialise(engine.from_arrow(offer_sheet(offers)))
        self._gates = GatesOfFew(
            engine, lambda table: house.lake.scan(engine, table), AsOf(served_on, now), house.zone, sheet,
            self._policy, asked_of(offers.values()),
        )  # fmt: skip

    def closed(self, rows: Sequence[Row], fresh: Sequence[Row], now: datetime) -> Found:
        """Which of the candidates a gate stops now, at the next moment at which anybody may be contacted.

        rows: of one customer, with the columns of a candidate. fresh: contacts that the lake does not have.
        """
        open_rows = askable(rows)
        if not open_rows:
            return {}
        planned = self._planned(now)
        key = _key(open_rows[0], fresh, planned)
        found = self._kept.get(key)
        if found is None:
            found = self._stops(open_rows, fresh, planned).get(str(open_rows[0]["customer_id"]), {})
            self._keep({key: found})
        return found

    def ask_ahead(self, customers: Iterable[News], now: datetime) -> None:
        """Asks about many customers, so that `closed` knows."""
        planned = self._planned(now)
        asked = ((rows, fresh) for candidates, fresh in customers if (rows := askable(candidates)))
        waiting = ((k, *news) for news in asked if (k := _key(news[0][0], news[1], planned)) not in self._kept)
        while some := list(islice(waiting, _AT_ONCE)):
            rows = [row for _, candidates, _ in some for row in candidates]
            found = self._stops(rows, [row for *_, fresh in some for row in fresh], planned)
            self._keep({key: found.get(str(candidates[0]["customer_id"]), {}) for key, candidates, _ in some})

    def close(self) -> None:
        """Frees the engine."""
        self._open.close()

    def _planned(self, now: datetime) -> Planned:
        return planned_at(self._policy, self._calendar, self._policy.window.opens_at(self._calendar, now))

    def _stops(self, rows: Sequence[Row], fresh: Sequence[Row], planned: Planned) -> dict[str, Found]:
        """By customer."""
        stops: dict[str, Found] = defaultdict(dict)
        for judged in self._gates.judge(rows, planned, fresh):
            if stop := judged.stop:
                why = Closed(stop.gate, stop.rule or "", stop.fact, stop.may_change_on)
                stops[str(judged.candidate["customer_id"])][identity(judged.candidate)] = why
        return stops

    def _keep(self, found: Mapping[tuple[object, ...], Found]) -> None:
        if len(self._kept) > _KEPT:
            self._kept.clear()
        self._kept.update(found)


def askable(rows: Sequence[Row]) -> list[Row]:
    """Candidates that no gate stopped in the morning: gates can close during the day, not open."""
    return [row for row in rows if row["gate"] is None and row["meant"]]


def known_since(house: House, engine: Engine, since: datetime) -> frozenset[str]:
    """Customers of whom a table that gates read got a row after that moment."""
    return frozenset(name for table in READ for name in _new_in(house, engine, table, since))


def _key(row: Row, fresh: Sequence[Row], planned: Planned) -> tuple[object, ...]:
    news = tuple(sorted(tuple(sorted((name, str(value)) for name, value in each.items())) for each in fresh))
    return row["customer_id"], news, planned.day, planned.closed


def _new_in(house: House, engine: Engine, table: Table, since: datetime) -> Iterator[str]:
    rows = house.lake.scan(engine, table)
    late = rows.filter(rows.ingested_at > ibis.literal(since)).select("customer_id").distinct()
    yield from engine.arrow(late)["customer_id"].to_pylist()
