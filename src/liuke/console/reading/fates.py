"""Why nobody was contacted: fates of candidates as the daily run wrote them, scoped in the query."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from liuke.act.gates.why_not import RuleStop, fate_counts, fates_of, rule_stops, under_served
from liuke.console.reading.customers import Found
from liuke.console.reading.lending import Reader
from liuke.engine import parameter
from liuke.govern.access import Scope, scoped
from liuke.tables import CANDIDATE_FATE, CONTACT, CUSTOMER_SNAPSHOT

PAGE: Final = 20
_ABOUT: Final = ("customer_id", "name", "bank_tier", "tier", "branch_id", "score", "aum")


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose customers a page is about: those of the scope, of some branches only unless None."""

    scope: Scope
    branches: frozenset[str] | None = None

    def of(self, rows: ir.Table) -> ir.Table:
        """Of rows with branch_id and staff_id."""
        mine = scoped(rows, self.scope)
        if self.branches is None:
            return mine
        return mine.filter(mine.branch_id.isin(sorted(self.branches)) if self.branches else ibis.literal(False))


@dataclass(frozen=True, slots=True)
class Stopped:
    """What became of a day's candidates. people: customers with a candidate; treatments: all of the day."""

    rules: tuple[RuleStop, ...]
    fates: Mapping[str, int]
    people: int
    treatments: tuple[str, ...]


def fate_days(reader: Reader) -> tuple[date, ...]:
    """Days with fates, the newest first."""

    def days() -> ir.Table:
        return reader.house.lake.scan(reader.engine, CANDIDATE_FATE).select("as_of").distinct()

    found = reader.engine.arrow(reader.derived("fate_days", CANDIDATE_FATE, days))["as_of"].to_pylist()
    return tuple(sorted(found, reverse=True))


def customer_fates(reader: Reader, customer_id: str, day: date) -> list[dict[str, Any]]:
    """The rows of one customer on a day, by treatment and channel."""

    def build() -> ir.Table:
        rows = reader.house.lake.scan(reader.engine, CANDIDATE_FATE)
        return fates_of(rows.filter(rows.as_of == parameter("day").cast("date")), parameter("customer"))

    asked = reader.prepared("customer_fates", CANDIDATE_FATE, build)
    found: list[dict[str, Any]] = asked(customer=customer_id, day=day.isoformat()).to_pylist()
    return found


def stopped(reader: Reader, whose: Whose, day: date, treatment: str) -> Stopped:
    """What each rule stops of the candidates of customers in question. treatment: '' for all."""
    rows = _fates(reader, whose, day)
    treatments = reader.engine.arrow(rows.select("treatment").distinct())["treatment"].to_pylist()
    if treatment:
        rows = rows.filter(rows.treatment == treatment)
    kept = reader.engine.materialise(rows.select("as_of", "customer_id", "treatment", "fate", "gate", "rule", "fact",
                                                 "stops"))  # fmt: skip
    people = reader.engine.arrow(kept.aggregate(n=kept.customer_id.nunique()))["n"][0].as_py()
    found = Stopped(
        rule_stops(reader.engine, kept, day), fate_counts(reader.engine, kept, day), people, tuple(sorted(treatments))
    )
    reader.engine.release(kept)
    return found


def lonely(reader: Reader, whose: Whose, day: date, page: int) -> Found:
    """Warned customers whom nobody reached or tried to reach in 90 days, the most at stake first."""
    people = whose.of(reader.kept(CUSTOMER_SNAPSHOT))
    contacts = reader.house.lake.scan(reader.engine, CONTACT)
    fates = reader.house.lake.scan(reader.engine, CANDIDATE_FATE)
    rows = reader.engine.materialise(under_served(people, contacts, fates, day))
    found = _page(reader, rows, people, page)
    reader.engine.release(rows)
    return found


def left_to_people(reader: Reader, whose: Whose, day: date, page: int) -> Found:
    """Customers who refuse automated decisions and for whom something was thought of: since when, and how many."""
    people = whose.of(reader.kept(CUSTOMER_SNAPSHOT))
    fates = _fates(reader, whose, day)
    mine = fates.filter(fates.fate == "human_review")
    rows = mine.group_by("customer_id").aggregate(
        fact=mine.fact.max(), care=(mine.source == "churn").any(), offers=mine.offer_id.nunique(),
        matched=(mine.source == "trigger").any(),
    )  # fmt: skip
    rows = rows.inner_join(people.select("customer_id", "score", "aum"), "customer_id")
    order = [ibis.desc("care"), ibis.desc("score"), ibis.desc("aum"), ibis.asc("customer_id")]
    return _page(reader, rows.order_by(order), people, page)


def _fates(reader: Reader, whose: Whose, day: date) -> ir.Table:
    rows = reader.house.lake.scan(reader.engine, CANDIDATE_FATE)
    people = whose.of(reader.kept(CUSTOMER_SNAPSHOT)).select("customer_id")
    return rows.filter(rows.as_of == ibis.literal(day)).semi_join(people, "customer_id")


def _page(reader: Reader, rows: ir.Table, people: ir.Table, page: int) -> Found:
    """One page of the rows, in their order, with who the customers are."""
    total = reader.engine.count(rows)
    found = reader.engine.arrow(rows.limit(PAGE, offset=(max(page, 1) - 1) * PAGE)).to_pylist()
    about = _about(reader, people, [row["customer_id"] for row in found])
    return Found([row | about[row["customer_id"]] for row in found], total)


def about(reader: Reader, whose: Whose, customer_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Who these customers are, as far as they are in question."""
    return _about(reader, whose.of(reader.kept(CUSTOMER_SNAPSHOT)), customer_ids)


def _about(reader: Reader, people: ir.Table, customer_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    if not customer_ids:
        return {}
    asked = people.filter(people.customer_id.isin(sorted(customer_ids)))
    return {row["customer_id"]: row for row in reader.engine.arrow(asked.select(*_ABOUT)).to_pylist()}


@dataclass(frozen=True, slots=True)
class OfferCount:
    """Customers of the last days with the offer as a candidate, and those for whom it was chosen, free, or stopped."""

    customers: int
    chosen: int
    free: int
    stopped: int


def offer_counts(reader: Reader, whose: Whose, days: tuple[date, ...]) -> dict[str, OfferCount]:
    """By offer, over the days together."""
    if not days:
        return {}
    rows = reader.house.lake.scan(reader.engine, CANDIDATE_FATE)
    people = whose.of(reader.kept(CUSTOMER_SNAPSHOT)).select("customer_id")
    near = rows.filter(rows.as_of >= ibis.literal(min(days)), rows.as_of <= ibis.literal(max(days)))
    mine = near.filter(near.offer_id.notnull()).semi_join(people, "customer_id")
    who = mine.customer_id
    counted = mine.group_by("offer_id").aggregate(
        customers=who.nunique(),
        chosen=who.nunique(where=mine.fate.isin(["chosen", "held_out"])),
        free=who.nunique(where=mine.fate == "passed"),
        stopped=who.nunique(where=mine.gate.notnull()),
    )
    found = reader.engine.arrow(counted).to_pylist()
    return {row.pop("offer_id"): OfferCount(**row) for row in found}
