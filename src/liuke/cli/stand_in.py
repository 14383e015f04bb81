"""`liuke stand-in`: a core system to try requests for limits, points and coupons with."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from liuke.cli.app import app
from liuke.cli.listening import check_port, shown
from liuke.cli.logs import quiet_libraries
from liuke.wiring import House, open_house

if TYPE_CHECKING:
    from liuke.act.channels.core import CoreSettings

_err = Console(stderr=True, highlight=False)


@app.command("stand-in")
def stand_in_command(
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    channel: Annotated[
        str, typer.Option(help="The channel of kind core in channels.yaml that it stands in for.")
    ] = "core",
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port to listen on; the channel's url leads there.")
    ] = 8108,
    receipts: Annotated[str, typer.Option(help="Where liuke receive listens.")] = "http://127.0.0.1:8107",
    fails: Annotated[float, typer.Option(min=0, max=1, help="Share answered 503 the first time.")] = 0.1,
    slow: Annotated[float, typer.Option(min=0, max=1, help="Share carried out but answered too late.")] = 0.05,
    declines: Annotated[float, typer.Option(min=0, max=1, help="Share declined, of those told later.")] = 0.1,
    delay: Annotated[float, typer.Option(min=0, help="Seconds until the receipt of a pending request.")] = 2.0,
) -> None:
    """Stand in for a core system: answer, delay and fail, change nothing; Ctrl-C stops it. 核心系统替身。"""
    house = open_house(home)
    check_port("127.0.0.1", port, "stand-in")
    quiet_libraries()
    settings = _core(house, channel)
    from liuke.act.outbox.http_call import call
    from liuke.sending.stand_in import Manner, StandIn, stand_in

    manner = Manner(fails, slow, declines=declines, slow_seconds=settings.timeout_seconds + 5, delay_seconds=delay)
    made = StandIn(settings.secret.read(house.home), f"{receipts.rstrip('/')}/receipts/{channel}", manner, call)
    _err.print(f"{house.settings.name.zh}   http://{shown('127.0.0.1')}:{port}/   {channel}   (Ctrl-C)")
    stand_in(made, port=port)
    typer.echo(" · ".join(f"{name} {n:,}" for name, n in asdict(made.counts).items()))


def _core(house: House, channel: str) -> CoreSettings:
    from liuke.act.channels.catalogue import FILE, read_channels
    from liuke.act.channels.core import CoreSettings
    from liuke.errors import Place, YourMistake

    channels = read_channels(house.home).channels
    found = channels.get(channel)
    if not isinstance(found, CoreSettings):
        kinds = sorted(name for name, each in channels.items() if isinstance(each, CoreSettings))
        raise YourMistake(
            f"there is no channel '{channel}' of kind core",
            place=Place(str(house.home / FILE)),
            expected=f"one of {', '.join(kinds)}" if kinds else "a channel of kind core",
            then="name it with --channel, or add it: channels.example.yaml shows every kind",
        )
    return found
