"""A campaign from an empty page to its measured effect: browser, daily runs, sender, gateway and receipts are real."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from browsing import NEEDS, WIDE, logged_in
from small_bank import PASSWORD, PEOPLE, _number, make_home, phone

from liuke.engine import DuckEngine
from liuke.lake import Lake
from liuke.tables import CONSENT, CONTACT_POINT, DECISION, OUTCOME, Table
from tests import loop_day
from tests.act.campaigns.reading import MARKETING, written
from tests.act.channels.gateways import Gateway, by_status, listening
from tests.chromium import CHROMIUM, FLAGS
from tests.sending.homes import append, clean
from tests.serving import free_port, read, until

LIUKE = Path(sys.executable).with_name("liuke")
HORIZON = 3
TOKEN = "receipts-token"
LOG_INS = """
import sys
from liuke.wiring import open_house
from liuke.wiring.state import start_state
start_state(open_house().home)
from liuke.state.models import User
User.objects.create_user("analyst", password=sys.argv[1], role="analyst", branch_id="HQ")
User.objects.create_user("officer", password=sys.argv[1], role="compliance", branch_id="HQ")
"""


def afternoon() -> int:
    """Hours from UTC to where it is about one o'clock now: there marketing may go out whenever this test is run. Not
    further east than twelve: a morning there begins before the small bank, at five in Shanghai, has its balances.
    """
    return min(13 - datetime.now(UTC).hour, 12)


@dataclass
class Bank:
    """A served bank. first: the data day on which customers enter; last: that on which their outcomes have matured."""

    home: Path
    console: str
    receipts: str
    first: date
    last: date

    def run(self, day: date) -> dict[str, Any]:
        return loop_day.run(self.home, day)

    def lake(self, table: Table) -> list[dict[str, Any]]:
        engine = DuckEngine(memory_limit_mb=256, threads=1)
        try:
            return engine.arrow(Lake(self.home / "lake").scan(engine, table)).to_pylist()
        finally:
            engine.close()

    def messages(self, column: str) -> list[Any]:
        with closing(sqlite3.connect(self.home / "state.sqlite3")) as state:
            return [row[0] for row in state.execute(f"select {column} from state_outboxmessage order by key")]

    def push(self, items: list[dict[str, str]]) -> None:
        asked = urllib.request.Request(
            f"{self.receipts}/receipts/text?token={TOKEN}", json.dumps(items).encode(), {"Content-Type": "text/json"}
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            assert json.loads(answer.read())["code"] == 0


def made(home: Path, gateway: Gateway, last: date) -> None:
    """The small bank with numbers and consents of everybody, a gateway, and two people of the head office."""
    make_home(home, last)
    settings = home / "liuke.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + f"time_zone: Etc/GMT{-afternoon():+d}\n")
    days = (last + timedelta(n) for n in range(-400, 30))
    (home / "calendar.csv").write_text("date,workday,note\n" + "".join(f"{day},1,\n" for day in days))
    (home / "policies" / "outcome.yaml").write_text(f"horizons: [{HORIZON}]\nprimary: {HORIZON}\n")
    (home / "token").write_text(TOKEN)
    (home / "channels.yaml").write_text(json.dumps({"channels": {"text": {
        "kind": "sms", "url": gateway.url, "fields": {"to": "{to}", "text": "{text}", "key": "{key}"},
        "signature": "江海银行", "idempotent": True, "per_second": None,
        "receipts": {"secret": {"file": "token"}, "key": "key", "phone": "mobile", "text": "content"},
    }}}))  # fmt: skip
    known = datetime(2024, 1, 1, tzinfo=UTC)
    points = [{"customer_id": _number(n), "medium": "sms", "address": phone(n)} for n in range(PEOPLE)]
    append(Lake(home / "lake"), CONTACT_POINT, points, known)
    agreed = {"purpose": "marketing", "channel": "all", "granted": True, "effective_at": known}
    append(Lake(home / "lake"), CONSENT, [
        agreed | {"consent_id": f"K{n}", "customer_id": _number(n)} for n in range(PEOPLE)
    ], known)  # fmt: skip
    subprocess.run([sys.executable, "-c", LOG_INS, PASSWORD], env=clean(LIUKE_HOME=str(home)), check=True)


@contextmanager
def served(home: Path, last: date) -> Iterator[Bank]:
    port, receipts = free_port(), free_port()
    command = [str(LIUKE), "serve", "--home", str(home), "--port", str(port), "--receipts-port", str(receipts)]
    server = subprocess.Popen(command, env=clean())
    try:
        bank = Bank(home, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{receipts}",
                    last - timedelta(HORIZON), last)  # fmt: skip
        read(f"{bank.console}/login/", tries=960)
        read(f"{bank.receipts}/health", tries=960)
        yield bank
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(300) == 0


@contextmanager
def people(bank: Bank) -> Iterator[tuple[Any, Any]]:
    """Pages of the analyst and of the officer."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        analyst, officer = (
            logged_in(chromium.new_context(viewport=WIDE, base_url=bank.console), name, patience_ms=120_000)
            for name in ("analyst", "officer")
        )
        yield analyst, officer
        chromium.close()


def campaign(bank: Bank) -> str:
    says = {"zh": "尊敬的{customer_name},本周末有客户活动。", "en": "Dear {customer_name}, come and see us."}
    return written(
        name={"zh": "周末活动", "en": "Weekend"}, arms={"text": MARKETING | {"wording": says}}, holdout_share=0.4,
        valid={"from": str(bank.first), "to": str(bank.last + timedelta(30))}, message_valid_days=30,
    )  # fmt: skip


def propose(page: Any, text: str) -> None:
    page.goto("/campaigns/")
    page.click("text=新建活动")
    page.fill("#code", "weekend")
    page.select_option("#from", "birthday_care")
    page.click("text=开始编写")
    page.fill("#rule-text", text)
    page.wait_for_selector("#verdict .notice.good")
    page.click("[data-opens=propose]")
    page.fill("#note", "请老客户周末来坐坐")
    page.click("dialog[open] button.main")
    page.wait_for_selector("text=待审批")


def approve(page: Any) -> None:
    page.goto("/campaigns/")
    page.click("a:has-text('weekend')")
    page.click("text=批准并生效")
    page.wait_for_selector("text=已批准")


def figures(page: Any) -> dict[str, str]:
    """The counters on top of the campaign's page."""
    page.goto("/campaigns/weekend/")
    cards = page.locator(".summary .card").all()
    return {card.locator(".label").inner_text(): card.locator(".value").inner_text() for card in cards}


def share(rows: list[dict[str, Any]], arm: str) -> float:
    mine = [row["retained"] for row in rows if row["arm"] == arm]
    return sum(mine) / len(mine)


@pytest.mark.browser
@NEEDS[2]
def test_from_a_draft_on_the_page_to_an_effect_on_the_page(tmp_path: Path, built: None) -> None:
    def deliver(gateway: Gateway, request: Any) -> dict[str, str]:
        gateway.deliver(request.json["key"], request.json["to"], request.json["text"])
        return {"id": request.json["key"]}

    home = tmp_path / "bank"
    last = (datetime.now(UTC) + timedelta(hours=afternoon())).date() - timedelta(days=1)
    with listening(by_status(deliver)) as gateway:
        made(home, gateway, last)
        with served(home, last) as bank:
            bank.run(bank.first - timedelta(days=1))
            with people(bank) as (analyst, officer):
                propose(analyst, campaign(bank))
                assert bank.run(bank.first - timedelta(days=1))["campaign_entered"] == 0  # nobody approved it yet
                approve(officer)
                entered = bank.run(bank.first)
                told, held = the_right_people_were_told(bank, gateway, entered)
                what_came_back_is_on_the_page(bank, officer, told)
                bank.run(bank.last)
                the_effect_is_that_of_the_outcomes(bank, officer, len(told), len(held))


def the_right_people_were_told(
    bank: Bank, gateway: Gateway, entered: dict[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    """Numbers of treated and held-out customers by loop."""
    numbers = {_number(n): phone(n) for n in range(PEOPLE)}
    rows = [row for row in bank.lake(DECISION) if row["experiment"] == "campaign_weekend"]
    told = {row["loop_id"]: numbers[row["customer_id"]] for row in rows if row["arm"] == "treated"}
    held = {row["loop_id"]: numbers[row["customer_id"]] for row in rows if row["arm"] == "holdout"}
    assert (entered["campaign_entered"], entered["campaign_held_out"]) == (len(rows), len(held))
    assert len(told) > 20
    assert len(held) > 10
    until("sent", lambda: set(bank.messages("state")), {"sent"})
    assert sorted(to for to, _ in gateway.delivered) == sorted(told.values())
    assert {(text[:6], text[-6:]) for _, text in gateway.delivered} == {("【江海银行】", "拒收请回复R")}
    assert all(
        re.fullmatch(r"【江海银行】尊敬的\w{2,4},本周末有客户活动。拒收请回复R", text) for _, text in gateway.delivered
    )
    return told, held


def what_came_back_is_on_the_page(bank: Bank, page: Any, told: dict[str, str]) -> None:
    """All but two arrived, and one customer wants no more."""
    keys = bank.messages("key")
    status = ["UNDELIV", "UNDELIV", *["DELIVRD"] * (len(keys) - 2)]
    bank.push([{"key": key, "status": said} for key, said in zip(keys, status, strict=True)])
    bank.push([{"mobile": f"+86{next(reversed(told.values()))}", "content": "td。"}])
    seen = figures(page)
    assert seen["已发送"] == str(len(told))
    assert seen["送达 / 打开"].split("/")[0].strip() == str(len(told) - 2)
    assert seen["拒收"] == "1"
    assert seen["待发送"] == "0"


def the_effect_is_that_of_the_outcomes(bank: Bank, page: Any, told: int, held: int) -> None:
    arms = {row["loop_id"]: row["arm"] for row in bank.lake(DECISION) if row["experiment"] == "campaign_weekend"}
    rows = [row | {"arm": arms[row["loop_id"]]} for row in bank.lake(OUTCOME) if row["loop_id"] in arms]
    assert len(rows) == told + held
    page.goto("/campaigns/weekend/")
    shown = page.inner_text("section:has(h2:has-text('效果'))")
    assert f"决策后 {HORIZON} 天 · 干预 {told} 户 · 对照 {held} 户" in shown
    points = (share(rows, "treated") - share(rows, "holdout")) * 100
    said = re.search(r"([+−-]?\d+\.\d+) pp", shown)
    low, high = re.search(r"\[([+−-]?\d+\.\d+), ([+−-]?\d+\.\d+)\]", shown).groups()  # type: ignore[union-attr]
    assert said
    number = [float(text.replace("−", "-")) for text in (low, said[1], high)]
    assert number[1] == pytest.approx(points, abs=0.06)
    assert number[0] < number[1] < number[2]
