"""The best orders of one desk: each customer at most one of his options, together no more places than there are.

This is the multiple-choice knapsack problem (Sinha & Zoltners, Operations Research 27(3), 1979; Kellerer, Pferschy &
Pisinger, Knapsack Problems, 2004, ch. 11). Doing nothing is every customer's option of no effort and no gain.

Exact: dynamic programming over the places, where customers × places are at most MOST_CELLS; and, whatever the size,
when every option takes the same effort, since the largest gains are then the best set. Else it is filled greedily.
Either way the Lagrangian bound is given with it: for any price λ ≥ 0 of a place no set can bring more than
Σ_customers max(0, max_options(gain − λ·effort)) + λ·capacity, and its minimum over λ is the bound of the linear
programme (Geoffrion, Mathematical Programming Study 2, 1974).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_CELLS: Final = 20_000_000
"""Customers × places for which the exact table is made: 80 MB."""
_HALVINGS: Final = 60


@dataclass(frozen=True, slots=True)
class BestSet:
    """chosen: rows of the options that are taken, rising. gain: what they bring together. bound: no set brings more.
    price: what one more place would bring by the linear programme. exact: whether no set is better.
    """

    chosen: Ints
    gain: float
    bound: float
    price: float
    exact: bool


def best_set(customer: Ints, effort: Ints, gain: Floats, capacity: int) -> BestSet:
    """The best set among options.

    One row per option: customer (equal numbers stand together), places it takes (≥ 1), what it brings over doing
    without (> 0). Of options that bring the same, the earlier row is taken.
    """
    fits = np.flatnonzero(effort <= capacity)
    customer, effort, gain = customer[fits], effort[fits], gain[fits]
    if not len(fits):
        return BestSet(fits, 0.0, 0.0, 0.0, exact=True)
    starts = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]])
    price, bound = _price(starts, effort, gain, capacity)
    exact = True
    if (effort == effort[0]).all():
        rows = _largest(starts, gain, capacity // int(effort[0]))
    elif len(starts) * (capacity + 1) <= MOST_CELLS:
        rows = _table(starts, effort, gain, capacity)
    else:
        rows, exact = _greedy(customer, effort, gain, capacity, price), False
    return BestSet(fits[rows], float(gain[rows].sum()), bound, price, exact)


def _price(starts: Ints, effort: Ints, gain: Floats, capacity: int) -> tuple[float, float]:
    """The price of a place at which the bound is least, and the bound. Convex in the price: halved until it stands."""
    low, high = 0.0, float((gain / effort).max())
    if _wanted(starts, effort, gain, 0.0) <= capacity:
        return 0.0, _bound(starts, effort, gain, capacity, 0.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _wanted(starts, effort, gain, middle) > capacity:
            low = middle
        else:
            high = middle
    return high, _bound(starts, effort, gain, capacity, high)


def _wanted(starts: Ints, effort: Ints, gain: Floats, price: float) -> int:
    """Places that would be taken if each cost `price`; of equally good options the smaller."""
    left = gain - price * effort
    best = np.maximum.reduceat(left, starts)
    per_row = np.repeat(best, np.diff(np.r_[starts, len(left)]))
    least = np.minimum.reduceat(np.where(left >= per_row, effort, np.iinfo(np.int64).max), starts)
    return int(least[best > 0].sum())


def _bound(starts: Ints, effort: Ints, gain: Floats, capacity: int, price: float) -> float:
    best = np.maximum.reduceat(gain - price * effort, starts)
    return float(np.maximum(best, 0.0).sum() + price * capacity)


def _largest(starts: Ints, gain: Floats, places: int) -> Ints:
    """Each customer's best row, and of those the `places` best."""
    own = np.array([at + int(gain[at:end].argmax()) for at, end in _spans(starts, len(gain))], np.int64)
    order = np.argsort(-gain[own], kind="stable")[:places]
    return np.sort(own[order])


def _table(starts: Ints, effort: Ints, gain: Floats, capacity: int) -> Ints:
    """Dynamic programming: best[c] is what the customers so far bring within c places; taken[k, c] the row of the k-th
    customer in it, -1 for none.
    """
    best = np.zeros(capacity + 1)
    taken = np.full((len(starts), capacity + 1), -1, np.int32)
    for k, (at, end) in enumerate(_spans(starts, len(gain))):
        before, best = best, best.copy()
        for row in range(at, end):
            e = int(effort[row])
            offered = before[: capacity + 1 - e] + gain[row]
            better = offered > best[e:]
            best[e:][better] = offered[better]
            taken[k, e:][better] = row
    rows, left = [], capacity
    for k in range(len(starts) - 1, -1, -1):
        row = int(taken[k, left])
        if row >= 0:
            rows.append(row)
            left -= int(effort[row])
    return np.array(rows[::-1], np.int64)


def _greedy(customer: Ints, effort: Ints, gain: Floats, capacity: int, price: float) -> Ints:
    """Options by what they bring beyond the price of their places, then by what they bring per place, while they fit.

    It holds all that is worth more than the price, which falls short of the bound by the price of the places left empty
    (less than one step of one customer, unless several are worth exactly the price), and what else fits.
    """
    left = gain - price * effort
    order = np.lexsort((-gain / effort, -np.maximum(left, 0.0)))
    seen: set[int] = set()
    rows = []
    for row in order.tolist():
        who, places = int(customer[row]), int(effort[row])
        if who not in seen and places <= capacity:
            seen.add(who)
            rows.append(row)
            capacity -= places
    return np.sort(np.array(rows, np.int64))


def _spans(starts: Ints, size: int) -> list[tuple[int, int]]:
    return list(zip(starts.tolist(), [*starts[1:].tolist(), size], strict=True))
