"""Injections in all that an address may carry: parameters' names come from the sources, addresses from the URL map."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pyarrow as pa
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import liuke.console
from liuke.console.urls import urlpatterns
from liuke.govern.audit import AuditRecord
from liuke.state.audit import append
from liuke.tables import CUSTOMER_SNAPSHOT
from liuke.wiring import open_house

from .test_doors import ANYBODY, DOORS, EVERYBODY, address_of

SeenBy = Callable[[str], Client]
SOURCES: Final = Path(liuke.console.__file__).parent
PARAMETERS: Final = sorted(
    {
        name
        for path in SOURCES.rglob("*.py")
        for name in re.findall(r"""\b(?:GET|asked|query|fields)(?:\.get\(|\[)["'](\w+)["']""", path.read_text("utf-8"))
    }
)
"""Every name that a view of the console takes out of an address."""
PAYLOADS: Final = {
    "quotes": "' OR '1'='1",
    "a statement": '"; DROP TABLE state_user;--',
    "a union": "%' UNION SELECT username, password FROM state_user--",
    "a null byte": "a\x00b",
    "a large number": "99999999999999999999",
    "a digit that is none": "²",
}
MARKUP: Final = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
_SLOW: Final = ("analysis_",)


def test_the_names_of_parameters_are_found() -> None:
    assert {"q", "page", "branch", "tier", "tab", "actor", "object", "since"} <= set(PARAMETERS)


@pytest.mark.parametrize("name", PAYLOADS)
def test_no_parameter_of_any_address_breaks_it(seen_by: SeenBy, settings: Any, name: str) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    query, broken = urlencode(dict.fromkeys(PARAMETERS, PAYLOADS[name])), []
    clients = [seen_by(who) for who in ("officer", "head", "analyst", "root")]
    for pattern in urlpatterns:
        methods, needs = DOORS[str(pattern.name)]
        if "GET" not in methods or needs in (EVERYBODY, ANYBODY) or str(pattern.name).startswith(_SLOW):
            continue
        for client in clients:
            told = client.get(f"{address_of(pattern)}?{query}")
            if told.status_code != 403:
                broken += [(pattern.name, told.status_code)] if told.status_code >= 500 else []
                break
    assert broken == []


@pytest.mark.parametrize("kind", ["funnel", "retention", "paths", "distribution", "journey"])
def test_no_parameter_of_a_question_breaks_it(seen_by: SeenBy, kind: str) -> None:
    client = seen_by("head")
    for payload in (PAYLOADS["quotes"], PAYLOADS["a null byte"]):
        query = urlencode(dict.fromkeys(PARAMETERS, payload))
        assert client.get(f"{reverse(f'analysis_{kind}')}?{query}").status_code < 500


@pytest.mark.parametrize("name", ["quotes", "a union", "a statement"])
def test_a_search_for_an_injection_finds_what_a_search_for_nobody_finds(seen_by: SeenBy, name: str) -> None:
    client = seen_by("rm1")
    for address in ("/customers/", "/warnings/", "/workbench/"):
        links = [
            sorted(
                set(
                    re.findall(
                        r'href="/customers/\d+/"|data-order="\w+"', client.get(address, {"q": q}).content.decode()
                    )
                )
            )
            for q in (PAYLOADS[name], "nobody-is-called-so")
        ]
        assert links[0] == links[1] == []


def _page(client: Client, address: str, query: str) -> str:
    return client.get(address, {"q": query}).content.decode()


class Alarm(HTMLParser):
    """Hears an element or an attribute that none of our templates writes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, object]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words = dict(attrs)
        script = tag == "script" and "src" not in words and words.get("type") != "application/json"
        link = (words.get("href") or words.get("src") or "").strip().lower().startswith(("javascript:", "x"))
        if script or link or any(key.startswith("on") for key in words):
            self.found.append((tag, attrs))


def _heard(told: Any) -> list[tuple[str, object]]:
    alarm = Alarm()
    assert told.status_code < 500
    if told["Content-Type"].startswith("text/html"):
        alarm.feed(told.content.decode())
    return alarm.found


def _crawl(clients: list[Client], own: dict[str, str], query: str = "") -> Iterator[tuple[str, Any]]:
    """Every page to read, by the first of the people who may. own: what stands for parts of addresses."""
    for pattern in urlpatterns:
        methods, needs = DOORS[str(pattern.name)]
        if "GET" not in methods or needs in (EVERYBODY, ANYBODY):
            continue
        address = address_of(pattern)
        named = own.keys() & pattern.pattern.converters.keys()
        for name in named:
            rest = {other: 7 for other in pattern.pattern.converters if other not in named}
            address = reverse(str(pattern.name), kwargs=rest | {name: own[name]})
        for client in clients:
            told = client.get(f"{address}?{query}")
            if told.status_code != 403:
                yield str(pattern.name), told
                break


def test_the_alarm_hears() -> None:
    alarm = Alarm()
    alarm.feed(MARKUP)
    assert [tag for tag, _attrs in alarm.found] == ["script", "img"]


def test_markup_in_a_parameter_is_text_on_every_page(seen_by: SeenBy) -> None:
    clients = [seen_by(who) for who in ("officer", "head", "analyst", "root")]
    query, wrong = urlencode(dict.fromkeys(PARAMETERS, MARKUP)), []
    for name, told in _crawl(clients, {}, query):
        wrong += [(name, each) for each in _heard(told)] + (
            [(name, told.status_code)] if told.status_code >= 500 else []
        )
    assert wrong == []


def test_markup_that_somebody_typed_or_delivered_is_text_on_every_page(own_bank: Path, seen_by: SeenBy) -> None:
    """Stored: in notes, reasons, names, messages, audit rows, and in what the bank's files bring."""
    customer, order = _spoil(own_bank)
    clients, pages = [seen_by(who) for who in ("rm1", "head", "officer", "analyst")], []
    own, wrong = {"customer_id": customer, "order_id": order, "kind": "leave"}, []
    for name, told in _crawl(clients, own):
        wrong += [(name, each) for each in _heard(told)] + (
            [(name, told.status_code)] if told.status_code >= 500 else []
        )
        pages += [name] if "&lt;script&gt;" in told.content.decode() else []
    assert wrong == []
    assert {"workbench", "order", "customer", "customers", "transfers", "exports", "compliance", "channels"} <= set(
        pages
    )


def _spoil(home: Path) -> tuple[str, str]:
    """Puts markup wherever a text of people is kept; a customer and an order of S1."""
    from liuke.state.models import Branch, LongExport, OrderEvent, OutboxMessage, Staff, Transfer, User, WorkOrder

    now, order = timezone.now(), WorkOrder.objects.filter(staff_id="S1", phase=0).first()
    assert order
    OrderEvent.objects.create(order=order, at=now, actor=MARKUP, kind="contact", note=MARKUP)
    WorkOrder.objects.update(customer_name=MARKUP[:64], bank_tier=MARKUP[:32])
    Branch.objects.update(name=MARKUP, city=MARKUP[:64])
    Staff.objects.update(name=MARKUP[:64])
    User.objects.update(display_name=MARKUP[:64])
    Transfer.objects.create(giver_id="S1", branch_id="NJ", receivers=["S2"], effective_on=now.date(), reason=MARKUP,
                            planned_by=MARKUP, planned_at=now)  # fmt: skip
    LongExport.objects.create(code=MARKUP[:64], author=MARKUP, note=MARKUP, rows=9, definition="v", stage="proposed",
                              changed_at=now, proposed_at=now)  # fmt: skip
    OutboxMessage.objects.create(key="k", channel="sms", owner="campaign", customer_id=order.customer_id, rank=1,
                                 branch_id="NJ", staff_id="S1", message_class="marketing", title=MARKUP, text=MARKUP,
                                 queued_at=now, due_at=now, state="dead", updated_at=now)  # fmt: skip
    append(AuditRecord(now, MARKUP, "rm", "unmask", "customer", MARKUP[:64], MARKUP, MARKUP[:39], {MARKUP: MARKUP}))
    house = open_house(home)
    with house.engine() as engine:
        rows = engine.arrow(house.lake.scan(engine, CUSTOMER_SNAPSHOT)).to_pylist()
    spoilt = [row | {"name": MARKUP, "city": MARKUP, "occupation": MARKUP, "bank_tier": MARKUP} for row in rows]
    house.lake.replace(CUSTOMER_SNAPSHOT, pa.Table.from_pylist(spoilt, schema=CUSTOMER_SNAPSHOT.arrow))
    return order.customer_id, order.order_id
