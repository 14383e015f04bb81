"""What customers first agree to, as bits of one number per customer."""

from __future__ import annotations

from typing import Final

import numpy as np

from liuke.sim.draws import Ints, Keys, Stream, uniform

PURPOSES: Final = (
    "marketing", "personalisation", "experience_improvement", "market_research", "external_data", "sensitive_data",
    "automated_decision",
)  # fmt: skip
MARKETING, PERSONALISATION = range(2)
_SHARES: Final = (0.82, 0.78, 0.9, 0.68, 0.45, 0.9, 0.985)


def first_choices(key: Keys) -> Ints:
    """Bit p is set when the customer agrees to PURPOSES[p] on being asked the first time."""
    agreed = np.zeros(len(key), np.int64)
    for bit, share in enumerate(_SHARES):
        agreed |= (uniform(key, bit, Stream.CONSENT) < share).astype(np.int64) << bit
    return agreed
