"""What a browser calls itself, in two words."""

from __future__ import annotations

from typing import Final

_BROWSERS: Final = (
    ("MicroMessenger", "WeChat"), ("wxwork", "WeCom"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("HarmonyOS", "HarmonyOS"), ("OpenHarmony", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"),
    ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def agent_words(agent: str) -> str:
    """Browser and system, '' for one nobody knows. Chrome's text names Safari too, so the order counts.

    >>> agent_words("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0")
    'Edge · Windows'
    """
    found = (next((word for mark, word in table if mark in agent), "") for table in (_BROWSERS, _SYSTEMS))
    return " · ".join(word for word in found if word)
