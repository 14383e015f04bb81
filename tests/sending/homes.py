"""A bank home that only sends: settings, calendar, addresses; a state database with messages in the outbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from liuke.lake import Lake
from liuke.tables import CONSENT, CONTACT_POINT, Table

LIUKE = Path(sys.executable).with_name("liuke")
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
FILL = """
import json, sys
from datetime import UTC, datetime
from liuke.wiring import open_house
from liuke.wiring.state import start_state
start_state(open_house().home)
from liuke.act.outbox.message import Message
from liuke.state.actions.queue_messages import queue_messages
now = datetime.now(UTC)
queue_messages([Message(**one, due_at=now) for one in json.load(sys.stdin)], now=now)
"""


def clean(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_HOME", "LIUKE_STATE", "DJANGO_"))}
    return kept | more


def make_home(home: Path, channels: dict[str, Any]) -> Path:
    """channels: of channels.yaml, which JSON is too."""
    home.mkdir()
    (home / "liuke.yaml").write_text("name: {zh: 示例银行, en: Example Bank}\n", encoding="utf-8")
    days = [date(2020, 1, 1) + timedelta(n) for n in range(3653)]
    (home / "calendar.csv").write_text("date,workday,note\n" + "".join(f"{day},1,\n" for day in days))
    (home / "channels.yaml").write_text(json.dumps({"channels": channels}))
    return home


def addresses(home: Path, points: dict[str, str], medium: str = "sms") -> None:
    """Gives customers an address each."""
    rows = [{"customer_id": c, "medium": medium, "address": a} for c, a in points.items()]
    append(Lake(home / "lake"), CONTACT_POINT, rows, NOW - timedelta(days=30))


def consents(home: Path, *rows: dict[str, Any]) -> None:
    """Rows of the table consent; missing: marketing by every channel, granted, a year ago."""
    given = {"purpose": "marketing", "channel": "all", "granted": True, "effective_at": NOW - timedelta(days=365)}
    full = [given | {"consent_id": f"K{n}"} | row for n, row in enumerate(rows)]
    append(Lake(home / "lake"), CONSENT, full, NOW - timedelta(hours=1))


def append(lake: Lake, table: Table, rows: list[dict[str, Any]], known: datetime) -> None:
    batch = f"test-{known:%H%M%S}-{len(lake.files(table))}"
    system = {"source": "test", "batch_id": batch, "ingested_at": known, "business_date": known.date()}
    full = [dict.fromkeys(table.names) | system | {"line": n} | row for n, row in enumerate(rows, 1)]
    lake.append(table, pa.Table.from_pylist(full, table.arrow), commit_id=batch)


def queue(home: Path, many: int, *, channel: str = "sms", **more: str) -> list[str]:
    """Queues so many service messages, for customers C000000 …; returns their keys."""
    messages = [
        {"key": f"L{n:06}.{channel}", "channel": channel, "owner": "customer", "owner_id": f"C{n:06}",
         "customer_id": f"C{n:06}", "text": f"第{n}条通知。", "message_class": "service", "loop_id": f"L{n:06}"}
        for n in range(many)
    ]  # fmt: skip
    subprocess.run(
        [sys.executable, "-c", FILL], input=json.dumps(messages).encode(), env=clean(LIUKE_HOME=str(home), **more),
        check=True,
    )  # fmt: skip
    return [message["key"] for message in messages]
