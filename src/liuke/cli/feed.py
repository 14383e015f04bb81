"""`liuke feed`: what the core systems delivered, told to the trigger rules."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from liuke.cli.app import app
from liuke.wiring import House, open_house

if TYPE_CHECKING:  # compiled loops: half a second that no other command is to wait
    from liuke.streaming.core.feed import Fed

_err = Console(stderr=True, highlight=False)
_NONE = "还没有 collect.yaml,规则收不到事实 no collect.yaml in this home: no rule watches, nothing to tell"


@app.command("feed")
def feed_command(
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Tell the trigger rules what was loaded; `liuke load`, `run` and `collect` do so themselves. 核心数据转事件。"""
    house = open_house(home)
    fed = told(house)
    if as_json:
        typer.echo(json.dumps(asdict(fed) if fed else None))
    elif fed is None:
        _err.print(_NONE)
    else:
        show_fed(fed, house)


def told(house: House, closes: date | None = None) -> Fed | None:
    """What a round told; None where the home collects nothing. closes: a day that the daily run has closed."""
    from liuke.streaming.core.home import collects, feed_home

    return feed_home(house, closes=closes) if collects(house) else None


def show_fed(fed: Fed | None, house: House) -> None:
    """One line on stderr, when there is something to say."""
    if fed is None or not (fed.loads or fed.events or fed.began):
        return
    if fed.began:
        zh, en = (
            "触发规则从现在起听取核心数据,此前的算历史",
            "rules hear of core data from now on; what was there is history",
        )
    else:
        zh = f"触发规则:{fed.loads} 个批次,{fed.events:,} 条事实"
        en = f"told to the rules: {fed.events:,} facts of {fed.loads} loads"
    _err.print(en if house.settings.locale == "en" else zh)
