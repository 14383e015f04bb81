"""Gates asked again for the few customers about whom something became known since the morning's decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import date, datetime
from typing import Any

import ibis

from liuke.act.arbitrate.anew import Closed, Identity, identity
from liuke.act.contact_policy import planned_at, read_contact_policy
from liuke.act.gates.one_customer import READ, GatesOfFew
from liuke.act.gates.sheet import asked_of, offer_sheet
from liuke.act.offers.bank_offers import BankOffers
from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.tables import Table
from liuke.wiring import House

Row = Mapping[str, Any]


class GatesNow:
    """Has an engine of its own; several threads may ask. The same expressions as the morning's."""

    def __init__(self, house: House, served_on: date, now: datetime, bank: BankOffers) -> None:
        self._open = ExitStack()
        self._calendar = house.calendar
        self._policy = read_contact_policy(house.policy("contact"))
        engine: Engine = self._open.enter_context(house.on("duckdb").engine())
        sheet = engine.materialise(engine.from_arrow(offer_sheet(bank.offers)))
        self._gates = GatesOfFew(
            engine, lambda table: house.lake.scan(engine, table), AsOf(served_on, now), house.zone, sheet,
            self._policy, asked_of(bank.offers.values()),
        )  # fmt: skip

    def closed(self, rows: Sequence[Row], fresh: Sequence[Row], now: datetime) -> dict[Identity, Closed]:
        """Which of the candidates a gate stops now, at the next moment at which anybody may be contacted.

        rows: of one customer, with the columns of a candidate. fresh: contacts that the lake does not have.
        """
        if not rows:
            return {}
        planned = planned_at(self._policy, self._calendar, self._policy.window.opens_at(self._calendar, now))
        stops = [(identity(j.candidate), j.stop) for j in self._gates.judge(rows, planned, fresh)]
        return {who: Closed(s.gate, s.rule or "", s.fact, s.may_change_on) for who, s in stops if s}

    def close(self) -> None:
        """Frees the engine."""
        self._open.close()


def known_since(house: House, engine: Engine, since: datetime) -> frozenset[str]:
    """Customers of whom a table that gates read got a row after that moment."""
    found: set[str] = set()
    for table in READ:
        found.update(_new_in(house, engine, table, since))
    return frozenset(found)


def _new_in(house: House, engine: Engine, table: Table, since: datetime) -> list[str]:
    rows = house.lake.scan(engine, table)
    late = rows.filter(rows.ingested_at > ibis.literal(since)).select("customer_id").distinct()
    customers: list[str] = engine.arrow(late)["customer_id"].to_pylist()
    return customers
