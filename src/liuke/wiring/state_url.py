"""The state database's URL as Django's connection settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from liuke.errors import YourMistake

BUSY_TIMEOUT_S = 20
"""How long a writer waits for another one on SQLite before it gives up."""

_ANSWERS_FAST = "-c random_page_cost=1.1 -c max_parallel_workers_per_gather=0"
"""Pages of the state are in memory, and a request is answered sooner by its own index than by workers started for it:
counting the tabs of 100,000 orders takes 27 ms instead of 63."""


def database_of(url: str, home: Path | None, test_file: Path) -> dict[str, Any]:
    """Django's DATABASES entry for `url`.

    `sqlite:///state.sqlite3` is relative to `home`, `sqlite:////var/x.sqlite3` absolute; no home: in memory.
    `postgresql://user:password@host:5432/name?sslmode=require` passes its query on to libpq. A pooler that refuses
    options at the start of a connection gets none with `?options=`.
    test_file: where the test runner puts its SQLite file. Raises YourMistake for any other URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(_sqlite_file(parts.path, home), test_file)
    if parts.scheme in ("postgresql", "postgres") and parts.path.strip("/"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.strip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"options": _ANSWERS_FAST} | dict(parse_qsl(parts.query, keep_blank_values=True)),
        }
    raise YourMistake(
        f"the state database's address has an unknown form (scheme '{parts.scheme or 'none'}')",
        expected="sqlite:///state.sqlite3 or postgresql://user:password@host/name",
        then="mend `state` in liuke.yaml (or LIUKE_STATE_URL) and run the command again",
    )


def _sqlite_file(path: str, home: Path | None) -> str:
    relative = path.removeprefix("/")
    if home is None and not relative.startswith("/"):
        return ":memory:"
    return str((home or Path("/")) / relative)


def _sqlite(name: str, test_file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "OPTIONS": {
            "timeout": BUSY_TIMEOUT_S,
            # The write lock is taken when a transaction begins, so two writers wait instead of failing midway.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;",
        },
        "TEST": {"NAME": str(test_file)},
    }
