"""Collection and the stream as they stand, from the intake log that other processes write."""

from __future__ import annotations

import threading
import time

from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.settings import FILE, read_collect
from liuke.collect.tracking.status import IntakeStatus, intake_status
from liuke.errors import LiukeError
from liuke.wiring.house import House

_one = threading.Lock()  # a log may be open once in a process


def intake_of(house: House) -> IntakeStatus | None:
    """The status; None where the bank collects no events, or the log cannot be read now."""
    home = house.home
    if not (home / FILE).is_file():
        return None
    try:
        settings = read_collect(home).log
        folder = home / settings.folder
        if not (folder / "data.mdb").is_file():
            return None
        with _one:
            log = IntakeLog(folder, settings)
            try:
                return intake_status(log, time.time_ns() // 1000)
            finally:
                log.close()
    except LiukeError:
        return None
