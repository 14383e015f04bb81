"""Addresses that commands listen on."""

from __future__ import annotations

import socket

from liuke.errors import TryAgain


def shown(host: str) -> str:
    """The host as a person types it."""
    return "localhost" if host in ("127.0.0.1", "0.0.0.0", "::1") else host  # noqa: S104 - compared, not bound


def check_port(host: str, port: int, command: str, option: str = "--port") -> None:
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
                then=f"liuke {command} {option} {port + 1 if port < 65535 else 8000}   # or stop what listens there",
            ) from error
