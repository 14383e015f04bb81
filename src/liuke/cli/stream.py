"""`liuke stream`: trigger rules over the collected events, within a second."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from liuke.cli.app import app
from liuke.cli.logs import quiet_libraries
from liuke.wiring import open_house
from liuke.wiring.state import start_state

_err = Console(stderr=True, highlight=False)


@app.command("stream")
def stream_command(
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    checkpoint: Annotated[
        float, typer.Option(min=0.05, help="Seconds between saves of the state; a restart reads again what came since.")
    ] = 10.0,
) -> None:
    """Watch collected events with the trigger rules and open work orders; Ctrl-C stops it. 实时触发。"""
    house = open_house(home)
    quiet_libraries()
    start_state(house.home)
    from liuke.streaming.running import run_stream
    from liuke.streaming.worker import StreamWorker

    stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())

    def started(worker: StreamWorker) -> None:
        asleep = f", {len(worker.core.rules.asleep)} asleep" if worker.core.rules.asleep else ""
        _err.print(f"{house.settings.name.zh}   {len(worker.core.rules.rules)} rules{asleep}   (Ctrl-C)")

    run_stream(house, stop.is_set, started, checkpoint_seconds=checkpoint)
