"""The navigation: every page of a role can be reached, on a phone behind "more"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browsing import PHONE, WIDE, needs_browser, troubles

from liuke.console.navigation import MAIN, entries_for, home_of, main_of
from liuke.govern.access import ROLES


@pytest.mark.parametrize("role", ROLES)
def test_a_phone_shows_the_first_page_of_the_role_and_few_others(role: str) -> None:
    own = {entry.url for entry in entries_for(role)}
    assert main_of(role) <= own
    assert home_of(role) in main_of(role) or home_of(role) == "nothing"
    assert len(main_of(role)) == len(own) if len(own) <= MAIN + 1 else len(main_of(role)) == MAIN


@needs_browser
def test_more_opens_the_other_pages_on_a_phone(opened: Callable[..., Any]) -> None:
    from playwright.sync_api import expect

    page = opened("head", PHONE)
    nav, more = page.locator(".side nav"), page.locator("[data-more]")
    expect(nav.get_by_role("link")).to_have_count(MAIN)
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(nav.get_by_role("link")).to_have_count(len(entries_for("branch_head")))
    assert troubles(page, colours=True) == []
    page.keyboard.press("Escape")
    expect(nav.get_by_role("link")).to_have_count(MAIN)
    more.click()
    nav.get_by_role("link", name="活动").click()
    page.wait_for_url("**/campaigns/")
    expect(nav.get_by_role("link")).to_have_count(MAIN)


@needs_browser
def test_on_a_wide_screen_all_pages_are_there_and_none_is_written_in_two_lines(opened: Callable[..., Any]) -> None:
    from playwright.sync_api import expect

    page = opened("head", WIDE)
    page.click(".tongue button[value=en]")
    expect(page.locator(".side nav").get_by_role("link")).to_have_count(len(entries_for("branch_head")))
    expect(page.locator("[data-more]")).to_be_hidden()
    heights = page.eval_on_selector_all(".side a.item", "links => links.map(link => link.offsetHeight)")
    assert len(set(heights)) == 1
