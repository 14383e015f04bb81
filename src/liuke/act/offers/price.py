"""Price and terms know nothing of how likely a customer is to leave or how much he would pay (PIPL art. 24).

What a customer *gets* may depend on what he has and does; *whom* to tell first may depend on the score. So the check
looks at the conditions behind a benefit: its audience and its steps, through every tag and segment they name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from liuke.insight.rules.compile import quantities
from liuke.insight.rules.references import Resolved, leaves

BLIND: Final = (
    "warning_score", "warning_tier", "churn_probability", "churn_tier", "churn_cause", "survival_year",
    "clv", "loyalty",
)  # fmt: skip
"""Attributes that say how likely somebody is to leave (clv and survival_year hold the chance to stay), or how little
price matters to him (loyalty has price insensitivity among its parts)."""


def seen_by_price(rules: Iterator[Resolved] | tuple[Resolved, ...]) -> tuple[str, ...]:
    """What the conditions of a benefit look at and may not, sorted; nothing when all is well."""
    named = {
        name for rule in rules for leaf in leaves(rule) for source, name in quantities(leaf) if source == "attribute"
    }
    return tuple(sorted(named & set(BLIND)))
