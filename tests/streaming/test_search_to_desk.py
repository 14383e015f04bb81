"""A customer searches 提前还款 three times in an app with the vendor's own SDK: an order lies on the RM's desk."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Person, entered, heard, until
from tests.streaming.living_bank import KEY, LIUKE, PASSWORD, Served, clean, customers, rows, served

RULE = """name: {zh: 查询进度一次, en: Progress asked for once}
description: {zh: 查询进度一次, en: Progress asked for once}
owner: 测试
theme: once
condition: {when: progress_query}
"""


@pytest.fixture(scope="module")
def bank(living_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(shutil.copytree(living_home, tmp_path_factory.mktemp("living") / "bank")) as where:
        yield where


def search(bank: Served, customer: str, times: int) -> float:
    """Searches through 神策's own client; the moment at which the last one was accepted."""
    from sensorsanalytics import sdk

    client = sdk.SensorsAnalytics(sdk.DefaultConsumer(f"{bank.collector}/sa?project={KEY}"))
    for n in range(times):
        client.track(customer, "app_search", {"query": f"提前还款{n}"}, is_login_id=True)
    client.flush()
    return time.monotonic()


def orders_of(bank: Served, customer: str) -> list[tuple[object, ...]]:
    return rows(bank, f"select order_id, staff_id, priority from state_workorder where customer_id='{customer}'"
                      " and theme='prepayment'")  # fmt: skip


def settled(bank: Served, customer: str) -> list[tuple[object, ...]]:
    """The customer's matches, once there are any."""
    for _ in range(6000):
        if found := rows(bank, f"select fate, evidence from state_triggermatch where customer_id='{customer}'"):
            return found
        time.sleep(0.05)
    raise AssertionError("no match")


def test_the_third_search_is_an_order_on_the_open_page_with_the_events_that_made_it(bank):
    customer, browser = next(customers("treated")), entered(bank.console, "rm1", PASSWORD)
    news = heard(browser, bank.console)
    search(bank, customer, 2)
    time.sleep(1.0)
    assert news.empty()
    sent = search(bank, customer, 1)
    at, told = news.get(timeout=300)  # a machine's first start compiles the rules' loops
    print(f"accepted to heard: {at - sent:.3f} s")
    [(order, staff, priority)] = orders_of(bank, customer)
    assert (told["order"], staff, priority) == (order, "S1", 1)
    drawer = browser.open(f"{bank.console}/workbench/orders/{order}/", timeout=60).read().decode()
    assert "提前还款搜索未操作" in drawer
    assert "触发事件" in drawer
    assert "提前还款0" in drawer
    search(bank, customer, 3)
    time.sleep(1.5)
    assert len(orders_of(bank, customer)) == 1


def test_a_customer_held_out_gets_no_order_and_is_in_the_decision_table(bank):
    from liuke.engine import DuckEngine
    from liuke.lake import Lake
    from liuke.tables import DECISION

    customer = next(customers("holdout"))
    search(bank, customer, 3)
    assert settled(bank, customer)[0][0] == "holdout"
    assert orders_of(bank, customer) == []
    lake, found = Lake(bank.home / "lake"), []
    engine = DuckEngine(memory_limit_mb=256, threads=1)
    for _ in range(600):
        decisions = lake.scan(engine, DECISION)
        mine = decisions.filter(decisions.customer_id == customer, decisions.experiment == "trigger_prepay_search")
        if found := engine.arrow(mine).to_pylist():
            break
        time.sleep(0.5)
    engine.close()
    assert [(row["arm"], row["treatment"]) for row in found] == [("holdout", None)]


def test_somebody_the_bank_does_not_know_is_a_match_and_nothing_more(bank):
    search(bank, "99999999", 3)
    assert settled(bank, "99999999")[0][0] == "unknown"


def test_a_device_linked_to_a_customer_counts_as_the_customer(bank):
    from sensorsanalytics import sdk

    customer = list(customers("treated"))[1]
    client = sdk.SensorsAnalytics(sdk.DefaultConsumer(f"{bank.collector}/sa?project={KEY}"))
    client.track_signup(customer, "device-7")
    client.flush()
    for n in range(3):
        client.track("device-7", "app_search", {"query": f"提前还款 {n}"})
    client.flush()
    assert settled(bank, customer)[0][0] == "treated"


def test_a_changed_rule_is_taken_up_and_a_broken_one_leaves_those_at_work(bank):
    customer = list(customers("treated", "progress_twice"))[2]
    rule = (bank.home / "triggers" / "progress_unanswered.yaml").read_text(encoding="utf-8")
    (bank.home / "triggers" / "broken.yaml").write_text("name: {zh: 甲}\n", encoding="utf-8")
    time.sleep(3.0)
    other = list(customers("treated"))[3]
    search(bank, other, 3)
    assert settled(bank, other)[0][0] == "treated"
    (bank.home / "triggers" / "broken.yaml").unlink()
    once = rule.split("condition:")[0] + "condition: {when: hello_bank}\n"
    (bank.home / "events" / "own.yaml").write_text(
        "events: [{event: hello_bank, name: {zh: 问好, en: Hello}}]\n", "utf-8"
    )
    (bank.home / "triggers" / "progress_twice.yaml").write_text(once, encoding="utf-8")
    time.sleep(4.0)
    from sensorsanalytics import sdk

    client = sdk.SensorsAnalytics(sdk.DefaultConsumer(f"{bank.collector}/sa?project={KEY}"))
    client.track(customer, "hello_bank", {}, is_login_id=True)
    client.flush()
    found = settled(bank, customer)
    assert len(found) == 1


def test_a_second_worker_on_the_same_bank_is_refused(bank):
    command = [str(LIUKE), "stream", "--home", str(bank.home)]
    done = subprocess.run(command, env=clean(), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 75
    assert "another stream worker is at work" in done.stderr


def asked_for(bank: Served, customer: str) -> None:
    from sensorsanalytics import sdk

    client = sdk.SensorsAnalytics(sdk.DefaultConsumer(f"{bank.collector}/sa?project={KEY}"))
    client.track(customer, "ProgressQuery", {}, is_login_id=True)
    client.flush()


def taken_up(bank: Served, officer: Person) -> None:
    """Until the worker says that it has read the file as it is."""
    until("taken up", lambda: "还没有读入" in officer.read("/triggers/once/"), False)


def test_an_approved_rule_fires_in_the_shadow_and_once_switched_on_opens_orders(bank):
    writer, officer = (Person(bank.console, name, PASSWORD) for name in ("analyst", "officer"))
    draft = writer.send("/rule-changes/new/", "/rule-changes/new/", code="once", **{"from": ""})
    writer.send(draft, f"{draft}replay/", text=RULE)
    until("replay", lambda: rows(bank, "select state from state_rulereplay"), [("done",)])
    writer.send(draft, f"{draft}propose/", text=RULE, note="先看影子里有多少")
    assert not (bank.home / "triggers" / "once.yaml").exists()
    officer.send(draft, f"{draft}approve/")
    assert "shadow: true" in (bank.home / "triggers" / "once.yaml").read_text(encoding="utf-8")
    taken_up(bank, officer)
    first, second = list(customers("treated", "once"))[:2]
    fates = "select fate, lag_ms is not null from state_triggermatch where rule='once' and customer_id='{}'"
    asked_for(bank, first)
    until("shadow", lambda: rows(bank, fates.format(first)), [("shadow", 1)])
    switch = writer.send("/triggers/once/", "/triggers/once/mode/", mode="on", note="影子里数量合适")
    officer.send(switch, f"{switch}approve/")
    taken_up(bank, officer)
    asked_for(bank, second)
    until("treated", lambda: rows(bank, fates.format(second)), [("treated", 1)])
    assert len(rows(bank, "select 1 from state_workorder where theme='once'")) == 1


def test_orders_stay_after_a_restart_and_nothing_is_opened_twice(living_home, tmp_path):
    home = shutil.copytree(living_home, tmp_path / "bank")
    customer = next(customers("treated"))
    with served(home, signal.SIGTERM) as bank:
        search(bank, customer, 3)
        settled(bank, customer)
        before = rows(bank, "select loop_id from state_triggermatch order by loop_id")
    with served(home) as bank:
        time.sleep(2.0)
        assert rows(bank, "select loop_id from state_triggermatch order by loop_id") == before
        assert len(orders_of(bank, customer)) == 1
