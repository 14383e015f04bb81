"""Who stands at the other end of a posting: one pool of names, addressed by number inside the simulation."""

from __future__ import annotations

from typing import Final

import numpy as np

from liuke.sim import words
from liuke.sim.bank import customer_name, draw_surnames
from liuke.sim.draws import Floats, Ints

PERSONS: Final = 3_000
_MERCHANTS = [m for c in words.CATEGORIES for m in c.merchants]
_COUNTS = np.array([len(c.merchants) for c in words.CATEGORIES])
_FIRST_MERCHANT = np.concatenate([[0], np.cumsum(_COUNTS)[:-1]])
EMPLOYER: Final = len(_MERCHANTS)
"""Row of the pension payer; employers follow."""
UTILITY: Final = EMPLOYER + 1 + len(words.EMPLOYERS)
FIRM: Final = UTILITY + len(words.UTILITIES)
PERSON: Final = FIRM + len(words.FIRMS)
OWN: Final = PERSON + PERSONS
"""From here on: the customers themselves, by position."""
BILL_CATEGORY: Final = len(words.CATEGORIES)
CATEGORY_NAMES: Final = (*(c.name for c in words.CATEGORIES), "生活缴费")

_CHOICE = np.searchsorted(
    np.cumsum([c.weight for c in words.CATEGORIES]) / sum(c.weight for c in words.CATEGORIES),
    (np.arange(2048) + 0.5) / 2048,
)
SIZE: Final = np.array([c.size for c in words.CATEGORIES])
ONLINE: Final = np.array([c.online for c in words.CATEGORIES])


def static_names() -> list[str]:
    """The pool up to OWN; the same in every bank."""
    rng = np.random.default_rng(20_260_214)
    female = rng.random(PERSONS) < 0.5
    people = [
        customer_name(int(s), int(g), bool(f))
        for s, g, f in zip(draw_surnames(rng, PERSONS), rng.integers(0, 50, PERSONS), female, strict=True)
    ]
    return [*_MERCHANTS, words.PENSION_PAYER, *words.EMPLOYERS, *words.UTILITIES, *words.FIRMS, *people]


def draw_category(u: Floats) -> Ints:
    """Merchant category rows."""
    rows: Ints = _CHOICE[(u * 2048).astype(np.int64)]
    return rows


def draw_merchant(category: Ints, u: Floats) -> Ints:
    """Pool rows of a merchant of each category."""
    rows: Ints = _FIRST_MERCHANT[category] + (u * _COUNTS[category]).astype(np.int64)
    return rows
