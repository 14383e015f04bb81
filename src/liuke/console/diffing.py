"""Two texts line by line: what went, what came, and a little of what stayed around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

CONTEXT = 3


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line. kind: same, gone, new, or a gap where same lines were left out. old, new: 1-based line numbers."""

    kind: Literal["same", "gone", "new", "gap"]
    text: str
    old: int | None = None
    new: int | None = None

    @property
    def sign(self) -> str:
        """What stands before it, so that colour never says it alone."""
        return {"same": " ", "gone": "−", "new": "+", "gap": "⋯"}[self.kind]


def diff_lines(before: str, after: str) -> list[DiffLine]:
    """The difference; empty when there is none."""
    old, new = before.splitlines(), after.splitlines()
    found: list[DiffLine] = []
    for n, group in enumerate(SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT)):
        if n:
            found.append(DiffLine("gap", ""))
        for tag, i1, i2, j1, j2 in group:
            found += _part(tag == "equal", (old[i1:i2], i1), (new[j1:j2], j1))
    return found


def _part(same: bool, old: tuple[list[str], int], new: tuple[list[str], int]) -> Iterator[DiffLine]:
    if same:
        for k, text in enumerate(old[0]):
            yield DiffLine("same", text, old[1] + k + 1, new[1] + k + 1)
        return
    for k, text in enumerate(old[0]):
        yield DiffLine("gone", text, old=old[1] + k + 1)
    for k, text in enumerate(new[0]):
        yield DiffLine("new", text, new=new[1] + k + 1)
