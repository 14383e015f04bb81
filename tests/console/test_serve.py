"""`liuke serve` as a process: it answers on its port, ends on a signal, and says so when the port is taken."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from small_bank import last_day, make_home

from tests.serving import free_port, read

LIUKE = Path(sys.executable).with_name("liuke")


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in ("LIUKE_HOME", "DJANGO_SETTINGS_MODULE", "LIUKE_STATE_URL")}


@dataclass(frozen=True)
class Heard:
    """What a served bank answered, and what it said on stderr until a signal ended it."""

    port: int
    page: str
    style: str
    said: str


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory, built: None) -> Heard:
    """A bank served once: its log-in page and style, then two requests that are refused, then the end."""
    home, port = make_home(tmp_path_factory.mktemp("serve") / "bank", last_day()), free_port()
    command = [str(LIUKE), "serve", "--home", str(home), "--port", str(port)]
    process = subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True)
    try:
        page = read(f"http://127.0.0.1:{port}/login/")
        address = page.split('rel="stylesheet" href="')[1].split('"')[0]
        style = read(f"http://127.0.0.1:{port}{address}")
        for path, headers in (("/nosuch/13812345678", {}), ("/login/", {"Host": "evil"})):
            asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(asked, timeout=60)
    finally:
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=120)[1]
    return Heard(port, page, style, said)


def test_serve_answers_with_the_log_in_page_and_its_files_and_ends_on_a_signal(heard: Heard) -> None:
    assert "江海银行" in heard.page
    assert ".gate" in heard.style
    assert f":{heard.port}/" in heard.said
    assert "Traceback" not in heard.said


def test_serve_names_the_next_step_when_the_port_is_taken(tmp_path: Path) -> None:
    home = make_home(tmp_path / "bank", last_day())
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        command = [str(LIUKE), "serve", "--home", str(home), "--port", str(port)]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 75
    assert f"port {port}" in done.stderr
    assert f"liuke serve --port {port + 1}" in done.stderr


def test_what_serve_logs_is_json_without_addresses_or_tracebacks(heard: Heard) -> None:
    logged = [json.loads(line) for line in heard.said.splitlines() if line.startswith("{")]
    assert {"django.request", "django.security.DisallowedHost"} <= {line["logger"] for line in logged}
    assert "Traceback" not in heard.said
    assert "13812345678" not in heard.said
    assert "evil" not in heard.said
