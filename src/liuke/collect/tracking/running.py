"""Runs the collector until it is told to stop; what was accepted by then is on disk."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

import uvicorn

from liuke.collect.tracking.committer import Committer
from liuke.collect.tracking.events_file import read_events
from liuke.collect.tracking.kafka import KafkaSource
from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.sender import Desk
from liuke.collect.tracking.server import Collector, Receive, Scope, Send
from liuke.collect.tracking.settings import CollectSettings, KafkaSettings

Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


def serve(
    home: Path, settings: CollectSettings, zone: ZoneInfo, secret: str, *, host: str, port: int,
    started: Callable[[], None],
) -> None:  # fmt: skip
    """Listens until SIGINT or SIGTERM; then takes no new connection, finishes what it has, and returns.

    secret: the bank's key of pseudonyms (hashed.py). started: called once the log is open.
    """
    events = read_events(home / "events")
    log = IntakeLog(home / settings.log.folder, settings.log, writing=True)
    committer = Committer(log)
    try:
        started()
        desk = Desk(settings, zone, events, secret)
        with _also_from(settings.kafka, desk, log):
            QuietServer(configured(Collector(desk, committer), host=host, port=port)).run()
    finally:
        committer.close()
        log.close()


@contextmanager
def _also_from(settings: KafkaSettings | None, desk: Desk, log: IntakeLog) -> Iterator[None]:
    """Takes from Kafka too, where the settings name a source."""
    if settings is None:
        yield
        return
    source = KafkaSource(settings, desk, log.append)
    source.start()
    try:
        yield
    finally:
        source.stop()


def configured(application: Application, *, host: str, port: int) -> uvicorn.Config:
    """How uvicorn runs an application whose requests hold keys and persons."""
    return uvicorn.Config(
        application,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,  # addresses hold keys and, in image requests, events
        lifespan="off",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=75,  # clients keep connections for a minute or so
        backlog=4096,
    )


class QuietServer(uvicorn.Server):
    """Returns after a signal; uvicorn's own raises it again, and the program would die before it has tidied up."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handles the signals as uvicorn does, and gives the handlers back instead of raising again."""
        before = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


__all__ = ["Application", "QuietServer", "configured", "serve"]
