"""The sample of Alibaba's UserBehavior as events of the bank: real clicks of 815 people over nine days of 2017."""

from __future__ import annotations

import csv
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest

from liuke.engine import Engine
from liuke.insight.behaviour.population import Population
from liuke.insight.known import SHANGHAI
from liuke.insight.rules.data import RuleData

FIRST, LAST = date(2017, 11, 25), date(2017, 12, 3)


class Click(NamedTuple):
    """One row of the file: pv, fav, cart or buy."""

    who: str
    at: datetime
    name: str


def clicks() -> list[Click]:
    """The rows of the nine days, in file order. Skips where the public data are absent."""
    path = Path(os.environ.get("LIUKE_DATA", "")) / "taobao_userbehavior_sample" / "UserBehavior_sample.csv"
    if not path.is_file():
        pytest.skip("the taobao_userbehavior_sample is not there; LIUKE_DATA names the folder of public data")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if len(row) == 5]
    found = [Click(row[0], datetime.fromtimestamp(int(row[4]), UTC), row[3]) for row in rows]
    return [click for click in found if FIRST <= click.at.astimezone(SHANGHAI).date() <= LAST]


def shoppers(engine: Engine, rows: list[Click]) -> Population:
    """The same as a population as of the last day."""
    table = pa.table({
        "customer_id": [c.who for c in rows], "anonymous_id": pa.nulls(len(rows), pa.string()),
        "occurred_at": pa.array([c.at for c in rows], pa.timestamp("us", "UTC")),
        "event_name": [c.name for c in rows], "channel": ["app"] * len(rows),
        "session_id": pa.nulls(len(rows), pa.string()), "properties": pa.nulls(len(rows), pa.string()),
        "business_date": [c.at.astimezone(SHANGHAI).date() for c in rows],
    })  # fmt: skip
    events = engine.from_arrow(table)
    nobody = engine.from_arrow(pa.table({"customer_id": pa.array([], pa.string())}))
    return Population(RuleData(day=LAST, people=nobody, features=None, facts=lambda _: events, branches=nobody))
