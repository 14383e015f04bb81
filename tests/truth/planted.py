"""A synthetic bank whose effects depend on use of the app alone, for tests of what learns them.

Calls help those who hardly use the app and disturb those who live in it: the default bank's rule (episodes.kinds)
without its other causes and without noise in who can be persuaded.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def kinds(c: Any, cause: np.ndarray, u: np.ndarray) -> np.ndarray:
    """In place of episodes.kinds: persuadable, sure, lost, do not disturb, by use of the app alone."""
    digital = c.app > 0.5
    weight = np.stack(
        [np.where(digital, 0.2, 2.0), np.full(len(c), 0.1), np.full(len(c), 0.4), np.where(digital, 1.2, 0.05)]
    )
    edges = np.cumsum(weight, axis=0) / weight.sum(axis=0)
    return np.where(cause == 4, 1, (u >= edges[:3]).sum(axis=0)).astype(np.int64)


def chance_to_save(c: Any, _cause: np.ndarray) -> np.ndarray:
    """In place of episodes.chance_to_save: who can be persuaded at all nearly always is."""
    return np.full(len(c), 0.9)
