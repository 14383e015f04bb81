"""`liuke keys`: keys with which systems of the bank read over the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Grid

from liuke.cli.app import app
from liuke.cli.by_hand import by_hand
from liuke.govern.api_key import ASK_PURPOSES, ASKS
from liuke.wiring import open_house
from liuke.wiring.state import start_state

keys = typer.Typer(name="keys", help="Keys of systems that read over the API. 接口密钥。", no_args_is_help=True)
app.add_typer(keys)

_Home = Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON value on stdout.")]


@keys.command()
def add(
    name: Annotated[str, typer.Argument(help="Whose key it is: the system's name.")],
    scope: Annotated[list[str], typer.Option(help=f"May ask for: {', '.join(ASKS)}. Several are allowed.")],
    purpose: Annotated[list[str], typer.Option(help=f"What for: {', '.join(ASK_PURPOSES)}. Several are allowed.")],
    branch: Annotated[str, typer.Option(help="Branch id where its view of the customers begins.")],
    days: Annotated[int, typer.Option(help="How long it is valid.")] = 365,
    rate: Annotated[int, typer.Option(help="Requests a second it may make.")] = 50,
    as_json: _Json = False,
    home: _Home = None,
) -> None:
    """Make a key. It is shown once and kept only as a hash. 新增密钥,只显示一次。"""
    start_state(open_house(home).home)
    from liuke.state.actions.issue_key import KeyWish, issue_key

    row, text = issue_key(by_hand(), KeyWish(name, scope, purpose, branch, days, rate))
    if as_json:
        typer.echo(json.dumps({"key_id": row.key_id, "key": text, "expires_at": row.expires_at.isoformat()}))
        return
    typer.echo(text)
    typer.echo(f"{row.key_id} {row.name}, until {row.expires_at:%Y-%m-%d}; it is not shown again", err=True)


@keys.command()
def rotate(
    key_id: Annotated[str, typer.Argument(help="Id of the key, as `liuke keys list` shows it.")],
    overlap_days: Annotated[int, typer.Option(help="For so many days the old one works beside the new one.")] = 7,
    days: Annotated[int | None, typer.Option(help="How long the new one is valid; default as the old one.")] = None,
    as_json: _Json = False,
    home: _Home = None,
) -> None:
    """Give a key a new secret, with time to put it in place. 轮换密钥,新旧并行几天。"""
    start_state(open_house(home).home)
    from liuke.state.actions.rotate_key import rotate_key
    from liuke.state.models import ApiKeyRow

    row, text = rotate_key(by_hand(), key_id, overlap_days=overlap_days, days=days)
    until = ApiKeyRow.objects.get(key_id=key_id).expires_at
    if as_json:
        made = {"key_id": row.key_id, "key": text, "expires_at": row.expires_at.isoformat()}
        typer.echo(json.dumps({**made, "replaces": key_id, "both_until": until.isoformat()}))
        return
    typer.echo(text)
    typer.echo(f"{row.key_id} {row.name}, until {row.expires_at:%Y-%m-%d}; it is not shown again", err=True)
    typer.echo(f"{key_id} works beside it until {until:%Y-%m-%d %H:%M} UTC", err=True)


@keys.command("list")
def list_keys(
    expiring: Annotated[int | None, typer.Option(help="Only those in force that end within so many days.")] = None,
    as_json: _Json = False,
    home: _Home = None,
) -> None:
    """List the keys, without their secrets: when they end, when they were used last. 密钥清单。"""
    start_state(open_house(home).home)
    from django.utils import timezone

    from liuke.state.api_keys import SOON, ends_soon, listed

    rows, now = listed(timezone.now(), expiring), timezone.now()
    soon = [row["key_id"] for row in rows if ends_soon(row, now)]
    rows = [{column: row[column] for column in _COLUMNS} for row in rows]
    if as_json:
        typer.echo(json.dumps(rows, default=str, ensure_ascii=False))
        return
    grid = Grid(*_COLUMNS)
    for row in rows:
        grid.add_row(*(_shown(row[column]) for column in _COLUMNS), style="yellow" if row["key_id"] in soon else None)
    Console().print(grid)
    if soon:
        typer.echo(f"ending within {SOON.days} days: {' '.join(soon)}   # liuke keys rotate ID", err=True)


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="Id of the key, as `liuke keys list` shows it.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")] = "",
    home: _Home = None,
) -> None:
    """Take a key back; from the next request on it opens nothing. 吊销密钥。"""
    start_state(open_house(home).home)
    from liuke.state.actions.revoke_key import revoke_key

    row = revoke_key(by_hand(), key_id, reason)
    typer.echo(f"{row.key_id} {row.name}: revoked {row.revoked_at:%Y-%m-%d %H:%M} UTC")


_COLUMNS = (
    "key_id", "name", "scopes", "purposes", "branch_id", "per_second", "expires_at", "revoked_at", "last_used_at",
)  # fmt: skip


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "strftime") else str(value)
