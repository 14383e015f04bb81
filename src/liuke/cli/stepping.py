"""Steps of applications beside `liuke forward`: onto the stream and off it, twice a second; no event waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from liuke.errors import LiukeError
from liuke.wiring import House
from liuke.wiring.state import start_state

if TYPE_CHECKING:  # compiled loops
    from liuke.collect.tracking.log import IntakeLog

_REST: Final = 60
"""Looks left out after one that failed, some half a minute."""
_logger = structlog.get_logger()


class Stepping:
    """One look after the other. While the state database is away steps wait there, and in the log."""

    def __init__(self, house: House, log: IntakeLog) -> None:
        self._house, self._log = house, log
        self._started, self._rest = False, 0

    def look(self) -> None:
        """Carries what waits, hears what came; trouble is logged, and left alone for a while."""
        if self._rest:
            self._rest -= 1
            return
        try:
            if not self._started:
                start_state(self._house.home)
                self._started = True
            self._step()
        except LiukeError as error:
            self._failed(error.what)

    def _step(self) -> None:
        from django.db import DatabaseError, close_old_connections

        from liuke.streaming.application_steps import off_the_stream, onto_the_stream

        try:
            onto_the_stream(self._log)
            if heard := off_the_stream(self._house, self._log):
                _logger.info("heard", steps=heard)
        except DatabaseError as error:
            close_old_connections()
            self._failed(type(error).__name__)

    def _failed(self, what: str) -> None:
        self._rest = _REST
        _logger.error("steps", what=what)
