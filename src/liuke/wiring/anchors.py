"""The bank's file of audit anchors: read, added to once a day, held against the log."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from liuke.errors import Place, TryAgain
from liuke.govern.anchor import FIRST_SEAL, Anchor, Verdict, read_anchors, sealed
from liuke.wiring.house import House
from liuke.wiring.secret import anchor_key

FILE: Final = "audit-anchors.jsonl"


def anchors_of(house: House) -> list[Anchor]:
    """All anchors, oldest first; none before the first was made. Raises YourMistake for a line that is none."""
    try:
        text = _file(house).read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _away(house, error) from error
    return read_anchors(text, str(_file(house)))


def anchor_log(house: House, at: datetime) -> Anchor | None:
    """Anchors the log's newest row, on disk when it returns; None when that row is anchored already or there is none.

    at: aware. Lines are only ever added, so the file may lie where nothing can be changed. Raises TryAgain when the
    folder cannot be written to, YourMistake for a file with a line that is no anchor.
    """
    from liuke.state.audit import newest

    seq, row_hash = newest()
    try:
        _file(house).parent.mkdir(parents=True, exist_ok=True)
        with _file(house).open("a+", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            made = read_anchors(file.read(), str(_file(house)))
            if seq <= (made[-1].seq if made else 0):
                return None
            anchor = sealed(seq, row_hash, at, made[-1].seal if made else FIRST_SEAL, anchor_key(house.home))
            file.write(anchor.line() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _away(house, error) from error
    return anchor


def check_audit(house: House, told: Callable[[int], object] = lambda _read: None) -> Verdict:
    """Holds the whole log against its chain and its anchors; told: how many rows were read so far."""
    from liuke.state.audit import check

    return check(anchors_of(house), anchor_key(house.home), told)


def _file(house: House) -> Path:
    return house.home / house.settings.audit.anchors / FILE


def _away(house: House, error: OSError) -> TryAgain:
    return TryAgain(
        f"the audit log's anchors cannot be read or written: {error.strerror or error}",
        place=Place(str(_file(house))),
        state="the log itself is untouched",
        then="mount the folder of `audit: {anchors: …}` in liuke.yaml or let this user write to it; "
        "then `liuke audit anchor`",
    )
