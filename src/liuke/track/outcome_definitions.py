"""`policies/experiment_outcomes.yaml`: what an experiment may measure, in the bank's words and windows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from liuke.yaml_file import Document, load_yaml

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Days = Annotated[int, Field(ge=1, le=1826)]
ZERO_OR_ONE: Final = ("retained", "reactivated", "complaint_free")
"""Kinds that are 0 or 1 of each customer, so that the variance follows from the mean."""
SHARES: Final = (*ZERO_OR_ONE, "renewed", "aum_kept_share")
"""Kinds that lie between 0 and 1: a difference is told in percentage points."""


class _Definition(Document):
    """label: Chinese and English name. horizon_days: days after entry within which, or at whose end, it is measured."""

    zh: str = ""
    en: str = ""
    horizon_days: Days = 30

    @property
    def ripens_after(self) -> int:
        """Days after entry on which it can be known."""
        return self.horizon_days


class Retained(_Definition):
    """1 when the customer has not closed, still holds keep_share of the AUM at entry and is active, at the horizon.

    activity_minimum customer-initiated transactions in the last activity_window_days; 0 asks for none.
    """

    kind: Literal["retained"]
    keep_share: float = Field(0.5, ge=0, le=1)
    activity_window_days: Days = 30
    activity_minimum: int = Field(1, ge=0)


class AumKeptShare(_Definition):
    """AUM at the horizon / AUM at entry, at most 1; 1 without AUM at entry."""

    kind: Literal["aum_kept_share"]


class Reactivated(_Definition):
    """1 when a customer quiet for quiet_days up to entry makes so many transactions within the horizon.

    Transactions are those the customer initiates, quiet means none; who was not quiet is not asked about.
    """

    kind: Literal["reactivated"]
    quiet_days: Days = 90
    transactions: int = Field(1, ge=1)


class Renewed(_Definition):
    """Share of the holdings that are followed by another, of those held at entry that mature within the horizon.

    Followed: another holding of the customer begins from 5 days before the maturity to renewal_days after. Customers
    without such a holding are not asked about.
    """

    kind: Literal["renewed"]
    renewal_days: int = Field(30, ge=0, le=366)

    @property
    def ripens_after(self) -> int:
        """The last maturity may be followed for renewal_days more."""
        return self.horizon_days + self.renewal_days


class ComplaintFree(_Definition):
    """1 without a complaint within the horizon, else 0."""

    kind: Literal["complaint_free"]


class NpsChange(_Definition):
    """Last NPS answer within the horizon minus the last one in the look_back_days up to entry, in points.

    Customers without both answers are not asked about; who answers may depend on the treatment, so read it with the
    bounds for missing outcomes beside.
    """

    kind: Literal["nps_change"]
    look_back_days: Days = 365


Definition = Annotated[
    Retained | AumKeptShare | Reactivated | Renewed | ComplaintFree | NpsChange, Field(discriminator="kind")
]


def _defaults() -> dict[str, Definition]:
    return {
        "retained_30": Retained(kind="retained", horizon_days=30),
        "retained_60": Retained(kind="retained", horizon_days=60),
        "retained_90": Retained(kind="retained", horizon_days=90),
        "aum_kept_90": AumKeptShare(kind="aum_kept_share", horizon_days=90),
        "reactivated_60": Reactivated(kind="reactivated", horizon_days=60),
        "renewed_90": Renewed(kind="renewed", horizon_days=90),
        "complaint_free_90": ComplaintFree(kind="complaint_free", horizon_days=90),
        "nps_change_90": NpsChange(kind="nps_change", horizon_days=90),
    }


class OutcomeDefinitions(Document):
    """`policies/experiment_outcomes.yaml`. A missing file means these defaults.

    outcomes: by code; the code names the column.
    """

    outcomes: Mapping[Code, Definition] = Field(default_factory=_defaults, min_length=1)

    @model_validator(mode="after")
    def _no_clashes(self) -> Self:
        for code in self.outcomes:
            if code.removesuffix("_state") in self.outcomes and code.endswith("_state"):
                raise ValueError(f"{code} is the column that marks {code.removesuffix('_state')}; choose another code")
        return self


def read_outcome_definitions(path: Path) -> OutcomeDefinitions:
    """The definitions at `path`, or the defaults when there is no such file."""
    return load_yaml(path, OutcomeDefinitions) if path.is_file() else OutcomeDefinitions()
