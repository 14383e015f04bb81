"""The clock beside `liuke serve`: it sweeps until told to stop, and a database that is away does not end it."""

from __future__ import annotations

import threading
from datetime import datetime

from django.db import OperationalError

from liuke.cli.sweeping import sweeping


def test_it_goes_on_after_a_failure_and_stops_when_told() -> None:
    asked: list[datetime] = []
    twice = threading.Event()

    def sweep(now: datetime) -> int:
        asked.append(now)
        if len(asked) == 1:
            raise OperationalError("database is locked")
        twice.set()
        return 1

    with sweeping(sweep, 0.01):
        assert twice.wait(10)
    assert all(now.tzinfo for now in asked)
    assert not [t for t in threading.enumerate() if t.name == "liuke-sweep"]
