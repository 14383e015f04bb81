"""Consents: given or refused on the first day, some withdrawn or given later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from liuke.sim.choices import MARKETING, PERSONALISATION, PURPOSES, first_choices
from liuke.sim.config import ordinal
from liuke.sim.draws import Bools, Ints, Stream, uniform
from liuke.sim.leaning import pull
from liuke.sim.seasons import Day, second_of_day
from liuke.sim.world import DIP, LEAVING, World

ASKED_FROM: Final = ordinal(date(2021, 11, 1))
"""Older customers were asked anew within 200 days of the personal information law, when that lies before the story."""
VERSIONS: Final = ("2021-11", "2025-01")
"""The text changed with the regulation on network data of 2025."""
_CHANGED: Final = ordinal(date(2025, 1, 1))


@dataclass(frozen=True, slots=True)
class Choices:
    """One row per choice: position, ordinal day, second, row of PURPOSES, whether granted."""

    who: Ints
    day: Ints
    second: Ints
    purpose: Ints
    granted: Bools

    def version(self) -> Ints:
        """Row of VERSIONS shown to the customer."""
        return (self.day >= _CHANGED).astype(np.int64)


def asked(world: World, who: Ints) -> Choices:
    """The first choices of some positions, all purposes, made on the first day as a customer."""
    c, n = world.bank.customers, len(PURPOSES)
    key, start = c.key[who], ordinal(world.bank.config.start)
    anew = ASKED_FROM + (uniform(key, 0, Stream.CONSENT_WHEN) * 200).astype(np.int64)
    day = np.where(c.opened[who] < start, np.maximum(c.opened[who], np.minimum(anew, start - 1)), c.opened[who])
    bits = first_choices(key)
    second = second_of_day(uniform(key, 1, Stream.CONSENT_WHEN), office=True)
    purpose = np.repeat(np.arange(n), len(who))
    return Choices(np.tile(who, n), np.tile(day, n), np.tile(second, n), purpose, _has(np.tile(bits, n), purpose))


def choose(world: World, day: Day) -> Choices:
    """The first choices of those who join today, and changes of mind; `agrees` changes in place.

    Customers who lean or are in an episode withdraw more often.
    """
    c, number = world.bank.customers, day.number
    joined = asked(world, np.flatnonzero(c.opened == number))
    u = uniform(c.key, number, Stream.CONSENT_CHANGE)
    away = (world.phase == LEAVING) | (world.phase == DIP)
    leaves = 0.00016 * (1.7 - world.satisfaction) * (1.0 + 3.0 * pull(world) + 4.0 * away)
    able = world.alive & (c.opened < number)
    purpose = np.where(u * 7_919 % 1.0 < 0.7, MARKETING, PERSONALISATION)
    had = _has(world.agrees, purpose)
    who = np.flatnonzero(able & ((had & (u < leaves)) | (~had & (u > 1.0 - 0.0001))))
    purpose, had = purpose[who], had[who]
    world.agrees[who] ^= np.int64(1) << purpose
    second = second_of_day(uniform(c.key[who], number, Stream.CONSENT_WHEN))
    return Choices(
        np.concatenate([joined.who, who]),
        np.concatenate([joined.day, np.full(len(who), number)]),
        np.concatenate([joined.second, second]),
        np.concatenate([joined.purpose, purpose]),
        np.concatenate([joined.granted, ~had]),
    )


def _has(bits: Ints, purpose: Ints) -> Bools:
    agreed: Bools = (bits >> purpose & 1).astype(bool)
    return agreed
