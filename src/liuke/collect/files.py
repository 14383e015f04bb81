"""The files of a source: which they are, and a batch id that is the fingerprint of their content."""

from __future__ import annotations

import glob
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from liuke.collect.mapping import FileInput, FileMap, Source
from liuke.errors import Place, YourMistake

_BLOCK = 1 << 20


def inputs(files: tuple[FileMap, ...]) -> Iterator[FileInput]:
    """Every file entry and every lookup of it."""
    for file in files:
        yield file
        yield from file.lookups.values()


def resolve(entry: FileInput, folder: Path) -> list[Path]:
    """The files an entry names, sorted; YourMistake when there are none or one is empty."""
    if entry.path is None:
        return []
    pattern = folder / entry.path
    paths = [pattern] if pattern.is_file() else _matching(pattern)
    if not paths:
        raise YourMistake(
            "no such file" if not glob.has_magic(entry.path) else "no file matches the pattern",
            place=Place(str(pattern)),
            state="nothing was loaded",
            then="check the path in the source's YAML; it is relative to that file or to --data DIR",
        )
    for path in paths:
        if path.stat().st_size == 0:
            raise YourMistake(
                "the file is empty",
                place=Place(str(path)),
                expected="at least a header line" if entry.kind == "csv" else f"an {entry.kind} file",
                state="nothing was loaded",
                then="deliver the file again; a day without rows is a file with its header only",
            )
    return paths


def _matching(pattern: Path) -> list[Path]:
    # Path.glob cannot take an absolute pattern, and folders above may hold glob signs of their own.
    found = glob.glob(str(pattern), recursive=True)  # noqa: PTH207
    return [p for p in map(Path, sorted(found)) if p.is_file()]


def all_paths(source: Source, folder: Path) -> list[Path]:
    """Every file the source reads, without repeats, in order of mention."""
    return list(dict.fromkeys(p for entry in inputs(source.files) for p in resolve(entry, folder)))


def fingerprint(source: Source, paths: list[Path]) -> str:
    """A batch id from content: names do not matter, sizes, bytes and inline rows do.

    The mapping itself is left out on purpose: a mended mapping over the same files is the same delivery. Load
    it again under its own --batch ID to bring in rows that were quarantined before.
    """
    seen = hashlib.sha256()
    for path in paths:
        seen.update(f"{path.stat().st_size}:{_digest(path)}\n".encode())
    for entry in inputs(source.files):
        if entry.rows is not None:
            seen.update(json.dumps(entry.rows, sort_keys=True, ensure_ascii=False).encode())
    return seen.hexdigest()[:20]


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
