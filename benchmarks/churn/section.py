"""What a section of churn_public hands back."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Section:
    """figures: as measured. ratios: against the target or a peer. Names without the data set's name."""

    figures: dict[str, object]
    ratios: dict[str, object]


def public_data() -> Path:
    """LIUKE_DATA, or shared/data beside the repository."""
    return Path(os.environ.get("LIUKE_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
