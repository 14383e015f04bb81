"""A throw-away PostgreSQL server, or the one LIUKE_TEST_POSTGRES names."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _programs() -> Path | None:
    named = shutil.which("initdb")
    found = [Path(named).parent] if named else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return found[-1] if found and (found[-1] / "initdb").exists() else None


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root; then another user of the machine runs it."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a database; the test skips where there is no server."""
    given, programs = os.environ.get("LIUKE_TEST_POSTGRES"), _programs()
    if given:
        yield given
        return
    if programs is None:
        pytest.skip("no PostgreSQL server here: install postgresql, or set LIUKE_TEST_POSTGRES=postgresql://…")
    folder, user = Path(tempfile.mkdtemp(prefix="liuke-pg-")), _unprivileged()
    if user:
        shutil.chown(folder, user)

    def call(*words: str) -> None:
        subprocess.run([programs / words[0], *words[1:]], user=user, cwd=folder, check=True, capture_output=True)

    data = str(folder / "data")
    try:
        call("initdb", "-D", data, "-U", "liuke", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-c listen_addresses='' -k {folder} -c fsync=off -c full_page_writes=off -c autovacuum=off"
        call("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://liuke@/postgres?host={folder}"
        finally:
            call("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
