"""One rule's file in a bank home: its text, and a new text put in its place as a whole."""

from __future__ import annotations

from pathlib import Path

from liuke.errors import Place, TryAgain
from liuke.whole_file import whole_file


def path_of(home: Path, code: str) -> Path:
    """`triggers/<code>.yaml`."""
    return home / "triggers" / f"{code}.yaml"


def read_text(home: Path, code: str) -> str:
    """The file's text, with plain line ends; '' when there is none."""
    try:
        return path_of(home, code).read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(path_of(home, code), str(error)) from error


def write_text(home: Path, code: str, text: str) -> None:
    """Puts the text in the file's place: readers see the old or the new one, never a part. On disk when it returns.

    Raises TryAgain when the folder cannot be written; the old file is then still there.
    """
    path = path_of(home, code)
    try:
        with whole_file(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from error


def _refused(path: Path, why: str) -> TryAgain:
    return TryAgain(
        f"the rule's file cannot be used: {why}",
        place=Place(str(path)),
        state="the rules at work are as before",
        then="see that this user may read and write the folder and that the disk has room",
    )
