"""Work asked for in the console, in a process of its own: it tells how far it is, and ends when it is told to."""

from __future__ import annotations

import _thread
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

from django.db import close_old_connections, connection
from django.db.utils import DatabaseError

from liuke.errors import LiukeError
from liuke.state.actions.replay_rule import finish_replay, tell_replay
from liuke.state.models import RuleReplay

TELL_SECONDS: Final = 0.5
Work: TypeAlias = Callable[[RuleReplay, Callable[[int], None]], Mapping[str, Any]]
"""(what was asked, called with how far it is) → the result; what JSON has no way for is kept as text."""


def start_job(home: Path, pk: int) -> None:
    """Starts the process for row `pk` and returns at once; what becomes of it stands in its row."""
    command = [sys.executable, "-m", "liuke", "replay-asked", str(pk), "--home", str(home)]
    child = subprocess.Popen(  # noqa: S603 - ours
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    threading.Thread(target=_mourn, args=(child, pk), name=f"liuke-replay-{pk}", daemon=True).start()


def run_asked(pk: int, work: Work) -> None:
    """Does what row `pk` asks for and writes what came of it, whatever that is."""
    job = RuleReplay.objects.get(pk=pk)
    seen = [0]

    def progress(done: int) -> None:
        seen[0] = done

    if tell_replay(pk, 0, _now()):  # told to stop while this process was starting
        finish_replay(pk, "stopped", _now())
        return
    try:
        with _telling(pk, seen):
            found = work(job, progress)
        finish_replay(pk, "done", _now(), result=json.loads(json.dumps(found, default=str)))
    except KeyboardInterrupt:
        finish_replay(pk, "stopped", _now())
    except LiukeError as error:
        finish_replay(pk, "failed", _now(), trouble=error.what)
    except Exception as error:
        finish_replay(pk, "failed", _now(), trouble=type(error).__name__)
        raise


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
