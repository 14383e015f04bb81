"""Steps of applications as rows of numbers: what was done when, on which channel, at which stage, with what typed in.

Names, stages and fields are those of docs/progress-code.md; tests hold them against what the product reads.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from liuke.sim.draws import Bools, Ints

DAY_S: Final = 86_400
NAMES: Final = (
    "application_started", "application_step", "application_submitted", "application_status",
    "application_completed", "application_rejected", "application_withdrawn", "progress_query",
)  # fmt: skip
STARTED, STEP, SUBMITTED, STATUS, COMPLETED, REJECTED, WITHDRAWN, QUERY = range(len(NAMES))
JOURNEYS: Final = ("loan_application", "account_opening", "wealth_purchase")
LOAN, OPENING, WEALTH = range(len(JOURNEYS))
CHANNELS: Final = ("app", "web", "wechat", "branch", "phone", "other")
APP, WEB, WECHAT, BRANCH, PHONE, OTHER = range(len(CHANNELS))
STAGES: Final = (
    "form", "identity", "documents", "review", "signing", "payout", "activation", "choice", "risk", "order",
)  # fmt: skip
FORM, IDENTITY, DOCUMENTS, REVIEW, SIGNING, PAYOUT, ACTIVATION, CHOICE, RISK, ORDER = range(len(STAGES))
FIELDS: Final = (
    "", "mobile,address", "mobile,address,employer,income", "appointment", "id_document",
    "id_document,employer,income", "purpose", "income,employer,purpose", "risk_answers", "amount",
)  # fmt: skip
"""Names of what is typed in at one step. An appointment is a visit to the branch, booked in another channel."""
NOTHING, SOME, ALL, APPOINTMENT, ID, ID_AGAIN, PURPOSE, PURPOSE_AGAIN, ANSWERS, AMOUNT = range(len(FIELDS))
STATUSES: Final = (
    "started", "in_progress", "submitted", "in_review", "completed", "rejected", "withdrawn", "pending",
    "needs_more", "approved",
)  # fmt: skip
IN_REVIEW: Final = 3
NEEDS_MORE, APPROVED = 8, 9


@dataclass(frozen=True, slots=True)
class Steps:
    """One row per step. who: position; at: bank-local seconds since 1970-01-01; begun: ordinal day on which the case
    began; name, channel, journey, stage, fields, status: rows of the lists above.
    """

    who: Ints
    at: Ints
    begun: Ints
    name: Ints
    channel: Ints
    journey: Ints
    stage: Ints
    fields: Ints
    status: Ints

    def take(self, chosen: Bools | Ints) -> Steps:
        """Some of the rows."""
        return Steps(*(getattr(self, f.name)[chosen] for f in fields(self)))

    def of(self, chosen: Ints, size: int) -> Steps:
        """The rows of some positions, of `size`, renumbered as these stand in `chosen`."""
        place = np.full(size, -1, np.int64)
        place[chosen] = np.arange(len(chosen))
        kept = self.take(place[self.who] >= 0)
        return Steps(place[kept.who], *(getattr(kept, f.name) for f in fields(self)[1:]))

    def __len__(self) -> int:
        return len(self.who)


def no_steps() -> Steps:
    """No rows."""
    return Steps(*(np.zeros(0, np.int64) for _ in fields(Steps)))


def all_steps(parts: list[Steps]) -> Steps:
    """The rows of several, one after the other."""
    return Steps(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Steps)))
