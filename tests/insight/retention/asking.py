"""A few events, asked for retention as pages do it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from liuke.engine import Engine
from liuke.insight.behaviour.population import Population
from liuke.insight.rules.data import RuleData
from liuke.tables import EVENT
from tests.insight.bank import ZONE, row


def event(who: str | None, at: datetime, name: str, **values: Any) -> dict[str, Any]:
    return row("event", customer_id=who, occurred_at=at, event_name=name, **{"event_id": f"{who}{at}{name}", **values})


def population_of(engine: Engine, events: Iterable[dict[str, Any]], day: date, **more: Any) -> Population:
    """As of a day: rows of later days are not given, as insight.known does it."""
    rows = pa.Table.from_pylist(list(events), schema=EVENT.arrow)
    table = engine.from_arrow(rows)
    table = table.filter(table.business_date <= day)
    people: Any = more.pop("people", None)
    data = RuleData(day=day, people=people, features=None, facts=lambda _: table, branches=people)
    return Population(data, zone=ZONE, **more)
