"""A copy of a bank home that can be restored: state first, then the lake, while the bank works on.

The daily run waits meanwhile; log-ins, orders, events and triggers go on. Whatever the state knows at its copy is in
the lake that is copied after it. Keys stay out unless they are asked for: data and keys together are everything.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import lmdb
from deltalake import DeltaTable

from liuke import __version__
from liuke.collect.tracking.settings import FILE as COLLECT
from liuke.collect.tracking.settings import read_collect
from liuke.errors import Place, TryAgain, YourMistake
from liuke.wiring.house import House
from liuke.wiring.state import one_at_a_time

MANIFEST: Final = "manifest.json"
KEYS: Final = ("secret_key", "pseudonym_key", "anchor_key")
SECRETS: Final = "secrets"
"""The folder of passwords of gateways and directories."""
STATE: Final = "state.copy"
_PASSING: Final = ("stream", ".")
"""Beginnings of names in the bank home of what is made anew from the rest, or only there while somebody works."""
Told = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. files: SHA-256 of each, by its path within the backup. audit_seq, audit_hash: the newest row
    of the audit log in it. lake: each table's version. keys: whether they are in it. made_at: UTC.
    """

    made_at: str
    version: str
    state: str
    audit_seq: int
    audit_hash: str
    lake: dict[str, int]
    keys: bool
    files: dict[str, str]


def back_up(house: House, target: Path, *, keys: bool = False, told: Told = lambda _step: None) -> Manifest:
    """Copies the bank home into the new folder `target`, which appears whole or not at all.

    told: the name of each step. Raises YourMistake where `target` exists, TryAgain when the disk or PostgreSQL's own
    `pg_dump` fails.
    """
    if target.exists():
        raise YourMistake(
            "the folder exists", place=Place(str(target)), state="nothing was copied", then="name another"
        )
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        with one_at_a_time(house.home, "run"):
            manifest = _copied(house, part, keys, told)
        (part / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
        part.rename(target)
    except OSError as error:
        raise TryAgain(
            f"the backup could not be written: {error.strerror or error}",
            place=Place(str(target)),
            state="no backup was made; the bank is untouched",
            then="free disk space or name a folder you may write to, then run it again",
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return manifest


def _copied(house: House, part: Path, keys: bool, told: Told) -> Manifest:
    from liuke.state.audit import newest

    part.mkdir(parents=True, mode=0o700)
    told("files")
    _files(house, part / "home", keys=keys)
    told("state")
    seq, row_hash = newest()  # the copy has this row, and maybe later ones
    kind = _state(part / STATE)
    told("intake")
    _intake(house.home, part / "home")
    told("lake")
    versions = dict(_lake(house.lake.root, part / "lake"))
    told("hashes")
    hashes = {str(path.relative_to(part)): digest(path) for path in sorted(part.rglob("*")) if path.is_file()}
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    return Manifest(made_at, __version__, kind, seq, row_hash, versions, keys, hashes)


def _files(house: House, target: Path, *, keys: bool) -> None:
    """Settings, policies, rules, models: everything that is neither data nor made anew from it."""
    from django.db import connection

    home = house.home
    intake = read_collect(home).log.folder if (home / COLLECT).is_file() else Path("intake")
    data = (house.lake.root, home / intake, home / str(connection.settings_dict["NAME"]))
    apart = [path.relative_to(home).parts[0] for path in data if path.is_relative_to(home)]
    left_out = (*_PASSING, *apart, *(() if keys else (*KEYS, SECRETS)))

    def passed_over(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if Path(folder) == home and name.startswith(left_out)}

    shutil.copytree(home, target, ignore=passed_over)


def _state(target: Path) -> str:
    """Copies the database by its own means and says which it is."""
    from django.db import connection

    told: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(told["NAME"])) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        return "sqlite"
    postgres("pg_dump", told, "--format=custom", "--no-owner", f"--file={target}")
    return "postgresql"


def postgres(program: str, told: dict[str, Any], *words: str) -> None:
    """Runs one of PostgreSQL's own programs on the database of these settings; the password stays out of the list of
    processes.
    """
    names = {"HOST": "--host", "PORT": "--port", "USER": "--username"}
    address = [f"{option}={told[name]}" for name, option in names.items() if told[name]]
    host = told["OPTIONS"].get("host")
    command = [program, *address, *([f"--host={host}"] if host else []), f"--dbname={told['NAME']}", *words]
    environ = os.environ | ({"PGPASSWORD": told["PASSWORD"]} if told["PASSWORD"] else {})
    try:
        # Words are ours and the settings'; no shell reads them.
        subprocess.run(command, env=environ, check=True, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError as error:
        raise YourMistake(
            f"{program} is not on this machine",
            state="nothing was changed",
            then="install PostgreSQL's client programs",
        ) from error
    except subprocess.CalledProcessError as error:
        raise TryAgain(f"{program} failed: {error.stderr.strip()[-300:]}", state="nothing was changed") from error


def _intake(home: Path, target: Path) -> None:
    """Events that were accepted and may not be in the lake yet."""
    if not (home / COLLECT).is_file():
        return
    folder = read_collect(home).log.folder
    if (home / folder / "data.mdb").is_file():
        (target / folder).mkdir(parents=True)
        with closing(lmdb.open(str(home / folder), max_dbs=128, max_readers=64)) as log:
            log.copy(str(target / folder))


def _lake(root: Path, target: Path) -> Iterator[tuple[str, int]]:
    """Each table as it is when its turn comes: what its log names, and the log up to there."""
    for log in sorted(root.glob("*/_delta_log")):
        table = DeltaTable(str(log.parent))
        version = table.version()
        kept = target / log.parent.name
        for file in table.get_add_actions(flatten=True).column("path").to_pylist():
            _copy(log.parent / file, kept / file)
        for entry in sorted(log.iterdir()):
            if entry.name.split(".")[0].isdigit() and int(entry.name.split(".")[0]) <= version:
                _copy(entry, kept / "_delta_log" / entry.name)
        yield log.parent.name, version


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
