"""One rule's file in a bank home: its text, and a new text put in its place as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from liuke.act.bank_file import read_bank_file, write_bank_file

_WHAT: Final = "rule"


def path_of(home: Path, code: str) -> Path:
    """`triggers/<code>.yaml`."""
    return home / "triggers" / f"{code}.yaml"


def read_text(home: Path, code: str) -> str:
    """The file's text, with plain line ends; '' when there is none."""
    return read_bank_file(path_of(home, code), _WHAT)


def write_text(home: Path, code: str, text: str) -> None:
    """Puts the text in the file's place, see `write_bank_file`."""
    write_bank_file(path_of(home, code), text, _WHAT)
