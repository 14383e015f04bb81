"""`liuke backup` and `liuke restore`: a whole bank home in a folder, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liuke.cli.app import app
from liuke.cli.steps import shown_steps
from liuke.wiring import open_house
from liuke.wiring.state import start_state

Folder = Annotated[Path, typer.Argument(help="The backup's folder.")]


@app.command()
def backup(
    folder: Folder,
    with_keys: Annotated[bool, typer.Option("--with-keys", help="Keys too: whoever has it then has all.")] = False,
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
) -> None:
    """Copy state, lake, accepted events, settings, rules and models; the bank works on. 备份。"""
    house = open_house(home)
    start_state(house.home)
    from liuke.wiring.backup import back_up

    with shown_steps() as told:
        made = back_up(house, folder, keys=with_keys, told=told)
    typer.echo(f"{folder}: {len(made.files):,} files, {len(made.lake)} tables, audit log up to row {made.audit_seq:,}")
    if not with_keys:
        typer.echo("keys are not in it: keep secret_key, pseudonym_key and anchor_key elsewhere", err=True)


@app.command()
def restore(
    folder: Folder,
    home: Annotated[Path, typer.Argument(help="The new bank home.")],
) -> None:
    """Check a backup and make a new bank home of it. 恢复。"""
    from liuke.wiring.restore import restore as restored

    with shown_steps() as told:
        made = restored(folder, home, told)
    typer.echo(f"{home}: as of {made.manifest.made_at}, audit log whole, {made.audit:,} rows")
    if made.missing_keys:
        typer.echo(f"put back before use: {', '.join(made.missing_keys)}", err=True)
