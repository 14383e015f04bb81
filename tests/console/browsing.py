"""A real browser before the console: its fixtures, and what every page must keep to in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_bank import PASSWORD

from tests.chromium import CHROMIUM, FLAGS, MISSING
from tests.night import NIGHT

NEEDS = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
]


def needs_browser(test: Any) -> Any:
    """Marks one test as `NEEDS` marks a module."""
    for mark in NEEDS:
        test = mark(test)
    return test


WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],  # of what is well it names one place each: to tell of all takes as long as to look
}
WITHOUT_COLOURS = AXE | {"rules": {"color-contrast": {"enabled": False}}}
WATCH = """
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (e) =>
    window.violations.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + (e.sample || '')));
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)  # as pages wait: a busy machine is no mistake of ours
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
    """opened("rm1", PHONE): where that person's day begins; at: another page, None for none yet. Violations are
    collected from the first byte. Nobody fills in the log-in form: test_browser does, and every test of a served bank.
    """
    contexts = []

    def enter(username: str, view: dict[str, int] = WIDE, at: str | None = "/") -> Any:
        # What slides in is judged where it comes to rest: half transparent on its way, its contrast is not its own.
        context = browser.new_context(viewport=view, base_url=live_server.url, reduced_motion="reduce")
        contexts.append(context)
        context.add_init_script(WATCH)
        context.add_cookies([_entered(username) | {"url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        if at:
            page.goto(at)
        return page

    yield enter
    for context in contexts:
        context.close()


def _entered(username: str) -> dict[str, str]:
    """The cookie of a session of that person."""
    from django.conf import settings
    from django.test import Client

    from liuke.state.models import User

    client = Client()
    client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
    return {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}


def troubles(page: Any, *, colours: bool = False) -> list[Any]:
    """What is wrong with the page shown: accessibility, content policy, scrolling sideways.

    Contrast, six sevenths of the time, is measured on a desk, by night on a phone, too, where elements have the same
    colours. colours: there by day, too, for what only a phone shows.
    """
    from axe_playwright_python.sync_playwright import Axe

    coloured = colours or NIGHT or page.viewport_size["width"] > PHONE["width"]
    found = Axe().run(page, options=AXE if coloured else WITHOUT_COLOURS)
    heavy = [
        (v["id"], [n["target"] for n in v["nodes"]][:3])
        for v in found.response["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*heavy, *page.evaluate("window.violations"), *(["wider than the window"] if wider > 0 else [])]
