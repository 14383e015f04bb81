"""Placeholders of a wording as people read them."""

from __future__ import annotations

from liuke.act.offers.placeholders import PLACEHOLDERS, holes
from liuke.console.figures import is_chinese


def with_names(wording: str) -> str:
    """The wording with 〔name〕 where something is filled in when it is said."""
    told = wording
    for hole in dict.fromkeys(holes(wording)):
        told = told.replace(f"{{{hole}}}", f"〔{PLACEHOLDERS[hole][0 if is_chinese() else 1]}〕")
    return told
