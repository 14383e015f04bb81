"""A replay asked for in the console, in a process of its own: it tells how far it is, and ends when it is told to."""

from __future__ import annotations

import _thread
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structlog
from django.db import close_old_connections, connection
from django.db.utils import DatabaseError

from liuke.act.triggers import parse_trigger
from liuke.errors import LiukeError
from liuke.state.actions.replay_rule import finish_replay, tell_replay
from liuke.state.models import RuleReplay
from liuke.streaming.core.sight import past_sight
from liuke.streaming.people import People
from liuke.streaming.replay import Replayed, replay
from liuke.streaming.rules import catalogue_of
from liuke.wiring import House

TELL_SECONDS: Final = 0.5
_logger = structlog.get_logger()


def start_job(home: Path, pk: int) -> None:
    """Starts the process of a replay and returns at once; what becomes of it stands in its row."""
    command = [sys.executable, "-m", "liuke", "replay-asked", str(pk), "--home", str(home)]
    child = subprocess.Popen(  # noqa: S603 - ours
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    threading.Thread(target=_mourn, args=(child, pk), name=f"liuke-replay-{pk}", daemon=True).start()


def run_job(house: House, pk: int) -> None:
    """Replays what row `pk` asks for and writes what came of it, whatever that is."""
    job = RuleReplay.objects.get(pk=pk)
    seen = [0]
    if tell_replay(pk, 0, _now()):  # told to stop while this process was starting
        finish_replay(pk, "stopped", _now())
        return
    try:
        with _telling(pk, seen):
            found = _replayed(house, job, seen)
        finish_replay(pk, "done", _now(), result=as_json(found))
    except KeyboardInterrupt:
        finish_replay(pk, "stopped", _now())
    except LiukeError as error:
        finish_replay(pk, "failed", _now(), trouble=error.what)
    except Exception as error:
        finish_replay(pk, "failed", _now(), trouble=type(error).__name__)
        raise


def as_json(found: Replayed) -> dict[str, Any]:
    """The result as it is kept. Of the newest matches only customer, moment and count."""
    whole = asdict(found) | {
        "newest": [{"customer_id": m.customer_id, "at": m.matched_at, "count": m.count} for m in found.newest]
    }
    kept: dict[str, Any] = json.loads(json.dumps(whole, default=str))
    return kept


def _replayed(house: House, job: RuleReplay, seen: list[int]) -> Replayed:
    catalogue = catalogue_of(house.home)
    rule = parse_trigger(job.text, catalogue, code=job.code)

    def progress(events: int) -> None:
        seen[0] = events

    with house.on("duckdb").engine() as engine:
        sight = past_sight(house.lake, engine, house.as_of(job.last), house.zone)
        people = People(house.lake, engine)
        return replay(engine, sight, people, rule, catalogue, job.first, house.calendar, progress)


@contextmanager
def _telling(pk: int, seen: list[int]) -> Iterator[None]:
    """Beside the work, twice a second: tells how far it is, and interrupts it when it shall stop."""
    over = threading.Event()
    teller = threading.Thread(target=_tell, args=(pk, seen, over), name="liuke-replay-teller", daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join(5)


def _tell(pk: int, seen: list[int], over: threading.Event) -> None:
    while True:
        try:
            if tell_replay(pk, seen[0], _now()) and not over.is_set():
                _thread.interrupt_main()
                break
        except DatabaseError:  # busy: the next word comes soon
            close_old_connections()
        if over.wait(TELL_SECONDS):
            break
    connection.close()


def _mourn(child: subprocess.Popen[bytes], pk: int) -> None:
    """Waits for the process; one that died without a word has failed."""
    code = child.wait()
    try:
        finish_replay(pk, "failed", _now(), trouble=f"exit {code}")
    finally:
        connection.close()


def _now() -> datetime:
    return datetime.now(UTC)
