"""Working folders of running loads inside the lake, and the locks that tell the living from the dead."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from liuke.errors import Place, TryAgain

_FOLDER = "_staging"
_GRACE_SECONDS = 2
"""A folder this young may belong to a run that is just about to take its lock."""


@contextmanager
def staging(lake_root: Path) -> Iterator[Path]:
    """A private folder for one load, removed at the end; folders of dead runs are removed first.

    The operating system drops the lock when a run dies, however it dies, so no folder outlives its run for long.
    """
    parent = lake_root / _FOLDER
    folder = parent / uuid4().hex
    try:
        parent.mkdir(parents=True, exist_ok=True)
        _clean(parent)
        folder.mkdir()
    except OSError as error:
        raise TryAgain(
            f"the lake folder cannot be written: {error.strerror}",
            place=Place(str(lake_root)),
            state="nothing was loaded",
            then="free disk space or mend the permissions (`lake` in liuke.yaml), then run the same command again",
        ) from error
    try:
        with _locked(folder / "lock", wait=False):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def table_lock(lake_root: Path, table: str) -> Iterator[None]:
    """Held while a batch is compared with a table and appended, so that two loads cannot both add one row."""
    parent = lake_root / _FOLDER
    parent.mkdir(parents=True, exist_ok=True)
    with _locked(parent / f"{table}.lock", wait=True):
        yield


@contextmanager
def _locked(path: Path, *, wait: bool, create: bool = True) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def _clean(parent: Path) -> None:
    for folder in parent.iterdir():
        if folder.is_dir() and _age(folder) > _GRACE_SECONDS and _is_dead(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_dead(folder: Path) -> bool:
    try:
        with _locked(folder / "lock", wait=False, create=False):
            return True
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return True


def _age(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except OSError:
        return 0.0
