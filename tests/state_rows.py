"""What the state database holds, taken out and put in again in milliseconds, where `loaddata` takes half a second."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction

Rows = Mapping[str, tuple[Sequence[str], Sequence[tuple[Any, ...]]]]
"""Columns and rows by table."""


def taken() -> Rows:
    """All rows of the app `state`, as the database gives them."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_app_config("state").get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            found[model._meta.db_table] = [column[0] for column in cursor.description], cursor.fetchall()
    return found


def put(rows: Rows) -> None:
    """Puts rows taken from a database into an empty one."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, (columns, values) in rows.items():
            names, places = ", ".join(f'"{name}"' for name in columns), ", ".join(["%s"] * len(columns))
            cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({places})', values)


def of_dump(dump: Path) -> Rows:
    """The rows of a file of `dumpdata`; the database is left as it was."""
    with transaction.atomic():
        call_command("loaddata", str(dump), verbosity=0)
        rows = taken()
        transaction.set_rollback(True)
    return rows


def added(before: Rows, after: Rows) -> Rows:
    """The rows of `after` that `before` has not."""
    known = {table: set(map(tuple, values)) for table, (_, values) in before.items()}
    return {
        table: (columns, [row for row in values if tuple(row) not in known.get(table, ())])
        for table, (columns, values) in after.items()
    }
