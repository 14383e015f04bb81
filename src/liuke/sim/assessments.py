"""Risk assessments of customers: a first one, then a new one each year by most of them."""

from __future__ import annotations

from typing import Final

import numpy as np

from liuke.sim.bank import Bank
from liuke.sim.config import ordinal
from liuke.sim.draws import Ints, Stream, uniform

YEAR: Final = 365
_AGAIN: Final = 0.8


def assessed_on(bank: Bank, who: Ints, number: int) -> Ints:
    """Ordinal day of the last assessment of some positions, as of ordinal day `number`."""
    c, start = bank.customers.take(who), ordinal(bank.config.start)
    first = np.maximum(c.opened, start - 40 - c.index * 37 % 300)
    last: Ints = first
    longest = int(number - first.min()) // YEAR if len(who) else 0
    for year in range(1, longest + 1):
        due = first + YEAR * year - (uniform(c.key, year, Stream.ASSESS) * 30).astype(np.int64)
        again = (uniform(c.key, -year, Stream.ASSESS) < _AGAIN) & (due <= number)
        last = np.where(again, due, last)
    return last


def assessed_today(bank: Bank, number: int) -> Ints:
    """Positions of those assessed anew on the day, the first time aside."""
    everybody = np.arange(len(bank.customers))
    on = assessed_on(bank, everybody, number)
    return np.flatnonzero((on == number) & (bank.customers.opened < number))
