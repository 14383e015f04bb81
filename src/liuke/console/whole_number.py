"""Numbers in addresses and forms: pages and versions."""

from __future__ import annotations


def whole(text: str | None) -> int:
    """A page or version number from a request; 1 when it is none."""
    return max(1, int(text)) if text and text.isascii() and text.isdigit() and len(text) < 9 else 1
