"""`liuke collect`: the collector of one bank home, and beside it what brings its events into the lake."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from liuke.cli.app import app
from liuke.cli.beside import beside
from liuke.cli.listening import check_port, shown
from liuke.cli.logs import quiet_libraries
from liuke.collect.tracking.settings import read_collect
from liuke.wiring import open_house

_err = Console(stderr=True, highlight=False)


@app.command("collect")
def collect_command(
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8106,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every network.")] = "127.0.0.1",
    to_lake: Annotated[bool, typer.Option("--forward/--no-forward", help="Also bring events into the lake.")] = True,
) -> None:
    """Receive events from apps and sites over HTTP; Ctrl-C stops it. 采集行为事件。"""
    house = open_house(home)
    settings = read_collect(house.home)
    check_port(host, port, "collect")
    quiet_libraries()
    from liuke.collect.tracking.running import serve

    def started() -> None:
        names = ", ".join(p.name for p in settings.projects)
        _err.print(f"{house.settings.name.zh}   http://{shown(host)}:{port}/   {names}   (Ctrl-C)")

    with beside(house.home, (("forward",),) if to_lake else ()):
        serve(house.home, settings, house.zone, house.pseudonym_key(), host=host, port=port, started=started)
