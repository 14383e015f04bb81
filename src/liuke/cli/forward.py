"""`liuke forward`: from the intake log into the lake."""

from __future__ import annotations

import json
import signal
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from liuke.cli.app import app
from liuke.cli.stepping import Stepping
from liuke.collect.tracking.settings import read_collect
from liuke.errors import TryAgain
from liuke.wiring import House, open_house

if TYPE_CHECKING:  # compiled loops: half a second that no other command is to wait
    from liuke.collect.tracking.forward import Forwarded
    from liuke.collect.tracking.log import IntakeLog

_logger = structlog.get_logger()


@app.command("forward")
def forward_command(
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Bring over what is there, then stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Bring collected events into the lake, twice a minute, facts of new loads and steps of applications to the rules.

    `liuke collect` does so itself. 已采集事件入湖,新加载的核心数据转事件。
    """
    from liuke.collect.tracking.log import IntakeLog

    house = open_house(home)
    settings = read_collect(house.home)
    log = IntakeLog(house.home / settings.log.folder, settings.log)
    try:
        if once:
            done = _forwarded(house, log)
            said = f"{done.events:,} events · {done.links:,} links · {done.rejected:,} rejected"
            typer.echo(json.dumps(asdict(done)) if as_json else said)
        else:
            _until_stopped(house, log)
    finally:
        log.close()


def _forwarded(house: House, log: IntakeLog) -> Forwarded:
    from liuke.collect.tracking.forward import forward_all

    with house.on("duckdb").engine() as engine:
        return forward_all(log, house.lake, engine, house.zone)


def _until_stopped(house: House, log: IntakeLog) -> None:
    from liuke.collect.tracking.forward import keep_forwarding
    from liuke.collect.tracking.log import LogFull
    from liuke.collect.tracking.status import beat
    from liuke.streaming.core.home import feed_home

    stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())

    def step() -> None:
        trouble = ""
        try:
            done = _forwarded(house, log)
            if done.last:
                _logger.info("forwarded", last=done.last, events=done.events, links=done.links)
            fed = feed_home(house, log=log)
            if fed.loads or fed.events:
                _logger.info("told", loads=fed.loads, facts=fed.events)
        except Exception as error:  # the log keeps everything; the next round tries again
            trouble = error.what if isinstance(error, TryAgain) else type(error).__name__
            _logger.error("forward", what=trouble)
        with suppress(LogFull):
            beat(log, "lake", time.time_ns() // 1000, ended=stop.is_set(), trouble=trouble)

    keep_forwarding(step, stop.is_set, between=Stepping(house, log).look)
