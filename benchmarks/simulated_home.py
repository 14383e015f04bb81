"""A simulated bank in a home of its own, after one daily run; and a server of it that is ready."""

from __future__ import annotations

import http.client
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path


def liuke(*arguments: object) -> None:
    """Runs a command of ours; what it reports is not shown."""
    subprocess.run([sys.executable, "-m", "liuke", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def simulated_home(folder: Path, customers: int, end: date) -> Path:
    """`folder`/home with the shipped rules and policies, run for `end`."""
    home, files = folder / "home", folder / "bank"
    liuke("simulate", files, "--customers", customers, "--end", end, "--json")
    liuke("init", home)
    liuke("load", files / "sources" / "simulated.yaml", "--home", home, "--json")
    liuke("run", "--as-of", end, "--home", home, "--json")
    shutil.rmtree(files)
    return home


def wait_for(port: int, path: str) -> None:
    """Returns once something answers there."""
    for _ in range(240):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.25)
    sys.exit(f"nothing listens on {port}")
