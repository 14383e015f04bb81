"""Commands of ours that work beside another one, each in a process of its own, begun again when it dies."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

PATIENCE_SECONDS: Final = 60.0
"""A process that is told to stop finishes what it has in hand; after this it is killed, which loses nothing either."""
PAUSE_SECONDS: Final = 2.0
"""Before one that died begins again."""
_logger = structlog.get_logger()


@contextmanager
def beside(home: Path, commands: Sequence[Sequence[str]]) -> Iterator[None]:
    """`liuke COMMAND --home HOME` for each of the commands; they are told to stop at the end of the block."""
    stop = threading.Event()
    keepers = [
        threading.Thread(target=_keep, args=(home, command, stop), name=f"liuke-{command[0]}", daemon=True)
        for command in commands
    ]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        stop.set()
        for keeper in keepers:
            keeper.join(PATIENCE_SECONDS + 5)


def _keep(home: Path, command: Sequence[str], stop: threading.Event) -> None:
    while not stop.is_set():
        child = subprocess.Popen([sys.executable, "-m", "liuke", *command, "--home", str(home)])  # noqa: S603 - ours
        while child.poll() is None and not stop.wait(0.2):
            pass
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
        elif not stop.is_set():
            _logger.error(f"{command[0]}_died", code=child.returncode)
            stop.wait(PAUSE_SECONDS)
