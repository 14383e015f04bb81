"""`liuke serve`: the console of one bank home."""

from __future__ import annotations

import signal
import socket
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from liuke.cli.app import app
from liuke.cli.beside import beside
from liuke.cli.listening import check_port, shown
from liuke.cli.logs import quiet_libraries
from liuke.cli.sweeping import sweeping
from liuke.collect.tracking.settings import read_collect
from liuke.wiring import open_house
from liuke.wiring.state import start_state

if TYPE_CHECKING:
    import uvicorn

_err = Console(stderr=True, highlight=False)


@app.command()
def serve(
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every network.")] = "127.0.0.1",
    collect: Annotated[bool, typer.Option("--collect/--no-collect", help="Also collect events and watch them.")] = True,
    collect_port: Annotated[int, typer.Option(min=1, max=65535, help="Port for events of apps and sites.")] = 8106,
    send: Annotated[bool, typer.Option("--send/--no-send", help="Also send messages and take receipts.")] = True,
    receipts_port: Annotated[int, typer.Option(min=1, max=65535, help="Port for receipts of channels.")] = 8107,
) -> None:
    """Open the console, collect events, watch them with the trigger rules; Ctrl-C stops all. 控制台与实时触发。

    Events are collected where the bank home has a `collect.yaml`, messages sent where it has a `channels.yaml`.
    """
    house = open_house(home)
    check_port(host, port, "serve")
    collecting = collect and (house.home / "collect.yaml").is_file()
    sending = send and (house.home / "channels.yaml").is_file()
    if collecting:
        check_port(host, collect_port, "serve", "--collect-port")
    if sending:
        check_port(host, receipts_port, "serve", "--receipts-port")
    quiet_libraries()
    start_state(house.home)
    # WhiteNoise hands files out in a way Django calls slow under ASGI; they are small and cached by the browser.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    import uvicorn
    from django.core.asgi import get_asgi_application

    from liuke.api.front import ApiFront
    from liuke.api.resident import warm
    from liuke.state.actions.by_the_clock import by_the_clock

    config = uvicorn.Config(
        ApiFront(get_asgi_application()),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,  # addresses of customers' pages hold customer numbers
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    warm()
    _err.print(f"{house.settings.name.zh} {house.settings.name.en}   http://{shown(host)}:{port}/   (Ctrl-C)")
    others = _watching(house.home, host, collect_port) if collecting else ()
    with sweeping(by_the_clock), beside(house.home, (*others, *(_sending(host, receipts_port) if sending else ()))):
        _run(uvicorn.Server(config))


def _run(server: uvicorn.Server) -> None:
    """Serves until told to stop; then ends the streams that open pages hold, or they would be waited for."""
    from liuke.console.live.hub import HUB

    shutdown = server.shutdown

    async def shut(sockets: list[socket.socket] | None = None) -> None:
        HUB.close()
        await shutdown(sockets)

    server.shutdown = shut  # type: ignore[method-assign]
    # After its shutdown uvicorn raises the signal again: SIGTERM would then end us before what works beside us.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        server.run()


def _watching(home: Path, host: str, port: int) -> tuple[tuple[str, ...], ...]:
    """Commands that work beside the console, each in a process of its own."""
    collect = ("collect", "--host", host, "--port", str(port))
    shared = read_collect(home).stream.kafka is not None
    return (collect, ("publish",), ("stream",)) if shared else (collect, ("stream",))


def _sending(host: str, port: int) -> tuple[tuple[str, ...], ...]:
    return ("send",), ("receive", "--host", host, "--port", str(port))
