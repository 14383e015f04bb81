"""`liuke serve`: the console of one bank home."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from liuke.cli.app import app
from liuke.cli.listening import check_port, shown
from liuke.cli.logs import quiet_libraries
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
    check_port(host, port, "serve")
    quiet_libraries()
    start_state(house.home)
    # WhiteNoise hands files out in a way Django calls slow under ASGI; they are small and cached by the browser.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    import uvicorn
    from django.core.asgi import get_asgi_application

    _err.print(f"{house.settings.name.zh} {house.settings.name.en}   http://{shown(host)}:{port}/   (Ctrl-C)")
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
