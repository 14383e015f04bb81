"""Lists and look-ups of customers: the `customer_snapshot` table, scoped in the query, masked before it leaves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from liuke.console.reading.lending import Reader
from liuke.engine import parameter
from liuke.govern.access import Scope, finds_people, scoped
from liuke.tables import CUSTOMER_SNAPSHOT

PAGE: Final = 20
SIGNAL_COLUMNS: Final = {
    "R01": "frequency_severity",
    "R02": "balance_severity",
    "R03": "complaint_severity",
    "R04": "recency_severity",
}


@dataclass(frozen=True, slots=True)
class Search:
    """What a list is asked for. Empty strings do not filter.

    text: a customer number or its beginning; for roles that call customers (`finds_people`) also part of a name,
    the number's tail, a phone number: whole, its last four digits or as it is masked. tier: a warning tier,
    'any' for every warned customer. branches: branch ids or None. signal: a reason code that must be raised.
    """

    text: str = ""
    tier: str = ""
    bank_tier: str = ""
    branches: frozenset[str] | None = None
    signal: str = ""
    sort: str = "risk"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """One page of rows (clear values, to be masked by the caller), and how many there are in all."""

    rows: list[dict[str, Any]]
    total: int


SORTS: Final[Mapping[str, tuple[str, ...]]] = {
    "risk": ("-score", "-aum"),
    "aum": ("-aum",),
    "fall": ("change",),
    "since": ("opened_on",),
}


def find(reader: Reader, scope: Scope, search: Search) -> Found:
    """One page of the customers in scope that fit."""
    rows = _fitting(_in_scope(reader, scope), search, scope)
    keys = [(k[1:], True) if k.startswith("-") else (k, False) for k in SORTS.get(search.sort, SORTS["risk"])]
    ordered = rows.mutate(change=rows.aum - rows.aum_30).order_by(
        [*(ibis.desc(name) if down else ibis.asc(name) for name, down in keys), ibis.asc("customer_id")]
    )
    total = reader.engine.count(rows)
    page = ordered.limit(PAGE, offset=(max(search.page, 1) - 1) * PAGE)
    return Found(reader.engine.arrow(page).to_pylist(), total)


def look_up(reader: Reader, scope: Scope, customer_id: str) -> dict[str, Any] | None:
    """The snapshot row of one customer, None when there is none in scope."""

    def build() -> ir.Table:
        return _in_scope(reader, scope).filter(ibis._.customer_id == parameter("customer")).limit(1)

    found = reader.prepared(("row", scope), CUSTOMER_SNAPSHOT, build)(customer=customer_id)
    return next(iter(found.to_pylist()), None)


def tier_counts(reader: Reader, scope: Scope, search: Search) -> dict[str, tuple[int, Any]]:
    """Customers and their assets per warning tier, by the filters other than the tier itself."""
    rows = _fitting(_in_scope(reader, scope), Search(**{**_as_dict(search), "tier": "any"}), scope)
    counted = rows.group_by("tier").aggregate(n=rows.count(), aum=rows.aum.sum())
    return {row["tier"]: (row["n"], row["aum"]) for row in reader.engine.arrow(counted).to_pylist()}


def bank_tiers(reader: Reader, scope: Scope) -> list[str]:
    """The bank's own tier labels in scope, the most frequent first, at most twelve."""
    rows = _in_scope(reader, scope).filter(ibis._.bank_tier.notnull())
    counted = rows.group_by("bank_tier").aggregate(n=rows.count()).order_by(ibis.desc("n")).limit(12)
    return [row["bank_tier"] for row in reader.engine.arrow(counted).to_pylist()]


def _in_scope(reader: Reader, scope: Scope) -> ir.Table:
    return scoped(reader.kept(CUSTOMER_SNAPSHOT), scope)


def _fitting(rows: ir.Table, search: Search, scope: Scope) -> ir.Table:
    if search.text:
        rows = rows.filter(_matches(rows, search.text.strip(), people=finds_people(scope)))
    if search.tier:
        rows = rows.filter(rows.tier != "none" if search.tier == "any" else rows.tier == search.tier)
    if search.bank_tier:
        rows = rows.filter(rows.bank_tier == search.bank_tier)
    if search.branches is not None:
        rows = rows.filter(rows.branch_id.isin(sorted(search.branches)) if search.branches else ibis.literal(False))
    if search.signal in SIGNAL_COLUMNS:
        rows = rows.filter(rows[SIGNAL_COLUMNS[search.signal]] > 0)
    return rows


def _matches(rows: ir.Table, text: str, *, people: bool) -> ir.BooleanValue:
    wanted = ibis.literal(text)
    found = rows.customer_id.startswith(wanted)
    if not people:  # whoever sees names and numbers masked must not learn them by asking
        return found
    found |= rows.name.contains(wanted).fill_null(False)
    if is_phone(text):
        found |= phone_fits(rows, text)
    return found | rows.customer_id.endswith(text) if len(text) >= 4 else found


def is_phone(text: str) -> bool:
    """Whether a search may mean a phone: its last four digits, all of it, or as it is masked, 138****0017."""
    return re.fullmatch(r"\d{4}|\d{7,}|\d{3}\*{2,}\d{4}", text) is not None


def phone_fits(rows: ir.Table, text: str) -> ir.BooleanValue:
    """Whether the phone is the one that the text (`is_phone`) means."""
    if "*" in text:
        fits = rows.phone.startswith(text[:3]) & rows.phone.endswith(text[-4:])
    else:
        fits = rows.phone.endswith(text) if len(text) == 4 else rows.phone == text
    return fits.fill_null(False)


def _as_dict(search: Search) -> dict[str, Any]:
    return {name: getattr(search, name) for name in search.__slots__}
