"""The bank's own codes that rules may compare with, beside those that every bank has (`Attribute.values`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from liuke.insight.customer_tier import read_tier_policy
from liuke.insight.rules.tree import AttributeTest

Codes = Mapping[str, Mapping[str, tuple[str, str]]]
"""By attribute: each code with its words, Chinese and English."""
ANY: Final[Codes] = {}
"""Nothing known of the bank's codes: every one passes."""
_COMPARES: Final = ("==", "!=", "in", "not_in")


def bank_codes(policy: Callable[[str], Path]) -> Codes:
    """The codes in the bank's policies: the tiers of tiers.yaml. policy: a file by its name (`House.policy`)."""
    levels = read_tier_policy(policy("tiers")).levels
    return {"customer_tier": {level.code: (level.zh, level.en) for level in levels}}


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A code that a rule compares with and the bank does not have."""

    attribute: str
    code: str
    known: tuple[str, ...]
    keys: tuple[int | str, ...]


def unknown_codes(node: Any, codes: Codes, keys: tuple[int | str, ...] = ()) -> Iterator[UnknownCode]:
    """Every such code of a rule as written, with the keys that lead to it."""
    if isinstance(node, AttributeTest):
        known = codes.get(node.attribute)
        if known is not None and node.op in _COMPARES and isinstance(node.value, str | list | tuple):
            given = [node.value] if isinstance(node.value, str) else node.value
            yield from (UnknownCode(node.attribute, v, tuple(known), (*keys, "value")) for v in given if v not in known)
        return
    for field, info in type(node).model_fields.items():
        below, key = getattr(node, field), info.alias or field
        if isinstance(below, tuple):
            for i, child in enumerate(c for c in below if not isinstance(c, str)):
                yield from unknown_codes(child, codes, (*keys, key, i))
        elif hasattr(type(below), "model_fields"):
            yield from unknown_codes(below, codes, (*keys, key))
