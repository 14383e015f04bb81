"""`liuke keys` as a person runs it, and the key it gives before a real server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.api.conftest import OF_NJ, bank_home
from tests.serving import free_port, read

__all__ = ["bank_home"]
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
wish = ["--scope", "summary", "--purpose", "service", "--branch", "NJ"]
app(["keys", "add", "网点", *wish, "--json", "--home", home], standalone_mode=False)
app(["keys", "list", "--json", "--home", home], standalone_mode=False)
from liuke.state.models import ApiKeyRow
app(["keys", "rotate", ApiKeyRow.objects.get().key_id, "--json", "--home", home], standalone_mode=False)
app(["keys", "list", "--expiring", "8", "--json", "--home", home], standalone_mode=False)
"""


def run(*words: str) -> str:
    done = subprocess.run(words, env=clean(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def clean() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_", "DJANGO_"))}


@pytest.fixture
def home(bank_home: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(bank_home[0], tmp_path / "home"))


def test_a_key_opens_the_api_of_a_running_server_until_it_is_revoked(home: Path, bank_home: tuple[Path, Path]) -> None:
    told = run(sys.executable, "-c", _BEGIN, str(home), str(bank_home[1]))
    old, listed, made, ending = map(json.loads, told.splitlines())
    assert [row["key_id"] for row in listed] == [row["key_id"] for row in ending] == [old["key_id"]]
    assert made["replaces"] == old["key_id"]
    assert all(key["key"].split("_", 2)[2] not in json.dumps([listed, ending]) for key in (old, made))
    port = free_port()
    serve = [sys.executable, "-m", "liuke", "serve", "--home", str(home), "--port", str(port)]
    with (home / "serve.log").open("w") as log:
        process = subprocess.Popen(serve, env=clean(), stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        read(f"{address}/login/")
        asked = urllib.request.Request(
            f"{address}/api/v1/customers/{OF_NJ}/summary?purpose=service",
            headers={"Authorization": f"Bearer {made['key']}"},
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            assert json.loads(answer.read())["phone"] == "198****0000"
        before = urllib.request.Request(asked.full_url, headers={"Authorization": f"Bearer {old['key']}"})
        urllib.request.urlopen(before, timeout=30).close()  # during the overlap the old one works as well
        revoke = ("revoke", made["key_id"], "--reason", "换钥匙", "--home", str(home))
        assert "revoked" in run(sys.executable, "-m", "liuke", "keys", *revoke)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=30)
        assert refused.value.code == 401
        assert json.loads(refused.value.read())["type"] == "urn:liuke:problem:revoked"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert "Traceback" not in (home / "serve.log").read_text()
