"""The funnel by its words: every chain of facts is tried, nothing is clever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Fact:
    """Something done: which of the things asked it is, by their places (steps first, then what must not happen)."""

    at: datetime
    things: frozenset[int]


@dataclass(frozen=True)
class Kept:
    """The kept entry: moments of the steps reached."""

    moments: tuple[datetime, ...]


def in_order(facts: Sequence[Fact], things: int) -> list[Fact]:
    """By time; of one moment, facts that are an earlier thing first."""
    return sorted(facts, key=lambda f: (f.at, [thing not in f.things for thing in range(things)]))


def kept(
    facts: Sequence[Fact], steps: int, order: str, window: timedelta, first: datetime, end: datetime,
    bans: Sequence[tuple[int, int, int]] = (),
) -> Kept | None:  # fmt: skip
    """The best entry of one person; None without one. bans: thing, after, before, steps numbered from 0."""
    line = in_order(facts, steps + len(bans))
    best: Any = None
    for start, fact in enumerate(line):
        if not first <= fact.at < end:
            continue
        chain = _any_order(line, start, steps, window) if order == "any" else _chain(line, start, steps, order, window)
        if not chain or any(_banned(line, chain, ban, window) for ban in bans):
            continue
        took = line[chain[-1]].at - fact.at
        if best is None or (-len(chain), took) < (-len(best), line[best[-1]].at - line[best[0]].at):
            best = chain
    return Kept(tuple(line[i].at for i in best)) if best else None


def _chain(line: list[Fact], start: int, steps: int, order: str, window: timedelta) -> tuple[int, ...]:
    """The deepest chain from the start; of equally deep ones that which is earliest step by step."""
    if 0 not in line[start].things:
        return ()
    found: list[tuple[int, ...]] = []

    def go(chain: tuple[int, ...]) -> None:
        found.append(chain)
        if len(chain) == steps:
            return
        onward = range(chain[-1] + 1, len(line))
        for i in onward[:1] if order == "strict" else onward:
            if len(chain) in line[i].things and line[i].at <= line[start].at + window:
                go((*chain, i))

    go((start,))
    deepest = max(len(chain) for chain in found)
    return min(chain for chain in found if len(chain) == deepest)


def _any_order(line: list[Fact], start: int, steps: int, window: timedelta) -> tuple[int, ...]:
    """Each fact serves the first step that it is and that is open."""
    served: set[int] = set()
    chain: list[int] = []
    for i in range(start, len(line)):
        if line[i].at > line[start].at + window:
            break
        serves = [step for step in range(steps) if step in line[i].things and step not in served]
        if serves:
            served.add(serves[0])
            chain.append(i)
        elif i == start:
            return ()
    return tuple(chain)


def _banned(line: list[Fact], chain: tuple[int, ...], ban: tuple[int, int, int], window: timedelta) -> bool:
    thing, after, before = ban
    if after >= len(chain):
        return False
    until = chain[before] if before < len(chain) else len(line)
    late = line[chain[0]].at + window
    return any(thing in line[i].things and line[i].at <= late for i in range(chain[after] + 1, until))
