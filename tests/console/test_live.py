"""An open page hears of a new order: over real HTTP from `liuke serve`, while another process opens orders."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from browsing import NEEDS, PHONE, WIDE
from small_bank import last_day, make_home

from tests.chromium import CHROMIUM, FLAGS
from tests.serving import entered, free_port, heard, read

PASSWORD = "correct-horse-battery-staple"
MAKE_PEOPLE = """
import sys
from liuke.wiring import open_house
from liuke.wiring.state import start_state
house = open_house(); start_state(house.home)
from liuke.state.models import User
from liuke.state.sync import sync_organisation
sync_organisation(
    [{"branch_id": "NJ", "name": "NJ", "parent_id": None, "level": "branch", "city": None}],
    [{"staff_id": s, "name": s, "branch_id": "NJ", "role": "rm", "daily_capacity": 20} for s in ("S1", "S2")],
)
for n in ("1", "2"):
    User.objects.create_user("rm" + n, password=sys.argv[1], role="rm", branch_id="NJ", staff_id="S" + n)
"""
OPEN_ONE = """
import sys
from datetime import datetime, timedelta, UTC
from liuke.wiring import open_house
from liuke.wiring.state import start_state
house = open_house(); start_state(house.home)
from liuke.act.workorder import Order
from liuke.state.actions import open_orders
from liuke.state.load import OrderFacts
from liuke.state.models import WorkOrder
for line in sys.stdin:
    number, staff = line.split()
    now = datetime.now(UTC); due = now + timedelta(hours=4)
    if staff == "promised":
        WorkOrder.objects.filter(order_id="W" + number).update(next_contact_at=now, attempts=1)
        print(number, flush=True)
        continue
    order = Order(order_id="W" + number, loop_id="L" + number, customer_id="C" + number, staff_id=staff, branch_id="NJ",
        theme="rm_care", priority="P1", state="assigned", created_at=now, due_at=due, warn_at=due - timedelta(hours=1),
        expires_at=now + timedelta(days=14))
    open_orders([(order, OrderFacts(as_of=now.date(), customer_name="郭海峰", score=0.9, tier="red"))], now=now)
    print(number, flush=True)
"""


SWIFT = """
import liuke.cli.sweeping
liuke.cli.sweeping.EVERY_SECONDS = 0.5
from liuke.cli import main
main()
"""
"""`liuke` whose clock works on orders twice a second and not once a minute."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, built: None) -> Iterator[tuple[str, Callable[[str, str], None]]]:
    """The address of a served bank, and a call that opens an order from a process of its own."""
    home = make_home(tmp_path_factory.mktemp("live") / "bank", last_day())
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LIUKE_HOME", "LIUKE_STATE", "DJANGO_"))}
    own = clean | {"LIUKE_HOME": str(home)}
    subprocess.run([sys.executable, "-c", MAKE_PEOPLE, PASSWORD], env=own, check=True)
    port = free_port()
    command = [sys.executable, "-c", SWIFT, "serve", "--home", str(home), "--port", str(port)]
    server = subprocess.Popen(command, env=clean, stderr=subprocess.PIPE, text=True)
    opener = subprocess.Popen(
        [sys.executable, "-c", OPEN_ONE], env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert opener.stdin
    assert opener.stdout

    def order(number: str, staff: str) -> None:
        opener.stdin.write(f"{number} {staff}\n")
        opener.stdin.flush()
        assert opener.stdout.readline().strip() == number

    read(f"http://127.0.0.1:{port}/login/")
    yield f"http://127.0.0.1:{port}", order
    opener.stdin.close()
    server.send_signal(signal.SIGINT)
    said = server.communicate(timeout=120)[1]
    assert server.returncode == 0
    assert "Traceback" not in said


def test_the_owner_hears_of_a_new_order_and_a_colleague_does_not(served):
    address, order = served
    own, colleagues = (heard(entered(address, name, PASSWORD), address) for name in ("rm1", "rm2"))
    order("000101", "S1")
    news = own.get(timeout=60)[1]
    assert (news["order"], news["priority"], news["kind"]) == ("W000101", 1, "opened")
    assert "郭" not in json.dumps(news, ensure_ascii=False)
    order("000102", "S2")
    assert colleagues.get(timeout=60)[1]["order"] == "W000102"
    assert own.empty()


def test_a_promise_that_falls_due_reminds_the_desk_that_gave_it_once(served):
    address, order = served
    own, colleagues = (heard(entered(address, name, PASSWORD), address) for name in ("rm1", "rm2"))
    order("000301", "S1")
    assert own.get(timeout=60)[1]["kind"] == "opened"
    order("000301", "promised")
    news = own.get(timeout=60)[1]
    assert (news["kind"], news["order"], news["text"]) == ("reminder", "W000301", "约定的回访时间到了")
    time.sleep(1.5)  # three more rounds of the clock
    assert own.empty()
    assert colleagues.empty()


def test_nobody_hears_without_logging_in(served):
    address, _ = served
    answer = urllib.request.urlopen(f"{address}/live/orders/", timeout=60)
    assert "/login/" in answer.url


@pytest.mark.browser
@NEEDS[2]
@pytest.mark.parametrize("view", [WIDE, PHONE])
def test_a_new_order_appears_on_the_open_workbench_in_every_tab(served, view):
    from playwright.sync_api import expect, sync_playwright

    address, order = served
    number = f"0002{view['width']:04d}"[-6:]
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = chromium.new_context(viewport=view, base_url=address)
        first = context.new_page()
        first.goto("/login/")
        first.fill("#id_username", "rm1")
        first.fill("#id_password", PASSWORD)
        first.keyboard.press("Enter")
        first.wait_for_selector("#orders")
        second = context.new_page()
        second.goto("/workbench/")
        second.wait_for_selector("#orders")
        second.wait_for_timeout(500)
        expected = int(second.inner_text("#greet .value").split()[0]) + 1
        order(number, "S1")
        for page in (first, second):
            page.wait_for_selector(f'tr[data-order="W{number}"]', timeout=60_000)
            assert "新工单" in page.inner_text("#toasts")
            expect(page.locator("#greet .value").first).to_have_text(re.compile(rf"^\s*{expected}\b"), timeout=60_000)
        chromium.close()
