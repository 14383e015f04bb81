"""One writer at a time, across threads, processes and both databases."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def sole_writer(name: str) -> Iterator[None]:
    """A transaction that no other `sole_writer(name)` overlaps.

    SQLite: transactions begin IMMEDIATE, so the block owns the only write lock. PostgreSQL: an advisory lock,
    held until the outermost transaction ends; so take it last, and keep the block short.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
        yield
