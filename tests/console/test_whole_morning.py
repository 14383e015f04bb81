"""An RM's whole morning before a served bank, in one go: the list, filters, keyboard, drawer, outcome, appointment,
a new order and a reminder that come by themselves.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from browsing import NEEDS, PHONE, WATCH, WIDE
from small_bank import PASSWORD

from tests.chromium import CHROMIUM, FLAGS
from tests.console.test_live import SWIFT
from tests.night import nightly
from tests.serving import free_port, read

pytestmark = NEEDS
CAPACITY = 6
ZONE = ZoneInfo("Asia/Shanghai")
BEHIND = """
import json, sys
from datetime import datetime, timedelta, UTC
from liuke.wiring import open_house
from liuke.wiring.state import start_state
house = open_house(); start_state(house.home)
from django.core.management import call_command
from django.utils import translation
call_command("loaddata", sys.argv[1], verbosity=0)
from liuke.act.workorder import Order
from liuke.state.actions import open_orders
from liuke.state.load import OrderFacts
from liuke.state.models import OrderEvent, Staff, WorkOrder
Staff.objects.filter(staff_id="S1").update(daily_capacity=int(sys.argv[2]))
mine = WorkOrder.objects.filter(phase=0, staff_id="S1")
now = datetime.now(UTC); far = now + timedelta(days=3)
mine.update(due_at=far, warn_at=far, tier="orange")
for line in sys.stdin:
    what, *rest = json.loads(line)
    now = datetime.now(UTC); due = now + timedelta(hours=4)
    if what == "orders":
        told = [[o.order_id, o.customer_name] for o in mine.order_by("priority", "due_at", "id")]
    elif what == "set":
        told = WorkOrder.objects.filter(order_id=rest[0]).update(**rest[1])
    elif what == "promised now":
        told = WorkOrder.objects.filter(order_id=rest[0]).update(next_contact_at=now, attempts=1, first_contact_at=now)
    elif what == "state":
        o = WorkOrder.objects.get(order_id=rest[0])
        told = [o.state, o.outcome, o.next_contact_at and o.next_contact_at.isoformat()]
    else:
        first = mine.order_by("id").first()
        order = Order(order_id="W1new", loop_id="L1new", customer_id=first.customer_id, staff_id="S1", branch_id="NJ",
            theme="payroll", priority="P1", state="assigned", created_at=now, due_at=due,
            warn_at=due - timedelta(hours=1), expires_at=far)
        facts = OrderFacts(as_of=first.as_of, customer_name=first.customer_name, score=0.9, tier="red")
        open_orders([(order, facts)], now=now)
        told = "W1new"
    print(json.dumps(told), flush=True)
"""
"""What happens behind the page: other people, other processes."""


@pytest.fixture
def served(bank_home: tuple[Path, Path], built: None, tmp_path: Path) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The address of the small bank, served; and a call that does something behind the page."""
    import shutil

    kept, dump = bank_home
    home = tmp_path / "home"
    shutil.copytree(kept, home)
    triggers = home / "triggers"
    triggers.mkdir(exist_ok=True)
    (triggers / "payroll.yaml").write_text("theme: payroll\n", encoding="utf-8")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_HOME", "LIUKE_STATE", "DJANGO_"))}
    behind = subprocess.Popen(
        [sys.executable, "-c", BEHIND, str(dump), str(CAPACITY)], env=clean | {"LIUKE_HOME": str(home)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert behind.stdin
    assert behind.stdout

    def do(*asked: Any) -> Any:
        behind.stdin.write(json.dumps(asked) + "\n")
        behind.stdin.flush()
        return json.loads(behind.stdout.readline())

    do("orders")
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-c", SWIFT, "serve", "--home", str(home), "--port", str(port)], env=clean,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    read(f"http://127.0.0.1:{port}/login/")
    yield f"http://127.0.0.1:{port}", do
    behind.stdin.close()
    behind.wait(timeout=120)
    server.send_signal(signal.SIGINT)
    said = server.communicate(timeout=120)[1]
    assert server.returncode == 0
    assert "Traceback" not in said


@pytest.mark.parametrize("view", [WIDE, pytest.param(PHONE, marks=nightly)])  # each is a served bank of its own
def test_an_rms_whole_morning(served: tuple[str, Callable[..., Any]], view: dict[str, int]) -> None:
    from playwright.sync_api import expect, sync_playwright

    address, do = served
    orders = do("orders")
    assert len(orders) > CAPACITY + 2
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = chromium.new_context(viewport=view, base_url=address, reduced_motion="reduce", locale="zh-CN")
        context.add_init_script(WATCH)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto("/login/")
        page.fill("#id_username", "rm1")
        page.fill("#id_password", PASSWORD)
        page.keyboard.press("Enter")

        rows, drawer, toasts = page.locator("tr[data-order]"), page.locator(".drawer"), page.locator("#toasts")
        expect(rows).to_have_count(CAPACITY)
        expect(page.locator(".dayline")).to_contain_text(f"另有 {len(orders) - CAPACITY} 张超出今日容量")
        expect(rows.first).to_contain_text("到期")  # why it stands where it stands

        # Filters and the search, and back.
        page.select_option("#orders select[name=theme]", "payroll")
        expect(rows).to_have_count(0)
        page.click("text=清除筛选")
        expect(rows).to_have_count(CAPACITY)
        page.fill("#orders input[name=q]", orders[0][1])
        page.keyboard.press("Enter")
        expect(rows).not_to_have_count(CAPACITY)
        page.fill("#orders input[name=q]", "")
        page.keyboard.press("Enter")
        expect(rows).to_have_count(CAPACITY)
        page.locator("#orders input[name=q]").blur()

        # The second row by keyboard: why, curve, timeline, words with facts filled, what not to say, offers.
        page.keyboard.press("j")
        second = rows.nth(1).get_attribute("data-order")
        page.keyboard.press("Enter")
        page.wait_for_selector(f".drawer[data-order='{second}'] form.log")
        expect(drawer).to_contain_text("为什么预警")
        assert drawer.locator(".words li").count() >= 2
        assert "{" not in drawer.locator(".words").inner_text()
        expect(drawer.locator(".donts li").first).to_be_visible()
        expect(drawer.locator("svg.curve, .curve svg").first).to_be_attached()
        expect(drawer).to_contain_text("客户时间线")
        expect(drawer).to_contain_text("可提供的权益")

        # He thinks it over and is called on a day at an hour: outcome, next step, sent.
        at = (datetime.now(ZONE) + timedelta(days=1)).replace(hour=15, minute=30, second=0, microsecond=0)
        page.keyboard.press("2")
        drawer.locator("select[name=next]").select_option("at")
        drawer.locator("input[name=at]").fill(f"{at:%Y-%m-%dT%H:%M}")
        drawer.locator("form.log button[type=submit]").click()
        expect(drawer).to_have_count(0)
        expect(toasts).to_contain_text("已记录跟进结果")
        page.wait_for_selector(f"tr[data-order='{second}']", state="detached")
        state, outcome, promised = do("state", second)
        assert (state, outcome, datetime.fromisoformat(promised)) == ("contacting", None, at)

        # The next one in two keys and Enter: saved.
        first = rows.first.get_attribute("data-order")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        page.wait_for_selector(f".drawer[data-order='{first}'] form.log")
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        expect(drawer).to_have_count(0)
        assert do("state", first)[:2] == ["done", "saved"]

        # The appointment stands in the calendar.
        page.goto(f"/workbench/calendar/?view=day&on={at:%Y-%m-%d}")
        expect(page.locator(".promise", has_text="15:30")).to_have_count(1)

        # A new order comes by itself, first in the list, with a quiet notice; so does the reminder of a promise.
        page.goto("/workbench/")
        expect(rows.first).to_be_visible()
        page.wait_for_timeout(500)
        new = do("new")
        page.wait_for_selector(f"tr[data-order='{new}']")
        expect(toasts).to_contain_text("新工单")
        third = do("orders")[-1][0]
        do("promised now", third)
        expect(toasts).to_contain_text("约定的回访时间到了")
        page.reload()
        expect(rows.first).to_have_attribute("data-order", third)
        expect(rows.first).to_contain_text("约定")
        assert page.evaluate("window.violations") == []
        chromium.close()
