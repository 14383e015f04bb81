"""Starts the state database of a bank home: Django set up, tables up to date."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError

from liuke.errors import OurBug, Place, TryAgain

_LOCKS = {"state": 0x6C69756B65, "run": 0x6C69756B66}
"""What is done by one process at a time, with any numbers that every process uses alike ('liuke')."""


def start_state(home: Path) -> None:
    """Sets Django up on the state database of `home` and brings its tables up to date.

    Calling it again does nothing; two processes at once are safe: one migrates, the other waits. One process
    has one home for its life. Raises TryAgain when the database cannot be reached or stays locked.
    """
    settle(home.resolve())
    try:
        with one_at_a_time(home, "state"):
            if _behind():
                call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        raise TryAgain(
            f"the state database cannot be used: {error}",
            place=Place(str(home / "liuke.yaml"), column="state"),
            state="nothing was changed",
            then="start the database or mend `state` in liuke.yaml, then run the command again",
        ) from error


def settle(home: Path) -> None:
    """Sets Django up on the state database of `home` and touches nothing. One process has one home for its life."""
    settled = os.environ.get("LIUKE_HOME")
    if apps.ready and (settled is None or Path(settled).resolve() != home):
        raise OurBug(
            "this process already works on another bank home",
            place=Place(str(home)),
            state=f"it works on {settled or 'no home'}",
            then="start a new process for the other home",
        )
    os.environ["LIUKE_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "liuke.wiring.django_settings"
    django.setup()


def _behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextmanager
def one_at_a_time(home: Path, what: Literal["state", "run"]) -> Iterator[None]:
    """Waits until no other process of this bank home does the same. The lock dies with its process."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCKS[what]])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCKS[what]])
        return
    with _file_lock(home / f".{what}.lock"):
        yield


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    import fcntl  # not on Windows, where the bank runs PostgreSQL

    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
