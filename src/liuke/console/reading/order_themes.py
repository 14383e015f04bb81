"""What orders may be about: the themes of care calls, offers, and the bank's trigger rules and campaigns."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from liuke.console.reading.lending import house
from liuke.state.load import OFFER
from liuke.state.order_list import CHURN

_FOLDERS: Final = ("triggers", "campaigns")


def order_themes() -> tuple[str, ...]:
    """Codes, care calls and offers first; themes of a file that is just being mended are left out."""
    files = (path for folder in _FOLDERS for path in (house().home / folder).glob("*.yaml"))
    named = {theme for path in files if (theme := _theme_of(path, path.stat().st_mtime_ns))}
    return CHURN, OFFER, *sorted(named - {CHURN, OFFER})


@lru_cache(maxsize=512)
def _theme_of(path: Path, _changed: int) -> str:
    """The file's `theme`; '' where it has none that can be read."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return ""
    theme = found.get("theme") if isinstance(found, dict) else None
    return theme if isinstance(theme, str) else ""
