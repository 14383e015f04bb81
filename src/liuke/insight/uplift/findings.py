"""What the reader of a trial should know beside its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "sampled", "no_arm", "no_outcome", "lost_unequally", "uneven", "slightly_uneven", "plan_unknown", "unbalanced",
    "identifier", "all_null", "unread", "protected", "code", "repeated", "estimated", "thin_overlap",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """about: a column, or '' for the trial as a whole. detail: a figure in no language."""

    kind: Kind
    about: str = ""
    detail: str = ""

    @property
    def unfit(self) -> bool:
        """Whether the comparison should not be believed until this is cleared up."""
        return self.kind in {"uneven", "lost_unequally", "repeated"}
