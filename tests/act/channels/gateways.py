"""Gateways that listen on this machine, answer as the vendors' own do, know repeats as they do, and count."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SLOW = 3.0


@dataclass
class Request:
    """What came in."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body) if self.body else {}

    @property
    def form(self) -> dict[str, str]:
        return {k: v[0] for k, v in parse_qs(self.body.decode()).items()}


@dataclass
class Gateway:
    """mode: well; refuse (this message never); busy; locked (our keys are wrong); error (500); drop (no answer); slow.

    delivered: what reached somebody, by the vendor's idea of one message, in order.
    """

    url: str = ""
    mode: str = "well"
    requests: list[Request] = field(default_factory=list)
    delivered: list[tuple[str, str]] = field(default_factory=list)
    tokens: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    known: set[str] = field(default_factory=set)

    def deliver(self, name: str | None, to: str, text: str) -> None:
        """name: how the vendor knows a repeat; None: it does not."""
        with self.lock:
            if name is None or name not in self.known:
                self.delivered.append((to, text))
            if name:
                self.known.add(name)


Responder = Callable[[Gateway, Request], tuple[int, Any]]


def vendor(field_name: str, codes: dict[str, int], deliver: Callable[[Gateway, Request], Any]) -> Responder:
    """A vendor that answers 200 with a code."""

    def answer(gateway: Gateway, request: Request) -> tuple[int, Any]:
        if gateway.mode in codes:
            return 200, {field_name: codes[gateway.mode]}
        return 200, {field_name: 0, **(deliver(gateway, request) or {})}

    return answer


STATUS = {"refuse": 422, "busy": 429, "locked": 401}


def by_status(deliver: Callable[[Gateway, Request], Any]) -> Responder:
    """A service that answers by status."""

    def answer(gateway: Gateway, request: Request) -> tuple[int, Any]:
        if gateway.mode in STATUS:
            return STATUS[gateway.mode], {}
        return 200, deliver(gateway, request) or {}

    return answer


@contextmanager
def listening(respond: Responder) -> Iterator[Gateway]:
    """A gateway on a free port."""
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def log_message(self, *_: Any) -> None:
            pass

        def _do(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            query = {k: v[0] for k, v in parse_qs(parts.query).items()}
            request = Request(parts.path, query, {k.lower(): v for k, v in self.headers.items()}, body)
            gateway.requests.append(request)
            if gateway.mode == "drop":
                respond(gateway, request)
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if gateway.mode == "redirect":
                self.send_response(302)
                self.send_header("Location", gateway.url + "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            status, told = (500, {}) if gateway.mode == "error" else respond(gateway, request)
            if gateway.mode == "slow":
                time.sleep(SLOW)
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def mail_server() -> Iterator[Gateway]:
    """An SMTP server (RFC 5321, as little as smtplib needs). It knows no repeats: mail servers do not."""
    gateway = Gateway()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(text.encode() + b"\r\n")

        def handle(self) -> None:
            self.say("421 down" if gateway.mode == "error" else "220 here")
            to = ""
            while line := self.rfile.readline().decode().strip():
                word = line.upper()
                if word.startswith("EHLO"):
                    self.say("250-here\r\n250 AUTH PLAIN LOGIN")
                elif word.startswith("AUTH"):
                    self.say("535 no" if gateway.mode == "locked" else "235 yes")
                elif word.startswith("RCPT"):
                    to = line[9:].split(">")[0]
                    self.say({"refuse": "550 nobody", "busy": "450 later"}.get(gateway.mode, "250 ok"))
                elif word.startswith("DATA"):
                    self.say("354 go")
                    if self.take(to):
                        return
                elif word.startswith("QUIT"):
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def take(self, to: str) -> bool:
            """Reads the letter; True when the line is to be cut before the answer."""
            letter = b""
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                letter += line
            gateway.requests.append(Request("", {}, {}, letter))
            gateway.deliver(None, to, letter.decode())
            if gateway.mode == "slow":
                time.sleep(SLOW)
            if gateway.mode != "drop":
                self.say("250 taken")
            return gateway.mode == "drop"

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    gateway.url = f"smtp://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
