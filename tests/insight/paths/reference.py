"""Paths by their words: sessions as lists, everything counted with sets."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass
class Read:
    """people and times of each path, each step and each place; followed: "" where the session is over, ">" further."""

    people: dict[object, set[str]] = field(default_factory=lambda: defaultdict(set))
    times: Counter[object] = field(default_factory=Counter)

    def add(self, thing: object, who: str) -> None:
        """One more time."""
        self.people[thing].add(who)
        self.times[thing] += 1


def read(
    rows: Sequence[tuple[str, datetime, str]], anchor: Collection[str] | None, at: str, gap: timedelta, steps: int,
    collapse: bool,
) -> Read:  # fmt: skip
    """rows: who, when, name; of the same moment in order of the alphabet."""
    found = Read()
    mine: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for who, when, name in rows:
        mine[who].append((when, name))
    for who, line in mine.items():
        for session in _sessions(sorted(line), gap):
            path = _cut(session, anchor, at)
            if collapse:
                path = [name for i, name in enumerate(path) if i == 0 or name != path[i - 1]]
            if path:
                _add(found, who, path, at if anchor else "start", steps)
    return found


def _sessions(mine: list[tuple[datetime, str]], gap: timedelta) -> list[list[str]]:
    made: list[list[str]] = []
    for i, (when, name) in enumerate(mine):
        if i == 0 or when - mine[i - 1][0] > gap:
            made.append([])
        made[-1].append(name)
    return made


def _cut(session: list[str], anchor: Collection[str] | None, at: str) -> list[str]:
    if anchor is None:
        return session
    places = [i for i, name in enumerate(session) if name in anchor]
    if not places:
        return []
    return session[places[0] :] if at == "start" else session[: places[-1] + 1]


def _add(found: Read, who: str, path: list[str], at: str, steps: int) -> None:
    seen = path[:steps] if at == "start" else path[-steps:]
    found.add("all", who)
    found.add(("path", tuple(seen)), who)
    for k, name in enumerate(seen):
        place = k if at == "start" else len(seen) - 1 - k
        found.add(("place", place, name), who)
        if k + 1 < len(seen):
            found.add(("link", place, name, seen[k + 1]), who)
        elif at == "start":
            found.add(("end", place, name, "over" if len(path) <= steps else "goes_on"), who)
