"""Who reads the intake log for the trigger rules, one process at a time: the stream worker, or what publishes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from liuke.collect.tracking.log import IntakeLog
from liuke.collect.tracking.settings import LogSettings
from liuke.errors import Place, TryAgain
from liuke.streaming.identity_book import IdentityBook
from liuke.wiring import House

CONSUMER: Final = "triggers"
"""The name under which it commits its offset in the intake log."""
ON_ITS_WAY: Final = 5_000_000
"""Microseconds for which an event may have been received and not be in the log yet: the clock stays so far behind."""
NAP_SECONDS: Final = 0.02
"""Before an empty log is looked at again."""


def folder_of(house: House) -> Path:
    """Where the worker keeps its state: `stream/` of the bank home."""
    return house.home / "stream"


@contextmanager
def sole_reader(folder: Path) -> Iterator[None]:
    """Two readers of one log would save over each other. The lock dies with its process."""
    import fcntl  # not on Windows, where no bank runs it

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TryAgain(
                "another stream worker is at work on this bank home",
                place=Place(str(folder)),
                state="nothing was started",
                then="stop it first; liuke serve starts one of its own",
            ) from error
        yield


@contextmanager
def log_and_book(house: House, settings: LogSettings) -> Iterator[tuple[IntakeLog, IdentityBook]]:
    """The log and whose each device is, for one reader at a time."""
    with ExitStack() as open_:
        open_.enter_context(sole_reader(folder_of(house)))
        log = IntakeLog(house.home / settings.folder, settings)
        open_.callback(log.close)
        book = IdentityBook(folder_of(house) / "identities")
        open_.callback(book.close)
        yield log, book
