"""`liuke keys`: keys with which systems of the bank read over the API."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table as Grid

from liuke.cli.app import app
from liuke.govern.access import Scope
from liuke.govern.api_key import ASK_PURPOSES, ASKS
from liuke.wiring import open_house
from liuke.wiring.state import start_state

if TYPE_CHECKING:
    from liuke.state.actions.change_order import Who

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

    row, text = issue_key(_who(), KeyWish(name, scope, purpose, branch, days, rate))
    if as_json:
        typer.echo(json.dumps({"key_id": row.key_id, "key": text, "expires_at": row.expires_at.isoformat()}))
        return
    typer.echo(text)
    typer.echo(f"{row.key_id} {row.name}, until {row.expires_at:%Y-%m-%d}; it is not shown again", err=True)


@keys.command("list")
def list_keys(as_json: _Json = False, home: _Home = None) -> None:
    """List the keys, without their secrets. 密钥清单。"""
    start_state(open_house(home).home)
    from liuke.state.models import ApiKeyRow

    rows = list(ApiKeyRow.objects.order_by("created_at").values(*_COLUMNS))
    if as_json:
        typer.echo(json.dumps(rows, default=str, ensure_ascii=False))
        return
    grid = Grid(*_COLUMNS)
    for row in rows:
        grid.add_row(*(_shown(row[column]) for column in _COLUMNS))
    Console().print(grid)


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="Id of the key, as `liuke keys list` shows it.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")] = "",
    home: _Home = None,
) -> None:
    """Take a key back; from the next request on it opens nothing. 吊销密钥。"""
    start_state(open_house(home).home)
    from liuke.state.actions.revoke_key import revoke_key

    row = revoke_key(_who(), key_id, reason)
    typer.echo(f"{row.key_id} {row.name}: revoked {row.revoked_at:%Y-%m-%d %H:%M} UTC")


_COLUMNS = (
    "key_id", "name", "scopes", "purposes", "branch_id", "per_second", "expires_at", "revoked_at", "last_used_at",
)  # fmt: skip


def _who() -> Who:
    """Whoever may use the machine's command line acts as an administrator, under the name of the machine's log-in."""
    from django.utils import timezone

    from liuke.state.actions.change_order import Who

    return Who(Scope(f"cli:{getpass.getuser()}", "admin", frozenset()), timezone.now())


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "strftime") else str(value)
