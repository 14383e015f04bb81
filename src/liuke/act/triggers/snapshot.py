"""The whole state in one file: written beside and renamed, so that there is always a whole one; checked when read.

    "LIUKETRG" · length of the header (8 bytes) · header (JSON) · words · event ids · customer ids

The header holds the version, the position in the log, rules by number, counters, and length and CRC-32 of each part.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import IO, Any, Final

from liuke.act.triggers.kernels import layout as at
from liuke.errors import Place, YourMistake
from liuke.whole_file import whole_file

MAGIC: Final = b"LIUKETRG"
VERSION: Final = 3
"""Of the words' meaning; one more whenever kernels/layout.py changes what a word means."""
_PIECE: Final = 1 << 26


def write(path: Path, state: at.State, header: dict[str, Any]) -> None:
    """Puts the state on disk: when this returns it is there, and before that what was there before is."""
    parts = _parts(state)
    about = [{"bytes": part.nbytes, "crc": _crc(part)} for part in parts]
    head = json.dumps({**header, "version": VERSION, "parts": about}, ensure_ascii=False).encode()
    with whole_file(path) as file:
        file.write(MAGIC + len(head).to_bytes(8, "little") + head)
        for part in parts:
            for piece in _pieces(part):
                file.write(piece)


def read_header(path: Path) -> dict[str, Any]:
    """The header of a snapshot. Raises YourMistake when the file is none, is of another version, or is cut short."""
    with path.open("rb") as file:
        return _header(path, file)


def read_into(path: Path, state: at.State) -> dict[str, Any]:
    """Fills an empty state from the file; its header. Raises YourMistake when the file is not whole."""
    with path.open("rb") as file:
        header = _header(path, file)
        for about, whole in zip(header["parts"], state, strict=True):
            room = memoryview(whole).cast("B")
            if about["bytes"] > room.nbytes:
                raise _refused(path, "the state is larger than the room given", "start with more room (room_gb)")
            part = room[: about["bytes"]]
            for piece in _pieces(part):
                if file.readinto(piece) != piece.nbytes:
                    raise _broken(path)
            if _crc(part) != about["crc"]:
                raise _broken(path)
    return header


def set_aside_older(path: Path) -> Path | None:
    """Moves a snapshot that an older release wrote out of the way; where it lies now, None when there is none."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        version = _any_header(path, file)["version"]
    return path.replace(path.with_name(f"{path.name}.v{version}")) if version < VERSION else None


def _header(path: Path, file: IO[bytes]) -> dict[str, Any]:
    header = _any_header(path, file)
    if header["version"] != VERSION:
        template = f"the snapshot is of version {header['version']}, this release reads {VERSION}"
        raise _refused(path, template, "remove it; the engine then reads the log from its beginning")
    return header


def _any_header(path: Path, file: IO[bytes]) -> dict[str, Any]:
    start = file.read(16)
    if start[:8] != MAGIC or len(start) < 16:
        raise _broken(path)
    try:
        header: dict[str, Any] = json.loads(file.read(int.from_bytes(start[8:], "little")))
    except ValueError as error:
        raise _broken(path) from error
    return header


def _parts(state: at.State) -> tuple[Any, ...]:
    """What of the state is in use, as bytes."""
    mem = state.mem
    ends = (int(mem[at.USED]) * 8, int(mem[at.EVIDENCE_USED]), int(mem[at.NAMES_USED]))
    return tuple(memoryview(a).cast("B")[:end] for a, end in zip(state, ends, strict=True))


def _pieces(part: Any) -> list[Any]:
    return [part[start : start + _PIECE] for start in range(0, part.nbytes, _PIECE)]


def _crc(part: Any) -> int:
    crc = 0
    for piece in _pieces(part):
        crc = zlib.crc32(piece, crc)
    return crc


def _broken(path: Path) -> YourMistake:
    return _refused(path, "the snapshot is damaged", "remove it; the engine then reads the log from its beginning")


def _refused(path: Path, what: str, then: str) -> YourMistake:
    return YourMistake(what, place=Place(str(path)), state="nothing was changed", then=then)
