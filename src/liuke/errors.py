"""The error family: every message says what, where, what state things are in, and what to do next.

Three branches: `YourMistake` (input or configuration; exit code 2), `OurBug` (exit code 70) and
`TryAgain` (something outside was busy or away; exit code 75). Faces print `render()`, never a traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is wrong: a file, and within it a 1-based line, a column or a key."""

    file: str | None = None
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = [self.file or ""]
        if self.line is not None:
            parts.append(f"line {self.line}" if not self.file else f":{self.line}")
        text = "".join(parts) if self.file else " ".join(p for p in parts if p)
        return f"{text} [{self.column}]" if self.column else text


class LiukeError(Exception):
    """Base of the family. Built from fields so that faces can render them apart.

    what: what went wrong, one sentence. place: where. expected: what would have been right.
    state: what the data looks like now. then: the next thing to do, a command where there is one.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        place: Place | None = None,
        expected: str | None = None,
        state: str | None = None,
        then: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what, self.place, self.expected, self.state, self.then = what, place, expected, state, then

    def render(self) -> str:
        """The whole message, one labelled line per known field."""
        rows = [
            ("", self.what),
            ("where:    ", str(self.place) if self.place else None),
            ("expected: ", self.expected),
            ("state:    ", self.state),
            ("next:     ", self.then),
        ]
        return "\n".join(f"{label}{text}" for label, text in rows if text)

    def __str__(self) -> str:
        return self.render()


class YourMistake(LiukeError):
    """Input or configuration that the user can mend."""

    exit_code = 2


class OurBug(LiukeError):
    """A state that should not be possible; the user is asked to report it."""

    exit_code = 70


class TryAgain(LiukeError):
    """Something outside was busy, full or away; the same call may succeed later."""

    exit_code = 75


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint naming the nearest known name, or the known names when none is near.

    >>> did_you_mean("amuont", ["amount", "channel"])
    "did you mean 'amount'?"
    """
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else f"known names: {', '.join(names) or '(none)'}"
