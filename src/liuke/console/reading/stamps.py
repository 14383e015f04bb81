"""When the bank's files changed last: what a page keeps of them is read again after that."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

Stamps = tuple[tuple[str, int, int], ...]


def stamps(home: Path, folders: Iterable[str]) -> Stamps:
    """Path, moment of the last change (ns) and size of every YAML file in the folders of the bank home, in order."""
    files = [path for folder in folders for path in sorted((home / folder).glob("*.yaml"))]
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path in files for stat in (path.stat(),))
