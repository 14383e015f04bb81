"""`liuke collect`: the collector of one bank home, and beside it what brings its events into the lake."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console

from liuke.cli.app import app
from liuke.cli.listening import check_port, shown
from liuke.cli.logs import quiet_libraries
from liuke.collect.tracking.running import read_collect, serve
from liuke.wiring import open_house

_err = Console(stderr=True, highlight=False)
_logger = structlog.get_logger()
_PATIENCE_SECONDS = 60
_PAUSE_SECONDS = 5


@app.command("collect")
def collect_command(
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8106,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every network.")] = "127.0.0.1",
    to_lake: Annotated[bool, typer.Option("--forward/--no-forward", help="Also bring events into the lake.")] = True,
) -> None:
    """Receive events from apps and sites over HTTP; Ctrl-C stops it. 采集行为事件。"""
    house = open_house(home)
    settings = read_collect(house.home)
    check_port(host, port, "collect")
    quiet_libraries()

    def started() -> None:
        names = ", ".join(p.name for p in settings.projects)
        _err.print(f"{house.settings.name.zh}   http://{shown(host)}:{port}/   {names}   (Ctrl-C)")

    with _forwarding(house.home if to_lake else None):
        serve(house.home, settings, house.zone, house.pseudonym_key(), host=host, port=port, started=started)


@contextmanager
def _forwarding(home: Path | None) -> Iterator[None]:
    """`liuke forward` in a process of its own: building appends must not make senders wait. Begun again if it dies."""
    if home is None:
        yield
        return
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(home, stop), name="liuke-forward", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join(_PATIENCE_SECONDS + 5)


def _keep(home: Path, stop: threading.Event) -> None:
    while not stop.is_set():
        child = subprocess.Popen([sys.executable, "-m", "liuke", "forward", "--home", str(home)])  # noqa: S603 - ours
        while child.poll() is None and not stop.wait(0.2):
            pass
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
        elif not stop.is_set():
            _logger.error("forward_died", code=child.returncode)
            stop.wait(_PAUSE_SECONDS)
