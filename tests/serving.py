"""Servers of ours in processes of their own, as a person's browser meets them."""

from __future__ import annotations

import http.cookiejar
import json
import queue
import re
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read(address: str, tries: int = 480) -> str:
    """What the address answers, once something listens there."""
    for _ in range(tries):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.25)
    raise AssertionError(f"no answer from {address}")


def entered(address: str, username: str, password: str, patience: float = 60) -> urllib.request.OpenerDirector:
    """A browser without a screen, logged in."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = browser.open(f"{address}/login/", timeout=patience).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = {"username": username, "password": password, "csrfmiddlewaretoken": token[1]}
    browser.open(f"{address}/login/", urllib.parse.urlencode(form).encode(), timeout=patience)
    return browser


def heard(
    browser: urllib.request.OpenerDirector, address: str, patience: float = 60
) -> queue.Queue[tuple[float, dict[str, Any]]]:
    """News of orders as they arrive, with the moment; returns once the stream is ready."""
    answer = browser.open(f"{address}/live/orders/", timeout=90)
    assert answer.headers["Content-Type"] == "text/event-stream"
    ready, told = threading.Event(), queue.Queue[tuple[float, dict[str, Any]]]()

    def listen() -> None:
        kind = ""
        for line in answer:
            if line.startswith(b"event: "):
                kind = line[7:].decode().strip()
            if kind == "ready":
                ready.set()
            elif line.startswith(b"data: "):
                told.put((time.monotonic(), json.loads(line[6:])))

    threading.Thread(target=listen, daemon=True).start()
    assert ready.wait(patience)
    return told


class Person:
    """Somebody before the console, by plain forms."""

    def __init__(self, console: str, username: str, password: str) -> None:
        self.console = console
        self.browser = entered(console, username, password)

    def read(self, path: str) -> str:
        return str(self.browser.open(self.console + path, timeout=120).read().decode())

    def send(self, page: str, path: str, **form: str) -> str:
        """Posts with the token (and the version) of the page; the address it leads to."""
        source = self.read(page)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', source)
        version = re.search(r'name="version" value="(\d+)"', source)
        assert token
        whole = {"csrfmiddlewaretoken": token[1], **({"version": version[1]} if version else {}), **form}
        asked = urllib.request.Request(self.console + path, urllib.parse.urlencode(whole).encode())
        asked.add_header("Referer", self.console + page)
        return urllib.parse.urlparse(self.browser.open(asked, timeout=120).url).path


def until(what: str, found: Callable[[], Any], wanted: Any, seconds: float = 300) -> None:
    """Waits until `found` gives what is wanted."""
    end = time.monotonic() + seconds
    while (seen := found()) != wanted:
        assert time.monotonic() < end, f"{what}: {seen}"
        time.sleep(0.1)
