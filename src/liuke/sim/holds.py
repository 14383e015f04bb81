"""Holds on customers: disputes and cases of fraud that last for weeks, and deaths among the old who are leaving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from liuke.sim.draws import Ints, Stream, uniform
from liuke.sim.seasons import Day
from liuke.sim.world import LEAVING, World

KINDS: Final = ("dispute", "fraud", "deceased")
DISPUTE, FRAUD, DECEASED = range(3)


@dataclass(frozen=True, slots=True)
class Held:
    """One row per hold that begins: position, row of KINDS, last ordinal day or -1."""

    who: Ints
    kind: Ints
    until: Ints


def hold(world: World, day: Day) -> Held:
    """Holds that begin today. They change no state: the bank's own records only."""
    c = world.bank.customers
    u = uniform(c.key, day.number, Stream.HOLD)
    dying = (world.phase == LEAVING) & (c.age >= 70)
    edges = (0.00002, 0.000032)
    able = world.alive & (c.opened < day.number)
    who = np.flatnonzero(able & (u < np.where(dying, edges[1] + 0.002, edges[1])))
    kind = np.searchsorted(edges, u[who], side="right").astype(np.int64)
    weeks = 4 + (u[who] * 1e7 % 1.0 * 22).astype(np.int64)
    return Held(who, kind, np.where(kind == DECEASED, -1, day.number + 7 * weeks))
