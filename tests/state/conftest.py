"""A small bank: head office, two provinces, three outlets, three RMs; orders to order."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from liuke.act.workorder import Order
from liuke.govern.access import Scope
from liuke.state.actions import open_orders
from liuke.state.actions.change_order import Who
from liuke.state.load import OrderFacts
from liuke.state.models import User, WorkOrder
from liuke.state.scopes import scope_for
from liuke.state.sync import sync_organisation

NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
BRANCHES = [
    ("HQ", "总行", None, "head"),
    ("JS", "江苏分行", "HQ", "province"),
    ("ZJ", "浙江分行", "HQ", "province"),
    ("NJ", "南京支行", "JS", "branch"),
    ("NJ1", "鼓楼网点", "NJ", "outlet"),
    ("HZ", "杭州支行", "ZJ", "branch"),
]
STAFF = [("S1", "陆晓楠", "NJ"), ("S2", "周若兰", "NJ1"), ("S3", "郭海峰", "HZ")]


def proposal(n: int, **changes: Any) -> tuple[Order, OrderFacts]:
    """The n-th order: customer Cn of S1 in NJ, P2, due in n minutes and four hours."""
    due = NOW + timedelta(hours=4, minutes=n)
    staff_id = changes.pop("staff_id", "S1")
    values: dict[str, Any] = {
        "order_id": f"W{n:06d}",
        "loop_id": f"L{n:06d}",
        "customer_id": f"C{n:06d}",
        "staff_id": staff_id,
        "branch_id": "NJ",
        "theme": "rm_care",
        "priority": "P2",
        "state": "assigned" if staff_id else "new",
        "created_at": NOW,
        "due_at": due,
        "warn_at": due - timedelta(hours=1),
        "expires_at": NOW + timedelta(days=14),
    }
    facts = OrderFacts(
        as_of=date(2026, 11, 21),
        customer_name=changes.pop("customer_name", f"客户{n}"),
        aum=changes.pop("aum", Decimal("61000.50")),
        score=changes.pop("score", 0.5),
        tier="orange",
        reasons=[{"code": "R01", "severity": 0.7, "numbers": {"recent": 2, "prior": 9}}],
    )
    return Order(**{**values, **changes}), facts


@pytest.fixture
def bank(db: None) -> None:
    sync_organisation(
        [{"branch_id": b, "name": n, "parent_id": p, "level": lv, "city": None} for b, n, p, lv in BRANCHES],
        [{"staff_id": s, "name": n, "branch_id": b, "role": "rm", "daily_capacity": 20} for s, n, b in STAFF],
    )


@pytest.fixture
def who(bank: None) -> Callable[..., Who]:
    """who("rm", "NJ", "S1", minutes=5): somebody acting five minutes after NOW."""

    def make(role: str, branch_id: str, staff_id: str | None = None, minutes: int = 0) -> Who:
        user, _ = User.objects.get_or_create(
            username=f"{role}-{branch_id}-{staff_id}",
            defaults={"role": role, "branch_id": branch_id, "staff_id": staff_id},
        )
        return Who(scope_for(user), NOW + timedelta(minutes=minutes), "10.0.0.7")

    return make


@pytest.fixture
def rm(who: Callable[..., Who]) -> Who:
    return who("rm", "NJ", "S1", minutes=5)


@pytest.fixture
def head(who: Callable[..., Who]) -> Who:
    return who("branch_head", "NJ", minutes=5)


@pytest.fixture
def writer(who: Callable[..., Who]) -> Who:
    """Who proposes rules, campaigns and experiments."""
    return who("analyst", "HQ")


@pytest.fixture
def checker(who: Callable[..., Who]) -> Who:
    """Who decides about them, some minutes later."""
    return who("compliance", "HQ", minutes=9)


@pytest.fixture
def all_seeing(who: Callable[..., Who]) -> Scope:
    return who("analyst", "HQ").scope


@pytest.fixture
def an_order(bank: None) -> WorkOrder:
    open_orders([proposal(1)], now=NOW)
    return WorkOrder.objects.get()
