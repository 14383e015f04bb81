"""The synthetic core bank's deliveries: the history at once, then a batch per business day, through the real load."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from liuke.collect import Source, load
from liuke.errors import OurBug
from liuke.tables import CONTACT
from liuke.wiring import House

ARRIVES = timedelta(hours=-2)
"""Daily files arrive two hours before the moment up to which they count (AsOf.known_by)."""

Feed = Literal["core-standing", "core-movements", "app", "service"]
FEEDS: dict[Feed, tuple[str, ...]] = {
    "core-standing": ("branch", "staff", "product", "customer", "assignment", "account", "holding"),
    "core-movements": ("balance_daily", "transaction"),
    "app": ("event",),
    "service": ("complaint", "contact", "interaction", "survey_response", "consent", "hold"),
}
"""The bank's source systems and their tables. Movements and service refer to standing data."""

FRIDAY = 4
WEEKLY = frozenset({"assignment", "holding"})
"""Files that come on Fridays; all others come every day."""


class Waiting:
    """Rows of weekly files that wait for their Friday."""

    def __init__(self) -> None:
        self._rows: dict[str, list[pa.Table]] = {}

    def due(self, tables: dict[str, pa.Table], *, weekly: bool) -> dict[str, pa.Table]:
        """What is delivered today of `tables` and of what waited; the rest waits on."""
        for name in WEEKLY & tables.keys():
            self._rows.setdefault(name, []).append(tables[name])
        due = {name: rows for name, rows in tables.items() if name not in WEEKLY}
        if weekly:
            due |= {name: pa.concat_tables(parts) for name, parts in self._rows.items()}
            self._rows.clear()
        return due


def deliver(house: House, folder: Path, feed: Feed, *, day: date, backfill: bool) -> dict[str, int]:
    """Loads the feed's files under `folder`; backfill: the rows count as known when they happened.

    Returns rows accepted per table. OurBug when a row is bad: the synthetic bank delivers none.
    """
    names = [name for name in FEEDS[feed] if (folder / name).is_dir()]
    if not names:
        return {}
    source = Source.model_validate(
        {
            "name": feed,
            "history": "backfill" if backfill else "arrival",
            "files": [{"path": f"{name}/*.parquet", "table": name} for name in names],
        }
    )
    now: datetime = house.as_of(day).known_by + ARRIVES
    with house.on("duckdb").engine() as engine:
        report = load(
            source, folder=folder, lake=house.lake, engine=engine, zone=house.zone, now=now, batch_id=f"day-{day}"
        )
    bad = sum(table.quarantined for table in report.tables)
    if bad:
        raise OurBug(f"the synthetic bank delivered {bad} bad rows on {day}: {report.findings[:3]}")
    return {table.table: table.accepted for table in report.tables}


def write_day(folder: Path, tables: dict[str, pa.Table]) -> None:
    """The day's files. Contacts are left out: the desks log them, and the batch carries them into the lake."""
    for name, rows in tables.items():
        if rows.num_rows and name != CONTACT.name:
            (folder / name).mkdir(parents=True, exist_ok=True)
            pq.write_table(rows, folder / name / f"{name}.parquet")
