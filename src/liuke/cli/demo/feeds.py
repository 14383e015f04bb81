"""The synthetic core bank's deliveries: the history at once, then a batch per business day, through the real load."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from liuke.collect import LoadReport, Source, load
from liuke.engine import Engine
from liuke.errors import OurBug
from liuke.tables import CONTACT, CONTRACTS
from liuke.wiring import House

ARRIVES = timedelta(hours=-2)
"""Daily files arrive two hours before the moment up to which they count (AsOf.known_by)."""


def deliver(house: House, engine: Engine, folder: Path, *, day: date, backfill: bool) -> LoadReport:
    """Loads every table's files under `folder`; backfill: the rows count as known when they happened."""
    names = [name for name in CONTRACTS if (folder / name).is_dir()]
    source = Source.model_validate(
        {
            "name": "core-bank",
            "history": "backfill" if backfill else "arrival",
            "files": [{"path": f"{name}/*.parquet", "table": name} for name in names],
        }
    )
    now: datetime = house.as_of(day).known_by + ARRIVES
    report = load(
        source, folder=folder, lake=house.lake, engine=engine, zone=house.zone, now=now, batch_id=f"day-{day}"
    )
    bad = sum(table.quarantined for table in report.tables)
    if bad:
        raise OurBug(f"the synthetic bank delivered {bad} bad rows on {day}: {report.findings[:3]}")
    return report


def write_day(folder: Path, tables: dict[str, pa.Table]) -> None:
    """The day's files. Contacts are left out: the desks log them, and the batch carries them into the lake."""
    for name, rows in tables.items():
        if rows.num_rows and name != CONTACT.name:
            (folder / name).mkdir(parents=True, exist_ok=True)
            pq.write_table(rows, folder / name / f"{name}.parquet")
