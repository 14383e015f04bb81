"""`liuke tags`: the tag catalogue with coverage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Grid

from liuke.cli.app import app
from liuke.cli.engines import house_at_once
from liuke.insight.amounts import Locale
from liuke.insight.rules.codes import bank_codes
from liuke.insight.segments.board import TagRow, tag_rows
from liuke.insight.tags.catalogue import read_tags

_HEADS = (
    ("分组", "Group"), ("标签", "Tag"), ("名称", "Name"), ("客户数", "Customers"), ("覆盖率", "Share"),
    ("归口", "Owner"), ("版本", "Version"),
)  # fmt: skip


@app.command("tags")
def tags_command(
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list, lineage included.")] = False,
) -> None:
    """List the tags with their coverage on the last run's day. 标签目录与覆盖率。"""
    house = house_at_once(home)
    tags = read_tags(house.home / "tags", bank_codes(house.policy))
    with house.engine() as engine:
        rows = tag_rows(house.lake, engine, tags)
    if as_json:
        typer.echo(json.dumps([as_dict(row) for row in rows], ensure_ascii=False))
    else:
        Console(highlight=False).print(_grid(rows, house.settings.locale))


def as_dict(row: TagRow) -> dict[str, Any]:
    """One tag as plain values; customers and share null before the first run."""
    tag = row.tag
    return {
        "tag": tag.code,
        "name": tag.name.model_dump(),
        "description": tag.description.model_dump(),
        "group": tag.group.model_dump(),
        "owner": tag.owner,
        "purpose": tag.purpose,
        "sensitivity": tag.sensitivity,
        "version": tag.version,
        "file": tag.source,
        "columns": list(tag.lineage.columns),
        "features": list(tag.lineage.features),
        "as_of": row.as_of.isoformat() if row.as_of else None,
        "customers": row.customers,
        "share": row.share,
        "stale": row.stale,
    }


def _grid(rows: tuple[TagRow, ...], locale: Locale) -> Grid:
    tongue = int(locale == "en")
    grid = Grid(*(head[tongue] for head in _HEADS))
    for row in rows:
        tag = row.tag
        counted = ("—", "—") if row.customers is None else (f"{row.customers:,}", f"{row.share:.1%}")
        group = tag.group.en if tongue else tag.group.zh
        version = tag.version[:7] + (" *" if row.stale else "")
        grid.add_row(group, tag.code, tag.title(locale), *counted, tag.owner, version)
    return grid
