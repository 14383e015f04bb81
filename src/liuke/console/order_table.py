"""The list of orders above which the workbench stands: what the address asks for, the page of it, what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from django.http import HttpRequest
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy

from liuke.console import labels
from liuke.console.choices import desk_choices
from liuke.console.reading.order_themes import order_themes
from liuke.console.reading.own_customers import with_phone
from liuke.console.showing import order_row, rights
from liuke.console.today_words import today_reason
from liuke.console.whole_number import whole
from liuke.govern.access import Scope, finds_people
from liuke.state import order_list
from liuke.state.models import WorkOrder
from liuke.state.names import staff_names
from liuke.state.order_list import EVERYTHING, Only, OrderPage
from liuke.state.today_list import Places, TodayPage, today

Choices: TypeAlias = tuple[tuple[str, labels.Text], ...]
"""Key in the address and label of each choice, the first of which narrows nothing."""
SIZE: Final = 10
TABS: Final[tuple[tuple[str, labels.Text, bool], ...]] = (
    ("today", gettext_lazy("今日"), False),
    ("open", gettext_lazy("全部在途"), False),
    ("escalated", gettext_lazy("已升级"), True),
    ("urgent", gettext_lazy("最高优先"), True),
    ("due_soon", gettext_lazy("即将超时"), True),
    ("following", gettext_lazy("跟进中"), False),
    ("waiting", gettext_lazy("待客户回复"), False),
    ("closed", gettext_lazy("已结束"), False),
)
FILTERS: Final[dict[str, Choices]] = {
    "tier": (
        ("", gettext_lazy("全部等级")),
        ("red", gettext_lazy("红色或紧急")),
        ("orange", gettext_lazy("橙色或较急")),
        ("yellow", gettext_lazy("黄色或一般")),
    ),
    "source": (
        ("", gettext_lazy("全部来源")),
        ("churn", gettext_lazy("流失预警")),
        ("offer", gettext_lazy("权益与产品")),
        ("trigger", gettext_lazy("实时触发与活动")),
    ),
    "theme": (("", gettext_lazy("全部主题")),),
    "due": (
        ("", gettext_lazy("不限到期")),
        ("late", gettext_lazy("已超时")),
        ("today", gettext_lazy("今天到期")),
        ("week", gettext_lazy("七天内到期")),
    ),
}
"""Choices of the filters above the list, by their key in the address; the themes come from the bank's files."""
SORTS: Final = (
    ("urgency", gettext_lazy("按紧急度")),
    ("due", gettext_lazy("按到期时间")),
    ("score", gettext_lazy("按流失风险")),
    ("aum", gettext_lazy("按资产")),
    ("newest", gettext_lazy("按派单时间")),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """tabs: those of the person. only: what is asked of the filters. page: 1-based. filters: their choices."""

    tabs: tuple[tuple[str, labels.Text, bool], ...]
    tab: str
    sort: str
    query: str
    only: Only
    page: int
    filters: Mapping[str, Choices]

    @property
    def is_everything(self) -> bool:
        """Whether the counts of the tabs are those of all orders in the scope."""
        return not self.query and self.only == EVERYTHING


@dataclass(frozen=True, slots=True)
class OrderTable:
    """The page found, and the day around it where it is today's list. counts: orders of each tab."""

    found: OrderPage
    counts: dict[str, int]
    day: TodayPage | None = None


def asked_of(request: HttpRequest, scope: Scope, places: Places | None) -> Asked:
    """What the address asks for; whatever is unknown there is the first choice. places: of an RM with a capacity."""
    given = request.GET
    tabs = tuple(tab for tab in TABS if _has_tab(tab[0], scope, places))
    filters = FILTERS | {"theme": FILTERS["theme"] + _themes()}
    wanted = {name: _among(given.get(name), (key for key, _label in choices)) for name, choices in filters.items()}
    # A desk may be named by those who see other desks.
    staff = given.get("staff", "")[:64] if "see_all_orders" in rights(scope) else ""
    query = given.get("q", "").strip()[:64]
    return Asked(
        tabs=tabs,
        tab=_among(given.get("tab"), (key for key, _label, _hot in tabs)),
        sort=_among(given.get("sort"), (key for key, _label in SORTS)),
        query=query,
        only=Only(**wanted, staff=staff, also=with_phone(scope, query)),
        filters=filters,
        page=whole(given.get("page")),
    )


def order_table(scope: Scope, asked: Asked, places: Places | None, now: datetime) -> OrderTable:
    """The page asked for."""
    if places and asked.tab == "today":
        day = today(scope, asked.query, asked.page, SIZE, now=now, places=places, only=asked.only)
        return OrderTable(day.page, day.page.counts, day)
    found = order_list.page(scope, asked.tab, asked.query, asked.sort, asked.page, SIZE, now=now, only=asked.only)
    return OrderTable(found, found.counts | ({"today": places.listed(found.counts)} if places else {}))


def context_of(scope: Scope, asked: Asked, table: OrderTable, now: datetime) -> dict[str, Any]:
    """What the template shows."""
    found, only, is_open = table.found, asked.only, asked.tab != "closed"
    return {
        "tabs": asked.tabs,
        "can_tick": is_open and "work_orders" in rights(scope),
        "desks": desk_choices(scope) if is_open and "hand_over" in rights(scope) else [],
        "sorts": [] if asked.tab == "today" else SORTS,
        "sort": asked.sort,
        "query": asked.query,
        "only": only,
        "filters": asked.filters,
        "filtered": only.narrows,
        "staff_filter": staff_names([only.staff]).get(only.staff, only.staff),
        "finds_people": finds_people(scope),
        "list": found,
        "counts": table.counts,
        "day": table.day,
        "rows": [(order_row(row, scope, localdate(now)), _why_here(row, table.day, now)) for row in found.rows],
        "acting_for": staff_names(row.acting_for for row in found.rows),
        "last": found.first + len(found.rows) - 1,
        "more": found.page < found.pages,
        "previous": found.page - 1,
        "next": found.page + 1,
        "tier_labels": labels.TIERS,
        "outcome_labels": labels.OUTCOMES,
    }


def _themes() -> Choices:
    """The themes that the bank's orders may have."""
    named = labels.THEMES | labels.RULE_THEMES
    return tuple((code, named.get(code, code)) for code in order_themes())


def _has_tab(tab: str, scope: Scope, places: Places | None) -> bool:
    if tab == "today":
        return places is not None
    return tab != "escalated" or "hand_over" in rights(scope)


def _why_here(row: WorkOrder, day: TodayPage | None, now: datetime) -> str:
    """今日排序理由, '' on other tabs."""
    return today_reason(row, day.ranks[row.pk], now) if day else ""


def _among(wish: str | None, known: Iterable[str]) -> str:
    first, *others = known
    return wish if wish is not None and wish in others else first
