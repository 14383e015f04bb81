"""`liuke user`: log-ins of the console."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Grid

from liuke.cli.app import app
from liuke.govern.access import ROLES
from liuke.wiring import open_house
from liuke.wiring.state import start_state

user = typer.Typer(name="user", help="Log-ins of the console. 登录用户。", no_args_is_help=True)
app.add_typer(user)

Home = Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")]


@user.command()
def add(
    username: Annotated[str, typer.Argument(help="The name to log in with.")],
    role: Annotated[str, typer.Option(help=", ".join(ROLES))],
    branch: Annotated[str, typer.Option(help="Branch id where the person's view begins.")] = "",
    staff: Annotated[str, typer.Option(help="Staff id; an RM needs one.")] = "",
    name: Annotated[str, typer.Option(help="Name to show; default the staff table's.")] = "",
    home: Home = None,
) -> None:
    """Add a log-in, or change the one of that name; asks for the password (or reads it from a pipe). 新增用户。"""
    start_state(open_house(home).home)
    from liuke.state.accounts import ensure_user

    made = ensure_user(
        username,
        role=role,
        password=_password(),
        branch_id=branch,
        staff_id=staff or None,
        display_name=name,
    )
    typer.echo(f"{made.username}: {made.role}, {made.branch_id or '-'}, {made.staff_id or '-'}")


@user.command("list")
def list_users(home: Home = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the log-ins. 用户清单。"""
    start_state(open_house(home).home)
    from liuke.state.models import User

    columns = ("username", "display_name", "role", "branch_id", "staff_id", "is_active")
    rows = list(User.objects.order_by("username").values(*columns))
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    grid = Grid(*columns)
    for row in rows:
        grid.add_row(*(str("" if row[c] is None else row[c]) for c in columns))
    Console().print(grid)


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
