"""The console in a real browser: the RM's morning by keyboard, phone width, content policy, accessibility."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browsing import NEEDS, PHONE, WATCH, WIDE, troubles
from small_bank import PASSWORD

from liuke.state.models import AuditEntry, WorkOrder

pytestmark = NEEDS


def test_an_rm_works_an_order_by_keyboard_and_closes_it_in_two_clicks(opened: Callable[..., Any]) -> None:
    page = opened("rm1")
    assert page.url.endswith("/workbench/")
    rows = page.locator("tr[data-order]")
    second = rows.nth(1).get_attribute("data-order")
    before = int(page.locator(".tabs a[aria-current] b").inner_text())
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(f".drawer[data-order='{second}']")
    assert page.evaluate("document.activeElement.id") == "drawer-title"
    page.keyboard.press("k")
    page.wait_for_selector(f".drawer:not([data-order='{second}'])")
    page.keyboard.press("j")
    page.wait_for_selector(f".drawer[data-order='{second}']")
    assert page.locator(".drawer .words li").count() >= 2
    assert page.locator(".drawer button[type=submit]").is_disabled()
    page.locator(".choice", has_text="愿意留下").click()
    page.locator(".drawer button[type=submit]").click()
    page.wait_for_selector(".toast")
    page.wait_for_selector(f"tr[data-order='{second}']", state="detached")
    assert page.locator(".drawer").count() == 0
    assert int(page.locator(".tabs a[aria-current] b").inner_text()) == before - 1
    order = WorkOrder.objects.get(order_id=second)
    assert (order.state, order.outcome) == ("done", "saved")
    assert AuditEntry.objects.filter(actor="rm1", action="order_contact", object_id=second).exists()
    assert page.evaluate("window.violations") == []


def test_escape_closes_the_drawer_and_gives_the_focus_back_to_its_row(opened: Callable[..., Any]) -> None:
    page = opened("rm1")
    first = page.locator("tr[data-order]").first.get_attribute("data-order")
    page.keyboard.press("Enter")
    page.wait_for_selector(".drawer")
    page.keyboard.press("Escape")
    assert page.locator(".drawer").count() == 0
    assert page.evaluate("document.activeElement.closest('tr').dataset.order") == first


def test_tabs_search_and_paging_change_the_list_without_a_new_page(opened: Callable[..., Any]) -> None:
    page = opened("rm1")
    page.evaluate("window.kept = true")
    page.locator(".tabs a", has_text="最高优先").click()
    page.wait_for_url("**tab=urgent*")
    page.locator(".tabs a[aria-current]", has_text="最高优先").wait_for()
    assert set(page.locator("tr[data-order] .pri").all_inner_texts()) == {"P1"}
    name = page.locator("tr[data-order] .name a").nth(2).inner_text()
    page.fill("#orders input[name=q]", name)
    page.keyboard.press("Enter")
    page.locator("tr[data-order]").nth(5).wait_for(state="detached")
    assert page.url.endswith("/workbench/?tab=urgent&sort=urgency")
    assert set(page.locator("tr[data-order] .name a").all_inner_texts()) == {name}
    assert page.evaluate("window.kept") is True
    assert name not in page.evaluate("JSON.stringify(sessionStorage)")  # htmx keeps no copy of the page


def test_what_is_searched_for_stands_in_no_address_and_survives_an_outcome(opened: Callable[..., Any]) -> None:
    from playwright.sync_api import expect

    page = opened("rm1")
    name = page.locator("tr[data-order] .name a").first.inner_text()
    page.fill("#orders input[name=q]", name)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#orders input[name=q][value='{name}']")
    first = page.locator("tr[data-order]").first.get_attribute("data-order")
    page.locator("tr[data-order] .name a").first.click()
    page.locator(".choice", has_text="愿意留下").click()
    page.locator(".drawer .log button[type=submit]").click()
    page.wait_for_selector(f"tr[data-order='{first}']", state="detached")
    assert page.input_value("#orders input[name=q]") == name
    page.fill("header input[name=q]", name)
    page.keyboard.press("Enter")
    page.wait_for_selector("#customers tbody tr")
    page.wait_for_url("**/customers/")
    expect(page).to_have_title(re.compile("^客户"), timeout=60_000)
    assert page.input_value("#customers input[name=q]") == name
    page.select_option("#customers select[name=sort]", "aum")
    page.wait_for_url("**sort=aum*")
    assert page.input_value("#customers input[name=q]") == name
    assert "q=" not in page.url
    assert "q=" not in page.evaluate("[...document.querySelectorAll('a')].map((a) => a.href).join(' ')")
    assert page.evaluate("window.violations") == []
    page.go_back()
    page.locator("#customers option[value=risk][selected]").wait_for(state="attached")
    assert page.url.endswith("/customers/")


def test_a_branch_head_assigns_a_pooled_order_in_the_drawer(opened: Callable[..., Any]) -> None:
    order = WorkOrder.objects.filter(branch_id="NJ", phase=0).order_by("priority", "due_at", "id").first()
    assert order
    WorkOrder.objects.filter(pk=order.pk).update(staff_id=None, state="new")
    page = opened("head", at="/workbench/")
    page.locator(f"tr[data-order='{order.order_id}'] .name a").click()
    page.wait_for_selector(".drawer details.hand[open]")
    page.select_option(".drawer select[name=staff]", "S2")
    page.locator(".drawer .hand button[type=submit]").click()
    page.wait_for_selector(".toast")
    page.wait_for_selector(".drawer", state="detached")
    order.refresh_from_db()
    assert (order.staff_id, order.state) == ("S2", "assigned")
    assert page.evaluate("window.violations") == []


def test_the_language_is_switched_from_the_log_in_page_on(browser: Any, bank: Path, live_server: Any) -> None:
    context = browser.new_context(viewport=WIDE, base_url=live_server.url, reduced_motion="reduce", locale="en-US")
    page = context.new_page()
    page.goto("/login/")
    assert page.locator("h1").inner_text() == "登录"
    page.click(".tongue button[value=en]")
    assert page.locator("h1").inner_text() == "Log in"
    page.fill("#id_username", "rm1")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("header.top")
    assert page.locator("header.top h1").inner_text() == "RM workbench"
    page.click(".tongue button[value=zh-hans]")
    assert page.locator("header.top h1").inner_text() == "客户经理工作台"
    context.close()


VISITS = [
    ("rm1", ["/workbench/", "/customers/", "/warnings/", "customer"]),
    ("head", ["/dashboard/", "/workbench/"]),
    ("analyst", ["/data/", "/data/quarantine/"]),
    ("officer", ["/compliance/"]),
]


@pytest.mark.parametrize("view", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize(("username", "pages"), VISITS, ids=[v[0] for v in VISITS])
def test_pages_keep_the_policy_are_accessible_and_never_scroll_sideways(
    opened: Callable[..., Any], view: dict[str, int], username: str, pages: list[str]
) -> None:
    page = opened(username, view, at=None)
    for address in pages:
        if address == "customer":
            page.goto("/warnings/")
            page.locator("table .person a").first.click()
            page.wait_for_selector(".idcard")
        else:
            page.goto(address)
        if address == "/dashboard/":
            page.wait_for_selector("[data-curve] canvas")
            page.hover("[data-curve]")
        if address == "/workbench/":
            page.locator("tr[data-order]").first.click()
            page.wait_for_selector(".drawer")
            page.wait_for_timeout(300)  # the drawer's fade would count as low contrast
        assert troubles(page, colours=True) == [], address


def test_the_log_in_page_keeps_the_policy_and_is_accessible(browser: Any, bank: Path, live_server: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for view in (WIDE, PHONE):
        context = browser.new_context(viewport=view, base_url=live_server.url, reduced_motion="reduce")
        context.add_init_script(WATCH)
        page = context.new_page()
        page.goto("/login/")
        found = Axe().run(page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
        assert page.evaluate("window.violations") == []
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        context.close()


def test_a_masked_value_is_shown_for_a_reason_in_a_dialog(opened: Callable[..., Any]) -> None:
    page = opened("rm1", at="/warnings/")
    page.locator("table .person a").first.click()
    page.click("[data-opens=unmask]")
    page.fill("#unmask-reason", "客户来电核对号码")
    page.click("#unmask button[type=submit]")
    page.wait_for_selector("#unmasked .revealed")
    assert page.locator("#unmasked .revealed").inner_text().startswith("1980000")
    assert AuditEntry.objects.filter(action="unmask", actor="rm1").count() == 1
    assert page.evaluate("window.violations") == []
