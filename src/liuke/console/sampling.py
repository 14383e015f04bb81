"""Masked rows of a group of customers, and when a group is too small to show any."""

from __future__ import annotations

from typing import Any

from liuke.console import labels
from liuke.console.choices import branch_names
from liuke.console.figures import is_small, money
from liuke.console.showing import rights
from liuke.govern.access import Scope


def hides(customers: int | None, scope: Scope) -> bool:
    """Whether rows of so few customers are kept from the person: a role that never looks at single ones."""
    return is_small(customers) and "unmask" not in rights(scope)


def sample_of(found: Any, scope: Scope) -> dict[str, Any]:
    """The masked rows of a live answer as the page shows them; none of a group that is too small for the role."""
    withheld = bool(found and hides(found.members, scope))
    rows = [dict(row) | {"assets": _assets(row.get("aum"))} for row in found.sample] if found and not withheld else []
    return {
        "withheld": withheld,
        "sample": rows,
        "branch_names": branch_names(row.get("branch_id") for row in rows),
        "tier_labels": labels.TIERS,
    }


def _assets(value: Any) -> str:
    """An amount where the role reads amounts; the band the mask made of it elsewhere."""
    return value if isinstance(value, str) else money(value)
