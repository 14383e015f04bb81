"""`liuke serve`: the console of one bank home."""

from __future__ import annotations

import socket
import warnings
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from liuke.cli.app import app
from liuke.cli.logs import quiet_libraries
from liuke.errors import TryAgain
from liuke.wiring import open_house
from liuke.wiring.state import start_state

_err = Console(stderr=True, highlight=False)


@app.command()
def serve(
    home: Annotated[Path | None, typer.Option(help="The bank home; default LIUKE_HOME or this folder.")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every network.")] = "127.0.0.1",
) -> None:
    """Open the console in the browser; Ctrl-C stops it. 打开控制台。"""
    house = open_house(home)
    _check_port(host, port)
    quiet_libraries()
    start_state(house.home)
    # WhiteNoise hands files out in a way Django calls slow under ASGI; they are small and cached by the browser.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    import uvicorn
    from django.core.asgi import get_asgi_application

    _err.print(f"{house.settings.name.zh} {house.settings.name.en}   http://{_shown(host)}:{port}/   (Ctrl-C)")
    uvicorn.run(
        get_asgi_application(),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,  # addresses of customers' pages hold customer numbers
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=2,  # open pages hold their stream of news for minutes
    )


def _shown(host: str) -> str:
    return "localhost" if host in ("127.0.0.1", "0.0.0.0", "::1") else host  # noqa: S104 - compared, not bound


def _check_port(host: str, port: int) -> None:
    """Says so before anything else when the port is taken: uvicorn would only log it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise TryAgain(
                f"port {port} on {host} cannot be used: {error.strerror}",
                state="nothing was started",
                then=f"liuke serve --port {port + 1 if port < 65535 else 8000}   # or stop what listens there",
            ) from error
