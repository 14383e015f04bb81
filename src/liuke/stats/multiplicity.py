"""Many questions to one experiment: p-values raised so that luck among many is not taken for an effect.

p-values of None stand for what is not known yet: they stay None and do not count among the questions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from liuke.errors import YourMistake
from liuke.stats.cross_moments import Floats


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Adjusted so that the chance of even one false alarm stays below the level, whatever depends on what.

    p̃_(i) = max over j ≤ i of (m - j + 1)·p_(j), at most 1. Holm (1979), Scandinavian Journal of Statistics 6. For the
    few metrics a decision hangs on.
    """
    return _adjusted(p_values, lambda p: np.maximum.accumulate(p * np.arange(len(p), 0, -1)))


def benjamini_hochberg(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Adjusted so that of what is called found at most the level's share is false, on average.

    p̃_(i) = min over j ≥ i of m·p_(j)/j. Benjamini & Hochberg (1995), JRSS B 57. For many segments looked through for
    hints. Holds for independent and positively dependent questions.
    """
    return _adjusted(p_values, lambda p: np.minimum.accumulate((p * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1])


def _adjusted(p_values: Sequence[float | None], raised: Callable[[Floats], Floats]) -> tuple[float | None, ...]:
    known = [i for i, p in enumerate(p_values) if p is not None]
    values = np.array([p_values[i] for i in known], dtype=np.float64)
    if not ((values >= 0) & (values <= 1)).all():
        raise YourMistake("a p-value lies outside 0 to 1", expected="numbers from 0 to 1, or nothing where not known")
    order = np.argsort(values, kind="stable")
    out: list[float | None] = [None] * len(p_values)
    for place, value in zip(order, np.minimum(raised(values[order]), 1.0), strict=True):
        out[known[int(place)]] = float(value)
    return tuple(out)
