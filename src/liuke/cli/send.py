"""`liuke send` and `liuke receive`: messages out of the outbox, and what comes back."""

from __future__ import annotations

import json
import signal
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from liuke.cli.app import app
from liuke.cli.listening import check_port, shown
from liuke.cli.logs import quiet_libraries
from liuke.wiring import House, open_house
from liuke.wiring.state import start_state

if TYPE_CHECKING:
    from liuke.sending.worker import Way
    from liuke.state.outbox_list import ChannelStatus

_err = Console(stderr=True, highlight=False)
_Home = Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


@app.command("send")
def send_command(
    home: _Home = None,
    once: Annotated[bool, typer.Option("--once", help="Send what is due, then stop.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Only tell how the channels go; nothing is sent.")] = False,
    as_json: _Json = False,
) -> None:
    """Send messages of the outbox over the channels of channels.yaml; Ctrl-C stops it. 发送消息。"""
    house = open_house(home)
    quiet_libraries()
    start_state(house.home)
    if status:
        _tell({}, as_json)
    elif once:
        from liuke.sending.running import send_once

        done = send_once(house, _told_to_stop().is_set)
        _tell({"taken": done.taken, "sent": done.sent}, as_json)
    else:
        _keep(house)


@app.command("receive")
def receive_command(
    home: _Home = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8107,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every network.")] = "127.0.0.1",
) -> None:
    """Take receipts, replies and unsubscriptions of the channels; Ctrl-C stops it. 接收回执与退订。"""
    house = open_house(home)
    check_port(host, port, "receive")
    quiet_libraries()
    start_state(house.home)
    from liuke.sending.receiving import receive

    def started(names: list[str]) -> None:
        _err.print(f"{house.settings.name.zh}   http://{shown(host)}:{port}/receipts/…   {', '.join(names)}   (Ctrl-C)")

    receive(house, host=host, port=port, started=started)


def _keep(house: House) -> None:
    from liuke.sending.running import keep_sending

    def started(ways: list[Way]) -> None:
        _err.print(f"{house.settings.name.zh}   {', '.join(way.name for way in ways)}   (Ctrl-C)")

    keep_sending(house, _told_to_stop(), started)


def _told_to_stop() -> threading.Event:
    stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())
    return stop


def _tell(done: dict[str, Any], as_json: bool) -> None:
    from django.utils import timezone

    from liuke.state.models import OutboxMessage
    from liuke.state.outbox_list import status_of

    found = status_of(OutboxMessage.objects.all(), timezone.now())
    if as_json:
        typer.echo(json.dumps(done | {"channels": [asdict(s) for s in found]}, default=str, ensure_ascii=False))
        return
    if done:
        typer.echo(f"{done['taken']:,} taken · {done['sent']:,} sent")
    for each in found:
        typer.echo(_line(each))


def _line(each: ChannelStatus) -> str:
    counts = " · ".join(f"{state} {n:,}" for state, n in sorted(each.counts.items()))
    trouble = f" · {each.trouble}" if each.trouble else ""
    pause = f" · paused until {each.closed_until:%H:%M:%S} UTC" if each.closed_until else ""
    return f"{each.channel:<16} {counts}{trouble}{pause}"
