"""How long a status that one channel told takes to be told in another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from liuke.insight.journey.cases import Cases
from liuke.insight.journey.journey_map import StatusLag
from liuke.insight.journey.loops import LAG
from liuke.insight.journey.measures import NOTHING, Measured


def status_lags(found: Cases, times: Mapping[tuple[int, int], Measured]) -> tuple[StatusLag, ...]:
    """Every status and channel in which it was told first, with every other channel that tells statuses at all.

    What is told after a case has ended counts, too: it may have ended in the one channel only.
    """
    channels = found.coded.channels
    pairs = {
        (code // len(channels) ** 2, code // len(channels) % len(channels), code % len(channels)): told
        for (thing, code), told in times.items()
        if thing == LAG
    }
    return tuple(_lags(pairs, found.coded.statuses, channels))


def _lags(
    pairs: Mapping[tuple[int, int, int], Measured], statuses: tuple[str, ...], channels: tuple[str, ...]
) -> Iterator[StatusLag]:  # fmt: skip
    """By number, which is by name. The row of a status from a channel to itself counts who was told there first."""
    tellers = sorted({channel for _, _, channel in pairs})
    for status, start in sorted((status, start) for status, start, channel in pairs if start == channel):
        whole = pairs[status, start, start].times
        for channel in tellers:
            if channel != start:
                told = pairs.get((status, start, channel), NOTHING)
                yield StatusLag(
                    statuses[status], channels[start], channels[channel], told.times, whole - told.times,
                    told.median_s, told.p90_s,
                )  # fmt: skip
