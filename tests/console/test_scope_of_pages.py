"""No page, list, detail or export shows a row outside the scope: random banks, every address, against a naive oracle.

The oracle walks the branch tree, the staff and the teams in plain Python and knows nothing of scopes. Addresses come
from the URL map, so that a new one is asked too. The seeds are fixed: a failure can be repeated.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from liuke.console.urls import urlpatterns
from liuke.govern.access import BY_BOOK, Role, may
from liuke.tables import CANDIDATE_FATE, CUSTOMER_SNAPSHOT, DECISION, LOST_CONTACT, Table
from liuke.wiring import open_house

from .test_doors import DOORS

CRAWLERS: Final[dict[int, tuple[Role, ...]]] = {
    11: ("rm", "team_lead"),
    12: ("branch_head",),
}
"""Who looks at the bank of each seed: both kinds of scope, books and branches, with all permissions to read."""
SEGMENT: Final = """
name: {zh: 全部, en: Everybody}
description: {zh: 全部客户, en: Everybody}
owner: 零售
version: "1"
purpose: service
rule: {attribute: opened_on, op: not_null}
"""
_NUMBER = re.compile(r"(?<!\d)62\d{8}(?!\d)")
_TAIL = re.compile(r"(?<![\d*])\*{4}(\d{4})(?!\d)")


@dataclass
class Random:
    """A bank whose customers, orders and applications lie anywhere. Owners are (branch, staff) by id."""

    seed: int
    parents: dict[str, str]
    staff: dict[str, str]
    customers: dict[str, tuple[str | None, str | None]]
    team: set[tuple[str, str]]
    orders: dict[str, tuple[str, str | None, str]] = field(default_factory=dict)
    applications: dict[str, tuple[str, str | None, str]] = field(default_factory=dict)
    lent: set[tuple[str, str, str]] = field(default_factory=set)

    def sees(self, user: Any, branch: str | None, staff: str | None, customer: str) -> bool:
        """The rule, as slowly as can be."""
        if user.role not in BY_BOOK:
            while branch and branch != user.branch_id:
                branch = self.parents.get(branch)
            return bool(branch)
        lead = user.role == "team_lead"
        desks = {user.staff_id} | {s for s, b in self.staff.items() if lead and b == user.branch_id}
        shared = {c for s, c in self.team if s in desks}
        shared |= {c for desk, c, owner in self.lent if desk in desks and owner not in desks}
        return (staff is not None and staff in desks) or customer in shared

    def visible(self, user: Any, rows: dict[str, tuple[str, str | None, str]]) -> set[str]:
        """Keys of the rows that the person sees."""
        return {key for key, (branch, staff, customer) in rows.items() if self.sees(user, branch, staff, customer)}

    def people(self, user: Any) -> set[str]:
        """Customers whose pages the person may open."""
        return {c for c, (branch, staff) in self.customers.items() if self.sees(user, branch, staff, c)}


def made(home: Path, seed: int) -> Random:
    """The small bank with everything thrown about."""
    from liuke.state.models import Branch, Staff, TeamMember, WorkOrder

    dice = random.Random(seed)
    parents = {f"B{n}": dice.choice(["HQ", *(f"B{m}" for m in range(1, n))]) for n in range(1, 7)}
    staff = {f"T{n}": dice.choice(list(parents)) for n in range(9)}
    Branch.objects.exclude(branch_id="HQ").delete()
    Branch.objects.bulk_create(Branch(branch_id=b, name=b, parent_id=p, level="branch") for b, p in parents.items())
    Staff.objects.all().delete()
    Staff.objects.bulk_create(Staff(staff_id=s, name=s, branch_id=b, role="rm") for s, b in staff.items())
    lake = open_house(home).lake
    with open_house(home).engine() as engine:
        ids = engine.arrow(lake.scan(engine, CUSTOMER_SNAPSHOT).select("customer_id"))["customer_id"].to_pylist()
        owners = {c: (dice.choice([*parents, None]), dice.choice([*staff, None])) for c in sorted(ids)}
        for table in (CUSTOMER_SNAPSHOT, DECISION, CANDIDATE_FATE, LOST_CONTACT):
            _rehome(lake, engine, table, owners)
    team = {(dice.choice(list(staff)), dice.choice(sorted(ids))) for _ in range(8)}
    TeamMember.objects.all().delete()
    TeamMember.objects.bulk_create(TeamMember(staff_id=s, customer_id=c) for s, c in team)
    bank = Random(seed, parents, staff, owners, team)
    for order in WorkOrder.objects.all():
        order.branch_id, order.staff_id = dice.choice(list(parents)), dice.choice([*staff, None])
        order.owner_id = dice.choice([order.staff_id, *staff])
        order.save()
        bank.orders[order.order_id] = (order.branch_id, order.staff_id, order.customer_id)
        if order.phase == 0 and order.staff_id and order.owner_id:
            bank.lent.add((order.staff_id, order.customer_id, order.owner_id))
    _applications(bank, dice)
    return bank


def _rehome(lake: Any, engine: Any, table: Table, owners: dict[str, tuple[str | None, str | None]]) -> None:
    rows = engine.arrow(lake.scan(engine, table)).to_pylist()
    for row in rows:
        row["branch_id"], row["staff_id"] = owners.get(row["customer_id"], (None, None))
    lake.replace(table, pa.Table.from_pylist(rows, schema=table.arrow))


def _applications(bank: Random, dice: random.Random) -> None:
    from liuke.state.models import Application

    for n, customer in enumerate(dice.sample(sorted(bank.customers), 12)):
        branch, staff = dice.choice(list(bank.parents)), dice.choice([*bank.staff, None])
        Application.objects.create(
            application_id=f"APX{n:04d}", journey="loan_application", customer_id=customer, branch_id=branch,
            staff_id=staff, stage="form", channel="app", status="in_progress", last_step_at=timezone.now(),
        )  # fmt: skip
        bank.applications[f"APX{n:04d}"] = (branch, staff, customer)


@pytest.fixture
def thrown(own_bank: Path, settings: Any, request: pytest.FixtureRequest) -> Random:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    (own_bank / "segments").mkdir(exist_ok=True)
    (own_bank / "segments" / "everybody.yaml").write_text(SEGMENT, encoding="utf-8")
    return made(own_bank, request.param)


def entered(bank: Random, role: Role, dice: random.Random) -> tuple[Any, Client]:
    from liuke.state.models import User

    desk = dice.choice(list(bank.staff))
    User.objects.filter(staff_id=desk).update(staff_id=None)
    place = bank.staff[desk] if role in BY_BOOK else dice.choice(list(bank.parents))
    user = User.objects.create(username=f"c-{role}", role=role, branch_id=place, staff_id=desk)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user, client


def fillings(pattern: URLPattern, bank: Random, own: dict[str, set[str]]) -> Iterator[tuple[str, bool | None]]:
    """Addresses, and whether what they name is the person's own (None where nothing of a customer is named)."""
    names = pattern.pattern.converters
    kinds = {"customer_id": set(bank.customers), "order_id": set(bank.orders), "application_id": set(bank.applications)}
    fixed: dict[str, Any] = {"code": "everybody", "kind": "leave", "step": 1, "number": 1, "pk": 1, "form": "csv"}
    rest = {name: fixed.get(name, 1 if "Int" in type(kind).__name__ else "none") for name, kind in names.items()}
    subject = next((name for name in kinds if name in names), None)
    if subject is None:
        yield reverse(str(pattern.name), kwargs=rest), None
        return
    for mine in (True, False):
        some = sorted(own[subject] if mine else kinds[subject] - own[subject])
        for key in some[:1] if mine else some[:2]:
            yield reverse(str(pattern.name), kwargs=rest | {subject: key}), mine


def told(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode("utf-8", "replace"))


def outside(text: str, bank: Random, user: Any, own: dict[str, set[str]]) -> set[str]:
    """What the text shows of anybody or anything beyond the scope."""
    of_rows = {c for rows in (bank.orders, bank.applications) for k, (_b, _s, c) in rows.items()
               if k in own["order_id"] | own["application_id"]}  # fmt: skip
    people = own["customer_id"] | of_rows
    found = set(_NUMBER.findall(text)) & set(bank.customers) - people
    found |= set(_TAIL.findall(text)) & {c[-4:] for c in bank.customers} - {c[-4:] for c in people}
    keys = bank.orders.keys() - own["order_id"]
    keys |= {k for k, (_b, _s, c) in bank.applications.items()
             if k not in own["application_id"] and c not in own["customer_id"]}  # fmt: skip
    return found | {key for key in keys if key in text}


@pytest.mark.parametrize("thrown", list(CRAWLERS), indirect=True)
def test_no_address_shows_anything_beyond_the_scope(thrown: Random) -> None:
    from liuke.state.models import AuditEntry

    bank, dice, wrong, shown = thrown, random.Random(3), [], 0
    for role in CRAWLERS[bank.seed]:
        user, client = entered(bank, role, dice)
        own = {"customer_id": bank.people(user), "order_id": bank.visible(user, bank.orders),
               "application_id": bank.visible(user, bank.applications)}  # fmt: skip
        for method, pattern in asked_of(role):
            for address, mine in fillings(pattern, bank, own):
                before = AuditEntry.objects.count()
                answer = client.generic(method, address, "reason=%E6%A0%B8%E5%AF%B9%E5%90%8D%E5%8D%95",
                                        content_type="application/x-www-form-urlencoded")  # fmt: skip
                text = told(answer)
                shown += len(set(_NUMBER.findall(text)) | set(_TAIL.findall(text)))
                if mine is False and (answer.status_code != 404 or AuditEntry.objects.count() != before):
                    wrong.append((role, method, address, answer.status_code))
                if answer.status_code == 500 or (mine and answer.status_code in (403, 404)):
                    wrong.append((role, method, address, answer.status_code))
                wrong += [(role, method, address, each) for each in outside(text, bank, user, own)]
    assert wrong == []
    assert shown > 50  # pages without customers would prove nothing


def asked_of(role: Role) -> Iterator[tuple[str, URLPattern]]:
    """What the role may read, download, or name a customer's row in."""
    for pattern in urlpatterns:
        methods, needs = DOORS[str(pattern.name)]
        named = {"customer_id", "order_id", "application_id"} & pattern.pattern.converters.keys()
        if pattern.name == "live_orders" or not may(role, needs):  # type: ignore[arg-type]
            continue
        if "GET" in methods:
            yield "GET", pattern
        elif needs == "export" or named:
            yield "POST", pattern
