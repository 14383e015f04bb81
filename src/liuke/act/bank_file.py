"""Text files of a bank home that the console writes: read with plain line ends, put in their place as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from liuke.errors import Place, TryAgain
from liuke.whole_file import whole_file


@dataclass(frozen=True, slots=True)
class BankFiles:
    """One file per thing: `<folder>/<code>.yaml`. what: the thing, for mistakes."""

    folder: str
    what: str

    def path(self, home: Path, code: str) -> Path:
        """Where the file is, or would be."""
        return home / self.folder / f"{code}.yaml"

    def read(self, home: Path, code: str) -> str:
        """The file's text; '' when there is none. Raises TryAgain when it cannot be read."""
        path = self.path(home, code)
        try:
            return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise self._refused(path, str(error)) from error

    def write(self, home: Path, code: str, text: str) -> None:
        """Puts the text in the file's place: readers see the old or the new one, never a part. On disk when it returns.

        Raises TryAgain when the folder cannot be written; the old file is then still there.
        """
        path = self.path(home, code)
        try:
            with whole_file(path) as file:
                file.write(text.encode())
        except OSError as error:
            raise self._refused(path, error.strerror or str(error)) from error

    def _refused(self, path: Path, why: str) -> TryAgain:
        return TryAgain(
            f"the {self.what}'s file cannot be used: {why}",
            place=Place(str(path)),
            state=f"the {self.what}s at work are as before",
            then="see that this user may read and write the folder and that the disk has room",
        )


RULE_FILES: Final = BankFiles("triggers", "rule")
OFFER_FILES: Final = BankFiles("offers", "offer")
CAMPAIGN_FILES: Final = BankFiles("campaigns", "campaign")
SEGMENT_FILES: Final = BankFiles("segments", "segment")
EXPERIMENT_FILES: Final = BankFiles("experiments", "experiment")
