"""A bank home from a backup: every file checked first, the audit log held against the backup's word at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from liuke.errors import Place, YourMistake
from liuke.settings import read_settings
from liuke.wiring.anchors import check_audit
from liuke.wiring.backup import KEYS, MANIFEST, STATE, Manifest, digest, postgres
from liuke.wiring.house import House, open_house
from liuke.wiring.state import settle, start_state

Told = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. missing_keys: those that the backup did not hold and that must be put back before the bank
    works, for pseudonyms, second factors and seals of anchors hang on them. audit: rows of the log, all of which fit.
    """

    manifest: Manifest
    missing_keys: tuple[str, ...]
    audit: int


def read_manifest(backup: Path) -> Manifest:
    """What the backup says it holds. Raises YourMistake for a folder that is none."""
    try:
        return Manifest(**json.loads((backup / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise YourMistake(
            "this folder is no backup",
            place=Place(str(backup / MANIFEST)),
            expected="a folder that `liuke backup` made",
            state="nothing was restored",
        ) from error


def damage(backup: Path, manifest: Manifest) -> list[str]:
    """Files that are missing or not as they were copied."""
    return [
        name for name, told in manifest.files.items() if not (backup / name).is_file() or digest(backup / name) != told
    ]


def restore(backup: Path, home: Path, told: Told = lambda _step: None) -> Restored:
    """Makes the new bank home `home` from a backup, whose state goes into the empty database that its liuke.yaml, or
    LIUKE_STATE_URL, names.

    Raises YourMistake when the backup is damaged, `home` is not empty, or the audit log does not fit afterwards.
    """
    manifest = read_manifest(backup)
    told("hashes")
    if damaged := damage(backup, manifest):
        raise YourMistake(
            f"{len(damaged)} files of the backup are damaged or missing",
            place=Place(str(backup / damaged[0])),
            state="nothing was restored",
            then="take another backup, or this file from another copy of it",
        )
    if home.exists() and any(home.iterdir()):
        raise YourMistake(
            "the folder is not empty", place=Place(str(home)), state="nothing was restored", then="name a new one"
        )
    told("files")
    shutil.copytree(backup / "home", home, dirs_exist_ok=True)
    if (backup / "lake").is_dir():
        shutil.copytree(backup / "lake", home / read_settings(home).lake)
    missing = tuple(name for name in KEYS if not (home / name).exists())
    told("state")
    _state(backup / STATE, home, manifest)
    told("audit")
    rows = _audit(open_house(home), manifest)
    for name in missing:  # made on the way: kept, they would pass for the bank's own
        (home / name).unlink(missing_ok=True)
    return Restored(manifest, missing, rows)


def _state(copy: Path, home: Path, manifest: Manifest) -> None:
    settle(home)
    from django.db import connection

    kind = connection.vendor
    if kind != manifest.state:
        raise YourMistake(
            f"the backup's state is of {manifest.state}, liuke.yaml names {kind}",
            place=Place(str(home / "liuke.yaml"), column="state"),
            then=f"name an empty {manifest.state} database in LIUKE_STATE_URL",
        )
    if kind == "sqlite":
        shutil.copy2(copy, connection.settings_dict["NAME"])
    else:
        postgres("pg_restore", connection.settings_dict, "--no-owner", "--exit-on-error", str(copy))
    start_state(home)


def _audit(house: House, manifest: Manifest) -> int:
    """How many rows the log has; they must fit, and have the row that the backup saw."""
    from liuke.state.models import AuditEntry

    verdict = check_audit(house)
    seen = AuditEntry.objects.filter(seq=manifest.audit_seq, hash=manifest.audit_hash).exists()
    if verdict.failure not in (None, "seal") or not (seen or manifest.audit_seq == 0):
        raise YourMistake(
            "the audit log of the backup does not fit",
            place=Place(str(house.home), line=verdict.seq or manifest.audit_seq),
            state="the home was restored and must not be used",
            then="keep it for information security and restore another backup",
        )
    return verdict.rows
