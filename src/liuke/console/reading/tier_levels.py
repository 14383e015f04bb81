"""The bank's customer tiers, as its policy names them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from liuke.console.reading.lending import Reader
from liuke.errors import YourMistake
from liuke.insight.customer_tier import CustomerTierPolicy, TierLevel, read_tier_policy


def tier_levels(reader: Reader) -> Mapping[str, TierLevel]:
    """The levels by code; read again only when the file changes, and empty while it is being mended."""
    path = reader.house.policy("tiers")
    return _levels(path, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=4)
def _levels(path: Path, _changed: int) -> Mapping[str, TierLevel]:
    try:
        policy: CustomerTierPolicy = read_tier_policy(path)
    except YourMistake:
        return {}
    return {level.code: level for level in policy.levels}
