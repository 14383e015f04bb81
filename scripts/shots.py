"""Photographs every page of the console, wide and on a phone, in both languages, into ./shots.

    python scripts/shots.py                 a demo bank is simulated in a temporary folder first
    python scripts/shots.py --home demo     an existing demo home; its log-ins get a new password
    python scripts/shots.py --home bank --logins rm=lu,head=gu,analyst=qian,officer=fang --password …

Needs Chromium. Says so and ends quietly where there is none.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "shots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PAGES = {
    "rm": ("workbench", "drawer", "customers", "customer", "warnings", "warnings/lost-contact"),
    "head": ("dashboard", "dashboard/effect"),
    "analyst": (
        "data",
        "models",
        "segments",
        "segments/tags",
        "segments/clusters",
        "triggers",
        "triggers/prepay_search",
        "experiments",
        "experiments/of/care_call",
        "analysis",
        "analysis/funnel",
        "analysis/retention",
        "analysis/paths",
        "analysis/distribution",
    ),
    "officer": ("compliance",),
}


def main() -> None:
    """Parses, serves, photographs."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    chromium = next((found for name in names if (found := shutil.which(name))), None)
    if not chromium:
        print("no Chromium on this machine: no pictures. Install it (make system) and run `make shots` again.")
        return
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--home", type=Path)
    asked.add_argument("--port", type=int, default=8765)
    asked.add_argument("--logins", help="default the demo's")
    asked.add_argument("--password", help="default the demo's")
    options = asked.parse_args()
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="liuke-shots-") as folder:
        home = options.home or _demo(Path(folder) / "demo")
        names, password = _logins(home, options.logins, options.password)
        with _served(home, options.port) as address, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
            for language in ("zh", "en"):
                for size, view in (("wide", WIDE), ("phone", PHONE)):
                    _photograph(browser, address, language, size, view, names, password)
            browser.close()
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT.relative_to(ROOT)}/")


def _demo(home: Path) -> Path:
    program = Path(sys.executable).with_name("liuke")
    subprocess.run([str(program), "demo", "--no-serve", "--customers", "4000", "--home", str(home)], check=True)  # noqa: S603
    return home


def _logins(home: Path, given: str | None, password: str | None) -> tuple[dict[str, str], str]:
    if given and password:
        return dict(pair.split("=", 1) for pair in given.split(",")), password
    from liuke.wiring.state import start_state

    start_state(home)
    from liuke.cli.demo.logins import make_logins

    made = {login.username: login.password for login in make_logins()}
    names = {"rm": "rm", "head": "branch_head", "analyst": "analyst", "officer": "compliance"}
    return names, made["rm"]


@contextmanager
def _served(home: Path, port: int) -> Iterator[str]:
    program = Path(sys.executable).with_name("liuke")
    command = [str(program), "serve", "--home", str(home), "--port", str(port), "--no-collect"]
    process = subprocess.Popen(command, env=dict(os.environ))  # noqa: S603
    address = f"http://localhost:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/login/", timeout=2).close()  # noqa: S310 - our own address
                break
            except OSError:
                time.sleep(0.5)
        else:
            sys.exit("error: the console did not start; run `liuke serve` by hand and read what it says")
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _photograph(
    browser: Browser, address: str, language: str, size: str, view: dict[str, int], names: dict[str, str], password: str
) -> None:
    for role, pages in PAGES.items():
        context = browser.new_context(viewport=view, device_scale_factor=1)
        page = context.new_page()
        page.set_default_timeout(90_000)  # a busy machine paints slowly
        page.goto(f"{address}/login/")
        page.click(f".tongue button[value={'zh-hans' if language == 'zh' else 'en'}]")
        if role == "rm":
            page.screenshot(path=OUT / f"login-{size}-{language}.png")
        page.fill("#id_username", names[role])
        page.fill("#id_password", password)
        page.click("form.enter button[type=submit]")
        page.click(f".tongue button[value={'zh-hans' if language == 'zh' else 'en'}]")
        for name in pages:
            _open(page, address, name)
            page.wait_for_timeout(900 if name.startswith(("dashboard", "experiments/of", "analysis/")) else 250)
            long = size == "phone" or name in (
                "dashboard",
                "dashboard/effect",
                "customer",
                "data",
                "models",
                "segments",
                "triggers",
            )
            file = f"{name.replace('/', '-')}-{size}-{language}.png"
            page.screenshot(path=OUT / file, full_page=long and name != "drawer")
        context.close()


def _open(page: Page, address: str, name: str) -> None:
    if name == "drawer":
        page.goto(f"{address}/workbench/")
        page.click("tr[data-order] >> nth=0")
        page.wait_for_selector(".drawer")
    elif name == "customer":
        page.goto(f"{address}/warnings/")
        page.click("table .person a >> nth=0")
    else:
        page.goto(f"{address}/{name}/")


if __name__ == "__main__":
    main()
