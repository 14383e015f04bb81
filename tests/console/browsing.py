"""A real browser before the console: its fixtures, and what every page must keep to in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_bank import PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
]  # fmt: skip
NEEDS = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install it (make system)"),
]


def needs_browser(test: Any) -> Any:
    """Marks one test as `NEEDS` marks a module."""
    for mark in NEEDS:
        test = mark(test)
    return test


WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
WATCH = """
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (e) =>
    window.violations.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + (e.sample || '')));
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread; we use no async code
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def logged_in(context: Any, username: str, *, patience_ms: int) -> Any:
    """A page of the browser's context, logged in through the form."""
    page = context.new_page()
    page.set_default_timeout(patience_ms)
    page.goto("/login/")
    page.fill("#id_username", username)
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("header.top")
    return page


@pytest.fixture
def opened(browser: Any, bank: Path, live_server: Any) -> Iterator[Callable[..., Any]]:
    """opened("rm1", PHONE): a page logged in through the form; violations are collected from the first byte."""
    contexts = []

    def enter(username: str, view: dict[str, int] = WIDE) -> Any:
        # What slides in is judged where it comes to rest: half transparent on its way, its contrast is not its own.
        context = browser.new_context(viewport=view, base_url=live_server.url, reduced_motion="reduce")
        contexts.append(context)
        context.add_init_script(WATCH)
        return logged_in(context, username, patience_ms=60_000)

    yield enter
    for context in contexts:
        context.close()


def troubles(page: Any) -> list[Any]:
    """What is wrong with the page shown: accessibility, content policy, scrolling sideways."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]})
    heavy = [
        (v["id"], [n["target"] for n in v["nodes"]][:3])
        for v in found.response["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*heavy, *page.evaluate("window.violations"), *(["wider than the window"] if wider > 0 else [])]
