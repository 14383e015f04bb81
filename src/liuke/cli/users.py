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
from liuke.cli.by_hand import by_hand
from liuke.govern.access import ROLES
from liuke.wiring import open_house
from liuke.wiring.state import start_state

user = typer.Typer(name="user", help="Log-ins of the console. 登录用户。", no_args_is_help=True)
app.add_typer(user)

Home = Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")]
Username = Annotated[str, typer.Argument(help="The log-in, as `liuke user list` shows it.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]


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
    from liuke.state.actions.record import record_user

    made = ensure_user(
        username,
        role=role,
        password=_password(),
        branch_id=branch,
        staff_id=staff or None,
        display_name=name,
    )
    record_user(by_hand(), made)
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


@user.command()
def sessions(
    username: Username, home: Home = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Where somebody is signed in. 登录的位置。"""
    house = open_house(home)
    start_state(house.home)
    from django.utils import timezone

    from liuke.state import sign_ins
    from liuke.state.actions.end_sessions import named

    rows = sign_ins.standing(named(username), timezone.now(), house.settings.sign_in.sessions)
    shown = [{c: str(getattr(row, c)) for c in ("started_at", "seen_at", "way", "address", "agent")} for row in rows]
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False))
        return
    for row in shown:
        typer.echo("  ".join(row.values()))


@user.command("end-sessions")
def end_sessions(username: Username, reason: Reason = "", home: Home = None) -> None:
    """End all sessions of somebody, at once. 结束某人的全部登录。"""
    start_state(open_house(home).home)
    from liuke.state.actions.end_sessions import end_all_of

    typer.echo(f"{username}: {end_all_of(by_hand(), username, reason)} session(s) ended")


@user.command()
def close(username: Username, reason: Reason = "", home: Home = None) -> None:
    """Close a log-in and end its sessions. 停用登录。"""
    start_state(open_house(home).home)
    from liuke.state.actions.end_sessions import set_active

    ended = set_active(by_hand(), username, False, reason)
    typer.echo(f"{username}: closed, {ended} session(s) ended")


@user.command("open")
def reopen(username: Username, reason: Reason = "", home: Home = None) -> None:
    """Open a closed log-in again. 恢复登录。"""
    start_state(open_house(home).home)
    from liuke.state.actions.end_sessions import set_active

    set_active(by_hand(), username, True, reason)
    typer.echo(f"{username}: open")


@user.command("reset-factor")
def reset_factor(username: Username, reason: Reason = "", home: Home = None) -> None:
    """Take somebody's authenticator app and recovery codes away: the phone is lost. 重置动态口令。"""
    start_state(open_house(home).home)
    from liuke.state.actions.keep_second_factor import reset_factor as reset

    typer.echo(
        f"{username}: {'second factor removed' if reset(by_hand(), username, reason) else 'had no second factor'}"
    )


@user.command()
def unlink(username: Username, reason: Reason = "", home: Home = None) -> None:
    """Take somebody's link to the single sign-on provider away. 解除单点登录绑定。"""
    start_state(open_house(home).home)
    from liuke.state.actions.enter_by_sso import unlink as unlinked

    typer.echo(f"{username}: {'unlinked' if unlinked(by_hand(), username, reason) else 'had no link'}")


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
