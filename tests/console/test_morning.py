"""An RM's morning in a real browser, by keyboard: today's list, one outcome after another, a call-back, the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from browsing import NEEDS, PHONE, troubles
from django.utils import timezone

from liuke.state.models import AuditEntry, OrderEvent, Staff, WorkOrder

pytestmark = NEEDS

CAPACITY = 6


def _morning() -> list[str]:
    """S1's orders: one promised for just now, the others not yet tried; a day of six customers."""
    Staff.objects.filter(staff_id="S1").update(daily_capacity=CAPACITY)
    ids = list(
        WorkOrder.objects.filter(phase=0, staff_id="S1").order_by("priority", "due_at", "id").values_list("order_id")
    )
    orders = [order_id for (order_id,) in ids]
    past = timezone.now() - timedelta(minutes=5)
    WorkOrder.objects.filter(order_id=orders[-1]).update(
        next_contact_at=past, attempts=1, first_contact_at=past, state="contacting", accepted_at=past
    )
    return orders


def test_an_rm_works_through_the_morning_by_keyboard(opened: Callable[..., Any]) -> None:
    from playwright.sync_api import expect

    orders = _morning()
    page = opened("rm1")
    rows, drawer, day = page.locator("tr[data-order]"), page.locator(".drawer"), page.locator(".dayline")
    expect(rows).to_have_count(CAPACITY)
    expect(day).to_contain_text(f"今日容量 {CAPACITY} 户，已触达 0 户")
    expect(day).to_contain_text(f"另有 {len(orders) - CAPACITY} 张超出今日容量")
    expect(rows.first).to_contain_text("约定")
    first = rows.first.get_attribute("data-order")
    assert first == orders[-1]

    def decide(key: str, order_id: str, state: str) -> None:
        """Enter opens the chosen row, a number chooses, Enter sends; the list comes back without or with the order."""
        page.keyboard.press("Enter")
        page.wait_for_selector(f".drawer[data-order='{order_id}'] form.log")
        page.keyboard.press(key)
        expect(drawer.locator("form.log button[type=submit]")).to_be_enabled()
        page.keyboard.press("Enter")
        expect(drawer).to_have_count(0)
        page.wait_for_selector(f"tr[data-order='{order_id}']", state="detached")
        assert WorkOrder.objects.get(order_id=order_id).state == state

    decide("1", first, "done")
    expect(day).to_contain_text("已触达 1 户")
    expect(rows).to_have_count(CAPACITY - 1)
    second = rows.first.get_attribute("data-order")
    decide("2", second, "contacting")
    assert WorkOrder.objects.get(order_id=second).next_contact_at > timezone.now()
    expect(rows).to_have_count(CAPACITY - 2)
    page.keyboard.press("j")
    third = rows.nth(1).get_attribute("data-order")
    decide("6", third, "contacting")
    page.select_option("#orders select[name=due]", "week")
    page.wait_for_url("**due=week*")
    day.locator("a").click()
    page.wait_for_selector(".tabs a[aria-current]:has-text('全部在途')")
    expect(page.locator(".dayline")).to_have_count(0)
    contacts = OrderEvent.objects.filter(actor="rm1", kind="contact").values_list("order__order_id", "outcome")
    assert list(contacts.order_by("id")) == [(first, "saved"), (second, ""), (third, "")]
    assert AuditEntry.objects.filter(actor="rm1", action="order_contact").count() == 3
    assert page.evaluate("window.violations") == []


def test_the_pages_of_the_team_are_accessible_and_fit_a_phone_in_english(opened: Callable[..., Any]) -> None:
    page = opened("head", PHONE)
    page.click(".tongue button[value=en]")
    for address in ("", "leave/", "transfers/"):
        page.goto(f"/team/{address}")
        page.wait_for_selector("nav.segments a[aria-current]")
        assert troubles(page, colours=True) == []
