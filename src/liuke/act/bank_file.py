"""One text file of a bank home that the console writes: read with plain line ends, put in its place as a whole."""

from __future__ import annotations

from pathlib import Path

from liuke.errors import Place, TryAgain
from liuke.whole_file import whole_file


def read_bank_file(path: Path, what: str) -> str:
    """The file's text; '' when there is none. what: whose file it is, for the mistake. Raises TryAgain."""
    try:
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(path, what, str(error)) from error


def write_bank_file(path: Path, text: str, what: str) -> None:
    """Puts the text in the file's place: readers see the old or the new one, never a part. On disk when it returns.

    Raises TryAgain when the folder cannot be written; the old file is then still there.
    """
    try:
        with whole_file(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise _refused(path, what, error.strerror or str(error)) from error


def _refused(path: Path, what: str, why: str) -> TryAgain:
    return TryAgain(
        f"the {what}'s file cannot be used: {why}",
        place=Place(str(path)),
        state=f"the {what}s at work are as before",
        then="see that this user may read and write the folder and that the disk has room",
    )
