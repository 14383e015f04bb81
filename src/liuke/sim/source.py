"""The mapping file that loads the simulated Parquet files one to one."""

from __future__ import annotations

from pathlib import Path

from liuke.tables import CONTACT_POINT, CONTRACTS, IDENTITY_LINK

SOURCE_NAME = "simulated"
DELIVERED = tuple(name for name in CONTRACTS if name not in (IDENTITY_LINK.name, CONTACT_POINT.name))
"""The contract tables the synthetic bank delivers, in load order: its app knows every customer, so no id is linked, and
nobody in it can be reached."""


def write_source(path: Path, data: str) -> Path:
    """Writes a `sources/*.yaml` for the folder `data` (as seen from the YAML file) and returns its path.

    history is backfill: each fact counts as known at the end of the day it is about, so work as of past days sees
    what a bank would have seen then.
    """
    lines = [
        "# The synthetic bank: columns have the contract's own names, so no mapping is needed.",
        f"name: {SOURCE_NAME}",
        "description: liuke simulate",
        "history: backfill",
        "files:",
        *(f"  - {{table: {name}, path: {data}/{name}/*.parquet}}" for name in DELIVERED),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
