"""The error family: every message says what, where, what state things are in, and what to do next.

Three branches: `YourMistake` (input or configuration; exit code 2), `OurBug` (exit code 70) and
`TryAgain` (something outside was busy or away; exit code 75). Faces print `render()`, never a traceback.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and what makes it, so that a face can say it in another language: by its code, with its facts.

    text: the sentence in English.
    """

    code: str
    text: str
    facts: Mapping[str, str] = field(default_factory=dict)


def coded(code: str, template: str, **facts: object) -> Said:
    """The sentence of a template with {names}.

    >>> coded("no_file", "there is no {name}", name="x.yaml").text
    'there is no x.yaml'
    """
    told = {name: str(value) for name, value in facts.items()}
    return Said(code, template.format(**told), told)


class Wrong(ValueError):
    """What a check of one value found, as a sentence that can be said in another language."""

    def __init__(self, code: str, template: str, **facts: object) -> None:
        self.said = coded(code, template, **facts)
        super().__init__(self.said.text)


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake in a file: 1-based line and dotted keys where they are known."""

    said: Said
    line: int | None = None
    key: str | None = None


class LiukeError(Exception):
    """Base of the family. Built from fields so that faces can render them apart.

    what: what went wrong, one sentence, or the same with its code. place: where. expected: what would have been right.
    state: what the data looks like now. then: the next thing to do, a command where there is one. findings: every
    mistake of a file, the first being `what`.
    """

    exit_code = 1

    def __init__(
        self,
        what: str | Said,
        *,
        place: Place | None = None,
        expected: str | None = None,
        state: str | None = None,
        then: str | None = None,
        findings: tuple[Finding, ...] = (),
    ) -> None:
        self.said = what if isinstance(what, Said) else None
        self.what = what.text if isinstance(what, Said) else what
        super().__init__(self.what)
        self.place, self.expected, self.state, self.then = place, expected, state, then
        self.findings = findings

    @property
    def mistakes(self) -> tuple[Finding, ...]:
        """Every mistake apart, at least one; a sentence that has no code stands under ''."""
        line, key = (self.place.line, self.place.column) if self.place else (None, None)
        return self.findings or (Finding(self.said or Said("", self.what), line, key),)

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


class Stopped(TryAgain):
    """The work was stopped because nobody waits for it any more."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint naming the nearest known name, or the known names when none is near.

    >>> did_you_mean("amuont", ["amount", "channel"])
    "did you mean 'amount'?"
    """
    return guess(name, known)["hint"]


def guess(name: str, known: Iterable[str]) -> dict[str, str]:
    """The facts of a hint: hint as `did_you_mean` says it; near, the nearest name or ''; known, all of them."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    whole = ", ".join(names) or "(none)"
    hint = f"did you mean '{near[0]}'?" if near else f"known names: {whole}"
    return {"hint": hint, "near": near[0] if near else "", "known": whole}
