"""`liuke publish`: from the intake log into the topic that stream workers share."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from liuke.cli.app import app
from liuke.cli.logs import quiet_libraries
from liuke.wiring import open_house

if TYPE_CHECKING:
    from liuke.streaming.partitioned.publisher import Target

_err = Console(stderr=True, highlight=False)


@app.command("publish")
def publish_command(
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
) -> None:
    """Publish collected events to the Kafka topic of `stream.kafka` in collect.yaml. 事件发布到主题。"""
    house = open_house(home)
    quiet_libraries()
    from liuke.streaming.partitioned.publishing import run_publish

    stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())

    def started(target: Target) -> None:
        _err.print(f"{house.settings.name.zh}   → {target.topic}, {target.partitions} partitions   (Ctrl-C)")

    run_publish(house, stop.is_set, started)
