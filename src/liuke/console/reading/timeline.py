"""One page of a customer's timeline: what is asked for, what comes back, paged here and not in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from liuke.act.progress.progress_policy import ProgressPolicy, read_progress_policy
from liuke.console import labels
from liuke.console.application_words import is_step, step_told
from liuke.console.labels import Text
from liuke.console.reading.lending import Reader
from liuke.console.timeline import Item, item_of, order_items
from liuke.govern.access import Scope
from liuke.insight.timeline import REACH_DAYS, Kind

KINDS: Final[dict[str, tuple[Text, tuple[Kind, ...]]]] = {
    "money": (labels.KIND_MONEY, ("transaction",)),
    "app": (labels.KIND_APP, ("event",)),
    "complaint": (labels.KIND_COMPLAINT, ("complaint", "complaint_resolved")),
    "contact": (labels.KIND_CONTACT, ("contact",)),
    "service": (labels.KIND_SERVICE, ("interaction",)),
    "survey": (labels.KIND_SURVEY, ("survey",)),
    "order": (labels.KIND_ORDER, ()),
}
PERIODS: Final[dict[str, tuple[Text, int]]] = {
    "30": (_("近 30 天"), 30),
    "90": (_("近 90 天"), 90),
    "400": (_("近 400 天"), REACH_DAYS),
}
LINES: Final = 20
_NEAR: Final = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """kind: a key of KINDS, '' for all. period: a key of PERIODS. text: must stand in the line as it is shown."""

    kind: str = ""
    period: str = "400"
    text: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Lines:
    """One page of items, newest first."""

    items: tuple[Item, ...]
    asked: Asked
    more: bool


def asked_of(request: HttpRequest) -> Asked:
    """What the address asks for; anything unknown does not filter."""
    kind, period, page = (request.GET.get(key, "") for key in ("kind", "period", "page"))
    return Asked(
        kind=kind if kind in KINDS else "",
        period=period if period in PERIODS else "400",
        text=request.GET.get("t", "").strip()[:64],
        page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 5 else 1,
    )


def lines(reader: Reader, scope: Scope, row: Mapping[str, Any], asked: Asked) -> Lines:
    """The page asked for. row: a snapshot row that the person may see.

    The text is looked for in the lines as the person reads them, so that nobody finds what is masked for them. The
    first page of everything looks into the last 60 days, and further back only when they do not fill it.
    """
    day: date = row["as_of"]
    whole = day - timedelta(days=PERIODS[asked.period][1])
    wanted = asked.page * LINES + 1
    found: list[Item] = []
    for since in sorted({max(whole, day - timedelta(days=_NEAR)), whole}, reverse=True):
        found = _items(reader, scope, row, asked, since)
        if len(found) >= wanted:
            break
    first = (asked.page - 1) * LINES
    return Lines(tuple(found[first : first + LINES]), asked, len(found) > first + LINES)


def _items(reader: Reader, scope: Scope, row: Mapping[str, Any], asked: Asked, since: date) -> list[Item]:
    house, found = reader.house, []
    kinds = KINDS[asked.kind][1] if asked.kind else tuple(kind for _label, kinds in KINDS.values() for kind in kinds)
    if kinds:
        entries = reader.customers(row["as_of"]).timeline(row["customer_id"], kinds=kinds, since=since)
        policy = read_progress_policy(house.policy("progress")) if any(map(is_step, entries)) else ProgressPolicy()
        found += [step_told(entry, policy) if is_step(entry) else item_of(entry, scope) for entry in entries]
    if asked.kind in ("", "order"):
        begins = datetime.combine(since, time(), house.zone)
        carried = house.as_of(row["as_of"]).known_by
        found += order_items(scope, row["customer_id"], begins, carried)
        found.sort(key=lambda item: item.at, reverse=True)
    if asked.text:
        text = asked.text.casefold()
        found = [item for item in found if text in f"{item.title} {item.detail}".casefold()]
    return found
