"""A progress code before a real server: app, counter and customer on one application; the code is in no file."""

from __future__ import annotations

import http.cookiejar
import json
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from liuke.act.progress.code import shown
from liuke.collect.tracking.settings import read_collect
from liuke.engine import DuckEngine
from liuke.lake import Lake
from liuke.tables import EVENT
from tests.api.conftest import OF_NJ, bank_home
from tests.cli.test_keys import clean
from tests.console.conftest import ROOT, built
from tests.serving import free_port, read, until

__all__ = ["bank_home", "built"]
pytestmark = pytest.mark.django_db  # the bank is made in the test database

_BEGIN = """
import sys
from pathlib import Path
from liuke.cli.app import app
from liuke.wiring.state import start_state
home, dump = sys.argv[1:]
start_state(Path(home))
from django.core.management import call_command
call_command("loaddata", dump, verbosity=0)
scopes = [word for ask in ("issue", "read", "continue") for word in ("--scope", f"application_{ask}")]
app(["keys", "add", "渠道", *scopes, "--purpose", "service", "--branch", "NJ", "--json", "--home", home])
"""


class Channel:
    """A system of the bank with a key, by plain HTTP."""

    def __init__(self, address: str, key: str) -> None:
        self._address, self._key = address, key

    def send(self, path: str, **body: Any) -> dict[str, Any]:
        head = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        asked = urllib.request.Request(
            f"{self._address}/api/v1/applications{path}", json.dumps(body).encode(), head, method="POST"
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            told: dict[str, Any] = json.loads(answer.read())
        return told


def customer_sees(address: str, code: str, digits: str) -> tuple[int, str]:
    """What the page answers to a browser without a log-in."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = browser.open(f"{address}/progress/", timeout=60).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "code": code, "digits": digits}).encode()
    try:
        with browser.open(f"{address}/progress/", form, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_app_counter_and_customer_share_one_application(
    bank_home: tuple[Path, Path], built: None, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(bank_home[0], tmp_path / "home"))
    shutil.copy(ROOT / "examples" / "bank" / "collect.yaml", home)
    made = subprocess.run(
        [sys.executable, "-c", _BEGIN, str(home), str(bank_home[1])],
        env=clean(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    key = json.loads(made.stdout.splitlines()[-1])["key"]
    port, collect_port = free_port(), free_port()
    liuke = [sys.executable, "-m", "liuke"]
    serve = [*liuke, "serve", "--home", str(home), "--port", str(port), "--no-collect", "--no-send"]
    collect = [*liuke, "collect", "--home", str(home), "--port", str(collect_port)]  # without the rules' process
    with (home / "serve.log").open("w") as log:
        running = [subprocess.Popen(each, env=clean(), stdout=log, stderr=log) for each in (serve, collect)]
    try:
        address, collector = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{collect_port}"
        read(f"{address}/login/")
        channel = Channel(address, key)
        issued = channel.send("", customer_id=OF_NJ, journey="loan_application", channel="app", application="LN-7")
        code, step = issued["code"], {"event_id": "c1", "channel": "branch", "stage": "documents"}
        assert channel.send("/steps", code=shown(code).lower(), **step)["stage"] == "documents"
        assert channel.send("/steps", code=code, **step)["repeat"] is True
        status, page = customer_sees(address, shown(code), "0000")
        assert (status, "提交收入证明与用途材料" in page) == (200, True)
        assert customer_sees(address, shown(code), "0001")[0] == 404
        read(f"{collector}/health")
        project = read_collect(home).projects[0].keys[0]
        said = {"application": "LN-7", "journey": "loan_application", "stage": "documents", "fields": "income"}
        line = {
            "event_id": "a1",
            "name": "application_submitted",
            "customer_id": OF_NJ,
            "channel": "app",
            "properties": said,
        }
        urllib.request.urlopen(f"{collector}/v1/events?key={project}", json.dumps(line).encode(), timeout=30).close()
        seen = lambda: channel.send("/look-up", code=code)["status"]  # noqa: E731
        until("the step that the app told", seen, "submitted", seconds=120)
    finally:
        for process in running:
            process.send_signal(signal.SIGINT)
        for process in running:
            process.wait(90)
    engine = DuckEngine(threads=1)
    rows = engine.arrow(Lake(home / "lake").scan(engine, EVENT)).to_pylist()
    engine.close()
    mine = {row["event_id"]: row for row in rows if row["event_name"].startswith("application_")}
    assert {"c1", "a1"} < mine.keys()
    assert len(mine) == 3
    assert mine["c1"]["channel"] == "branch"
    for path in (path for path in home.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert code.encode() not in content, path
        assert shown(code).encode() not in content, path
    assert "Traceback" not in (home / "serve.log").read_text()
