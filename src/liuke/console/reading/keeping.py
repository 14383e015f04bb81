"""Answers that take seconds, kept until what they are made from changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar, cast

from django.core.cache import cache

from liuke.console.reading.lending import Reader
from liuke.govern.access import Scope
from liuke.tables import Table

_KEEP_SECONDS: Final = 3600
T = TypeVar("T")


def kept_until_changed(
    reader: Reader, scope: Scope, name: str, tables: Sequence[Table], files: Iterable[Path], make: Callable[[], T]
) -> T:
    """What `make` gives, made anew for another scope or name, a new version of a table, and other content of a file.

    files: also folders, for the files in them; what is not there counts as empty.
    """
    key = key_of(reader, scope, name, tables, files)
    found = cache.get(key)
    if found is None:
        found = make()
        cache.set(key, found, _KEEP_SECONDS)
    return cast(T, found)


def key_of(reader: Reader, scope: Scope, name: str, tables: Sequence[Table], files: Iterable[Path]) -> str:
    """What tells an answer from that of another scope or name, version of a table or content of a file."""
    lake = reader.house.lake
    versions = [(table.name, lake.version(table)) for table in tables]
    place = "bank" if scope.branches is None else ",".join(sorted(scope.branches))
    place = f"{place}|{scope.actor}" if scope.by_book else place
    digests = [digest(path) for path in files]
    return sha256(f"{lake.root}|{name}|{versions}|{digests}|{place}".encode()).hexdigest()


def digest(path: Path) -> str:
    """Of a file's content, or of those of a folder's files with their names; '' where there is none."""
    if path.is_dir():
        inside = [f"{each.name}:{digest(each)}" for each in sorted(path.iterdir()) if each.is_file()]
        return sha256("|".join(inside).encode()).hexdigest()
    try:
        return sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""
