"""What is planted in the journeys, to be found again: where they hurt, how much, whom. All numbers are assumptions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import numpy as np

from liuke.sim.bank import Bank, Staff
from liuke.sim.config import SimConfig, ordinal
from liuke.sim.draws import Bools, Ints

LOST_AT_IDENTITY: Final = {"app": 0.08, "branch": 0.15, "weak_branch": 0.46}
"""Share of loan applications that end where identity is proved: in the app, at most branches, at the weak ones."""
WEAK_EVERY: Final = 3
"""Every third outlet is a weak one, beginning with the second."""
ASKED_AGAIN: Final = 0.4
"""Of applications begun in the app or on the web and continued at a counter, the share asked for income and employer
again."""
TOLD_MEDIAN_S: Final = 20 * 3_600
TOLD_SIGMA: Final = 0.6
NEVER_TOLD: Final = 0.15
"""`approved` is seen in the app later than it is decided, by a log-normal time; in some cases never."""
SLOW_S: Final = 6 * 86_400
QUERIES: Final = 0.5
GIVES_UP: Final = 0.25
"""Of loan applications whose decision takes longer, the share that asks about it, and the share that is taken back."""
PAY_FAILED: Final = 0.05
PAY_FAILED_AT_RELEASE: Final = 0.24
"""Share of payments that fail among those that fail or are done, in the app: ordinarily and with a bad release."""
RELEASE_FROM, RELEASE_TO = 48, 28
"""The bad release was in use from so many days before the story's end to so many, both included."""
VERSIONS: Final = ("6.2.4", "6.3.0", "6.3.1")


def weak_branches(staff: Staff) -> Bools:
    """Which rows of the organisation are weak outlets; none in a bank with one outlet."""
    level = np.array(staff.branch_level)
    outlet: Bools = level == "branch"
    weak: Bools = outlet & ((np.cumsum(outlet) - 1) % WEAK_EVERY == 1)
    return weak


def version_on(config: SimConfig, day: int) -> int:
    """The row of VERSIONS of the app in use on an ordinal day."""
    left = ordinal(config.end) - day
    return 0 if left > RELEASE_FROM else 1 if left >= RELEASE_TO else 2


def write_pains(bank: Bank, path: Path) -> None:
    """The planted numbers as JSON, beside the other truth; never for the product."""
    weak: Ints = np.flatnonzero(weak_branches(bank.staff))
    end = ordinal(bank.config.end)
    release = [str(np.datetime64(end - left, "D")) for left in (RELEASE_FROM, RELEASE_TO)]
    planted = {
        "loan_lost_at_identity": LOST_AT_IDENTITY,
        "weak_branches": [bank.staff.branch_id(int(row)) for row in weak],
        "asked_again_at_the_counter": ASKED_AGAIN,
        "approved_told_in_app": {"median_s": TOLD_MEDIAN_S, "sigma": TOLD_SIGMA, "never": NEVER_TOLD},
        "slow_review": {"longer_than_s": SLOW_S, "asks": QUERIES, "withdraws": GIVES_UP},
        "payments_failed": {"ordinarily": PAY_FAILED, "at_release": PAY_FAILED_AT_RELEASE, "release": release},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(planted, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
