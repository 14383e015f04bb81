"""Reads everything the 360° page and the drawer show about one customer, as of a moment.

`CustomerFile` compiles each query once and runs it for one customer after another. Values are unmasked: faces mask
them by the columns' mask rules (tables/).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, cached_property, partial
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from liuke.clock import AsOf
from liuke.engine import Engine, Prepared, parameter
from liuke.insight.churn.levers import Lever, stored_levers
from liuke.insight.features.registry import FEATURES
from liuke.insight.features.store import CUSTOMER_FEATURE
from liuke.insight.known import SHANGHAI, BankTables
from liuke.insight.profile.hours import LOOK_BACK_DAYS, ContactHours, ContactWindow, best_hours, local_traces, slot_rows
from liuke.insight.profile.one_customer import tables_of
from liuke.insight.profile.person import (
    CurvePoint,
    HeldAccount,
    Identity,
    account_rows,
    accounts_and_curve,
    balance_rows,
    identity_rows,
)
from liuke.insight.profile.portrait import (
    FEATURE_NAMES,
    BehaviourBlock,
    Features,
    Need,
    RiskBlock,
    behaviour_block,
    needs_of,
    risk_block,
)
from liuke.insight.profile.worth import Worth, worth_of
from liuke.insight.timeline import KINDS, REACH_DAYS, Kind, TimelineEntry, entries_of, timeline_rows
from liuke.lake import Lake
from liuke.tables import CUSTOMER_TAG, IDENTITY_LINK, SCORE, Table
from liuke.tables.value import CUSTOMER_VALUE

_FEATURES = replace(
    CUSTOMER_FEATURE,
    columns=tuple(CUSTOMER_FEATURE.column(name) for name in ("as_of", "customer_id", *FEATURE_NAMES)),
)
STORED = (_FEATURES, CUSTOMER_VALUE, CUSTOMER_TAG, SCORE)
"""Tables of the daily run that the page reads; a home of an older release may lack them."""


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent in force on the day: given, refused or withdrawn. effective_at: UTC."""

    purpose: str
    channel: str
    granted: bool
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class ModelRisk:
    """What the active model says. reasons: (feature, the customer's value, points in log-odds), loudest first.

    levers: what would change the score, the largest fall first; of warned customers only.
    """

    as_of: date
    model: str
    version: str
    probability: float
    tier: str
    cause: str | None
    reasons: tuple[tuple[str, float | None, float], ...]
    levers: tuple[Lever, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """The whole of it. curve: one point a week, oldest first, the as-of day last (26 weeks: 27 points).

    behaviour and needs are None while no features are stored, worth and model_risk while nothing is; `missing`
    names the tables. Features whose purpose the customer refused are not told (`withheld`).
    """

    as_of: AsOf
    identity: Identity
    accounts: tuple[HeldAccount, ...]
    curve: tuple[CurvePoint, ...]
    risk: RiskBlock
    behaviour: BehaviourBlock | None
    needs: tuple[Need, ...] | None
    tags: tuple[str, ...]
    worth: Worth | None
    model_risk: ModelRisk | None
    consents: tuple[Consent, ...]
    hours: ContactHours
    missing: tuple[str, ...]
    withheld: bool

    @property
    def aum(self) -> Any:
        """AUM on the as-of day."""
        return self.curve[-1].aum

    def curve_of(self, weeks: int) -> tuple[CurvePoint, ...]:
        """The last `weeks` weeks of the curve."""
        return self.curve[-weeks - 1 :]


class CustomerFile:
    """Look-ups of single customers as of one moment. Keep one as long as the lake's versions stay the same.

    What it reads is fixed when a query is first asked for. Used by one thread at a time, as its engine is.
    """

    def __init__(
        self,
        lake: Lake,
        engine: Engine,
        as_of: AsOf,
        *,
        zone: ZoneInfo = SHANGHAI,
        window: ContactWindow | None = None,
    ) -> None:
        self.as_of = as_of
        self._lake, self._engine, self._window = lake, engine, window
        self._customer = parameter("customer")
        views: dict[str, ir.Table] = {}

        def rows(table: Table) -> ir.Table:
            if table.name not in views:
                views[table.name] = lake.scan(engine, table)
            return views[table.name]

        self._rows = rows
        self._zone = zone
        self._prepared: dict[object, Prepared] = {}
        self._queries: dict[object, Callable[[], ir.Table]] = {
            "identity": lambda: identity_rows(self._tables),
            "accounts": lambda: account_rows(self._tables),
            "balances": lambda: balance_rows(self._tables),
            "consents": lambda: self._tables.consent.select(*Consent.__dataclass_fields__),
            "hours": lambda: slot_rows(self._tables, _SINCE),
            **{table.name: partial(self._last_rows, table) for table in STORED},
        }

    def profile(self, customer_id: str) -> Profile | None:
        """Everything but the timeline; None when the customer is not known at that moment."""
        stored = [table for table in STORED if self._exists(table)]
        rows = self._ask(customer_id, "identity", "balances", "consents", "hours", *(table.name for table in stored))
        if not rows["identity"]:
            return None
        found, day = Identity(**rows["identity"][0]), self.as_of.day
        accounts, curve = accounts_and_curve(rows["accounts"], rows["balances"], day)
        consents = _consents(rows["consents"])
        withheld = any(not c.granted for c in consents if c.purpose in _PERSONAL and c.channel == "all")
        of = {table.name: _of_last_day(rows.get(table.name, [])) for table in STORED}
        features = _features(of[_FEATURES.name], withheld=withheld)
        worth = next(iter(of[CUSTOMER_VALUE.name]), None)
        return Profile(
            as_of=self.as_of,
            identity=found,
            accounts=accounts,
            curve=curve,
            risk=risk_block(found.risk_appetite, found.risk_assessed_on, day),
            behaviour=None if features is None else behaviour_block(features),
            needs=None if features is None else needs_of(features),
            tags=tuple(sorted(row["tag"] for row in of[CUSTOMER_TAG.name])),
            worth=worth_of(worth) if worth else None,
            model_risk=_model_risk(of[SCORE.name], day),
            consents=consents,
            hours=self._hours(rows["hours"]),
            missing=tuple(table.name for table in STORED if table not in stored),
            withheld=withheld,
        )

    def identity(self, customer_id: str) -> Identity | None:
        """Who the customer is; None when not known at that moment."""
        rows = self._ask(customer_id, "identity")["identity"]
        return Identity(**rows[0]) if rows else None

    def holdings(self, customer_id: str) -> tuple[tuple[HeldAccount, ...], tuple[CurvePoint, ...]]:
        """Accounts with their last balance, and the curve of AUM."""
        rows = self._ask(customer_id, "balances")
        return accounts_and_curve(rows["accounts"], rows["balances"], self.as_of.day)

    def hours(self, customer_id: str) -> ContactHours:
        """When the customer is best reached, from the last 180 days."""
        return self._hours(self._ask(customer_id, "hours")["hours"])

    def consents(self, customer_id: str) -> tuple[Consent, ...]:
        """The newest word on each purpose and channel, by purpose, then channel."""
        return _consents(self._ask(customer_id, "consents")["consents"])

    def timeline(
        self, customer_id: str, *, kinds: Sequence[Kind] = KINDS, since: date | None = None
    ) -> tuple[TimelineEntry, ...]:
        """What happened from `since` on, newest first; by default the last 400 days, never more."""
        first = self.as_of.day - timedelta(days=REACH_DAYS)
        chosen = tuple(kind for kind in KINDS if kind in kinds)
        if not chosen:
            return ()
        self._queries.setdefault(chosen, lambda: timeline_rows(self._tables, self._engine, _SINCE, chosen))
        rows = self._ask(customer_id, chosen, since=max(first, since or first))[chosen]
        return entries_of(rows, self._tables)

    def _hours(self, rows: Sequence[dict[str, Any]]) -> ContactHours:
        return best_hours(local_traces(rows, self._zone), self._window)

    def _exists(self, table: Table) -> bool:
        return self._lake.version(table) is not None

    def _last_rows(self, table: Table) -> ir.Table:
        rows = self._rows(table)
        return rows.filter(rows.customer_id == self._customer).order_by(ibis.desc("as_of")).limit(200)

    @cached_property
    def _tables(self) -> BankTables:
        found = tables_of(
            self._rows, self._customer, parameter("accounts"), self.as_of, self._zone,
            stitch=self._exists(IDENTITY_LINK),
        )  # fmt: skip
        # Small, the same for every customer, and named in each look-up: their newest versions are found once.
        keep = self._engine.materialise
        return replace(found, staff=keep(found.staff), product=keep(found.product))

    def _ask(self, customer_id: str, *names: object, since: date | None = None) -> dict[object, list[dict[str, Any]]]:
        """The rows of queries about one customer, run side by side; with those that go by account also the accounts.

        since: the first day looked at; by default as far as the hours of contact look back.
        """
        first = since or self.as_of.day - timedelta(days=LOOK_BACK_DAYS)
        values = {"customer": customer_id, "since": first.isoformat()}
        of_accounts = [name for name in names if name == "balances" or isinstance(name, tuple)]
        first_names = [name for name in names if name not in of_accounts] + ["accounts"] * bool(of_accounts)
        # Compiled here, one after the other: Ibis is not made for several threads.
        runs = {name: self._compiled(name) for name in (*first_names, *of_accounts)}
        begun: dict[object, Future[Any]] = {n: _side_by_side().submit(runs[n], **values) for n in first_names}
        try:
            if of_accounts:
                held = [row["account_id"] for row in begun["accounts"].result().to_pylist()]
                for name in of_accounts:
                    begun[name] = _side_by_side().submit(runs[name], accounts=held, **values)
            return {name: found.result().to_pylist() for name, found in begun.items()}
        finally:
            wait(begun.values())  # nothing may run on an engine that is thrown away after a failure

    def _compiled(self, name: object) -> Prepared:
        if name not in self._prepared:
            self._prepared[name] = self._engine.prepare(self._queries[name]())
        return self._prepared[name]


@cache
def _side_by_side() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(2, os.cpu_count() or 2), thread_name_prefix="liuke-look-up")


def _consents(rows: Sequence[dict[str, Any]]) -> tuple[Consent, ...]:
    return tuple(sorted((Consent(**row) for row in rows), key=lambda c: (c.purpose, c.channel)))


def _of_last_day(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["as_of"] == rows[0]["as_of"]]


def _features(rows: Sequence[dict[str, Any]], *, withheld: bool) -> Features | None:
    if not rows:
        return None
    kept = (name for name in FEATURE_NAMES if not withheld or FEATURES[name].purpose != "marketing")
    return {name: rows[0][name] for name in kept}


_SINCE = parameter("since").cast("date")
_PERSONAL = frozenset({"marketing", "personalisation"})
"""Purposes whose refusal keeps features of purpose marketing out of the portrait (PIPL art. 24)."""


def _model_risk(rows: Sequence[dict[str, Any]], day: date) -> ModelRisk | None:
    """What was said on the day itself: an older score of somebody who has nothing to lose today is not today's."""
    row = next((r for r in rows if r["role"] == "active" and r["as_of"] == day), None)
    if row is None:
        return None
    told = [(row[f"reason_{n}"], row[f"reason_{n}_value"], row[f"reason_{n}_points"]) for n in (1, 2, 3)]
    reasons = tuple((name, value, float(points)) for name, value, points in told if name)
    known = ("as_of", "model", "version", "probability", "tier", "cause")
    return ModelRisk(**{name: row[name] for name in known}, reasons=reasons, levers=stored_levers(row))


def profile(lake: Lake, engine: Engine, as_of: AsOf, customer_id: str, *, zone: ZoneInfo = SHANGHAI) -> Profile | None:
    """The profile of one customer, for a notebook; faces keep a CustomerFile."""
    return CustomerFile(lake, engine, as_of, zone=zone).profile(customer_id)


__all__ = ["STORED", "Consent", "CustomerFile", "ModelRisk", "Profile", "profile"]
