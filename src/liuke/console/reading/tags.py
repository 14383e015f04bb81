"""Tags in words, from the bank's own catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from liuke.console.reading.lending import Reader
from liuke.console.showing import locale
from liuke.errors import YourMistake
from liuke.insight.tags.catalogue import Tag, read_tags


def tag_titles(reader: Reader, codes: Sequence[str]) -> list[str]:
    """The tags' titles in the page's language, in the catalogue's order; a code the catalogue lost stands as it is."""
    if not codes:
        return []
    folder = reader.house.home / "tags"
    newest = max((path.stat().st_mtime_ns for path in folder.glob("*.yaml")), default=0)
    known = _catalogue(folder, newest)
    order = {code: place for place, code in enumerate(known)}
    ranked = sorted(codes, key=lambda code: (order.get(code, len(order)), code))
    return [known[code].title(locale()) if code in known else code for code in ranked]


@lru_cache(maxsize=4)
def _catalogue(folder: Path, changed: int) -> Mapping[str, Tag]:
    """The catalogue as of its last change; empty while a file of it is being mended."""
    try:
        return read_tags(folder)
    except YourMistake:
        return {}
