"""`liuke stream`: trigger rules over the collected events, within a second."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from liuke.cli.app import app
from liuke.cli.logs import quiet_libraries
from liuke.collect.tracking.settings import read_collect
from liuke.wiring import open_house
from liuke.wiring.state import start_state

if TYPE_CHECKING:
    from liuke.act.triggers import RuleSet

_err = Console(stderr=True, highlight=False)


@app.command("stream")
def stream_command(
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    checkpoint: Annotated[
        float, typer.Option(min=0.05, help="Seconds between saves of the state; a restart reads again what came since.")
    ] = 10.0,
) -> None:
    """Watch collected events with the trigger rules and open work orders; Ctrl-C stops it. 实时触发。

    With `stream.kafka` in collect.yaml it shares the topic's partitions with every other one of its group.
    """
    house = open_house(home)
    quiet_libraries()
    start_state(house.home)
    stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())

    def started(rules: RuleSet) -> None:
        asleep = f", {len(rules.asleep)} asleep" if rules.asleep else ""
        shared = f"   {kafka.group} of {kafka.topic}" if kafka else ""
        _err.print(f"{house.settings.name.zh}   {len(rules.rules)} rules{asleep}{shared}   (Ctrl-C)")

    kafka = read_collect(house.home).stream.kafka
    if kafka:
        from liuke.streaming.partitioned.running import run_member

        run_member(house, kafka, stop.is_set, started, checkpoint_seconds=checkpoint)
    else:
        from liuke.streaming.running import run_stream

        run_stream(house, stop.is_set, started, checkpoint_seconds=checkpoint)
