"""How long people stay at each place, and where things fail, are tried again or tapped in anger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np

from liuke.insight.behaviour.durations import duration
from liuke.insight.behaviour.sequences import each_batch
from liuke.insight.paths.dwell_loops import BINS, EVENTS, FAILED, FINEST, RAGE, RATIO, RETRIED, dwell
from liuke.insight.paths.events import PathEvents

_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Dwell:
    """One name, None for 其他. timed: events that another followed in the session; median, p90: seconds until it did,
    within one per cent (below 0.1 s: 0.05), None for none. failed: events that say something failed, or that such an
    event of another name follows at once. retried: the same again soon. rage: runs of three or more quick ones.
    """

    name: str | None
    events: int
    timed: int
    median: float | None
    p90: float | None
    failed: int
    retried: int
    rage: int


def read_dwell(events: PathEvents) -> tuple[Dwell, ...]:
    """Of events of the period, most events first; the anchor of the question does not matter here."""
    asked, nodes = events.asked, events.nodes
    waits = np.array([duration(text) // _MICROSECOND for text in (asked.gap, asked.retry, asked.rage)], np.int64)
    counts, times = np.zeros((nodes.count, 4), np.int64), np.zeros((nodes.count, BINS), np.int64)
    for more_counts, more_times in each_batch(
        events.lists, lambda _, offsets, marks: dwell(offsets, marks, waits, nodes.count)
    ):
        counts += more_counts
        times += more_times
    told = [_dwell(nodes.name(n), counts[n], times[n]) for n in range(nodes.count) if counts[n, EVENTS]]
    return tuple(sorted(told, key=lambda one: (-one.events, one.name or "")))


def _dwell(name: str | None, counts: Any, times: Any) -> Dwell:
    median, p90 = (_quantile(times, q) for q in (0.5, 0.9))
    events, failed, retried, rage = (int(counts[what]) for what in (EVENTS, FAILED, RETRIED, RAGE))
    return Dwell(name, events, int(times.sum()), median, p90, failed, retried, rage)


def _quantile(times: Any, q: float) -> float | None:
    """The middle of the bin in which the q-th of all lies (the least value that so many do not exceed)."""
    whole = int(times.sum())
    if not whole:
        return None
    place = int(np.searchsorted(np.cumsum(times), q * whole))
    return FINEST / 2 if place == 0 else FINEST * RATIO ** (place - 0.5)
