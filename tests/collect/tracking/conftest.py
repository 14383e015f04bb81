"""A collector listening on a real port, and what lies in its log afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
import uvicorn

from liuke.collect.tracking.committer import Committer
from liuke.collect.tracking.event import IdentityChange, Rejected, TrackedEvent, decode
from liuke.collect.tracking.events_file import MappedEvent, PropertyMap
from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.running import configured
from liuke.collect.tracking.sender import Desk
from liuke.collect.tracking.server import Collector
from liuke.collect.tracking.settings import CollectSettings
from liuke.settings import Name
from tests.serving import free_port

KEY = "k-app"
MAPPED = (
    MappedEvent(
        event="search",
        name=Name(zh="搜索", en="Search"),
        aliases={"any": ("app_search",), "segment": ("Products Searched",)},
        properties={"keyword": PropertyMap(sources=("query",), type="text"), "hits": PropertyMap(type="integer")},
    ),
)


@dataclass
class Running:
    """A collector under test."""

    url: str
    log: IntakeLog

    def post(self, path: str, **kwargs: Any) -> requests.Response:
        return requests.post(self.url + path, timeout=20, **kwargs)

    def events(self) -> list[TrackedEvent]:
        return [event for _offset, data in self.log.read(0, 1_000_000) for event in decode(data).events]

    def changes(self) -> list[IdentityChange]:
        return [change for _offset, data in self.log.read(0, 1_000_000) for change in decode(data).changes]

    def rejected(self) -> list[Rejected]:
        return [each for _offset, data in self.log.read(0, 1_000_000) for each in decode(data).rejected]


def settings(**changes: Any) -> CollectSettings:
    """Two projects; changes are keys of `collect.yaml`."""
    given = {
        "projects": [
            {"name": "app", "keys": [KEY], "channel": "app"},
            {"name": "strict", "keys": ["k-strict"], "customer_ids": "C[0-9]+"},
            {"name": "slow", "keys": ["k-slow"], "events_per_second": 5},
        ],
        "limits": {"body_kb": 2048, "unpacked_kb": 4096, "events": 2000},
    }
    return CollectSettings.model_validate(given | changes)


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """start(**changes of collect.yaml): a collector of its own."""
    stops: list[Callable[[], None]] = []

    def begin(**changes: Any) -> Running:
        wanted = settings(**changes)
        log = IntakeLog(tmp_path / f"intake{len(stops)}", wanted.log, writing=True)
        committer = Committer(log)
        port = free_port()
        application = Collector(Desk(wanted, ZoneInfo("Asia/Shanghai"), MAPPED, "a secret of the test"), committer)
        server = uvicorn.Server(configured(application, host="127.0.0.1", port=port))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)

        def stop() -> None:
            server.should_exit = True
            thread.join(20)
            committer.close()
            log.close()

        stops.append(stop)
        return Running(f"http://127.0.0.1:{port}", log)

    yield begin
    for stop in stops:
        stop()


@pytest.fixture
def collector(start: Start) -> Running:
    return start()
