"""Reads everything the 360° page and the drawer show about one customer, as of a moment.

`CustomerFile` compiles each query once and runs it for one customer after another. Values are unmasked: faces mask
them by the columns' mask rules (tables/).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
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
from liuke.tables import CUSTOMER_TAG, SCORE, Table
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
        self._last: tuple[str, list[dict[str, Any]]] = ("", [])

    def profile(self, customer_id: str) -> Profile | None:
        """Everything but the timeline; None when the customer is not known at that moment."""
        found = self.identity(customer_id)
        if found is None:
            return None
        accounts, curve = self.holdings(customer_id)
        consents, day = self.consents(customer_id), self.as_of.day
        withheld = any(not c.granted for c in consents if c.purpose in _PERSONAL and c.channel == "all")
        features = self._features(customer_id, withheld=withheld)
        worth = next(iter(self._stored(CUSTOMER_VALUE, customer_id)), None)
        return Profile(
            as_of=self.as_of,
            identity=found,
            accounts=accounts,
            curve=curve,
            risk=risk_block(found.risk_appetite, found.risk_assessed_on, day),
            behaviour=None if features is None else behaviour_block(features),
            needs=None if features is None else needs_of(features),
            tags=tuple(sorted(row["tag"] for row in self._stored(CUSTOMER_TAG, customer_id))),
            worth=worth_of(worth) if worth else None,
            model_risk=_model_risk(self._stored(SCORE, customer_id), day),
            consents=consents,
            hours=self.hours(customer_id),
            missing=tuple(table.name for table in STORED if not self._exists(table)),
            withheld=withheld,
        )

    def identity(self, customer_id: str) -> Identity | None:
        """Who the customer is; None when not known at that moment."""
        rows = self._run("identity", lambda: identity_rows(self._tables), customer_id)
        return Identity(**rows[0]) if rows else None

    def holdings(self, customer_id: str) -> tuple[tuple[HeldAccount, ...], tuple[CurvePoint, ...]]:
        """Accounts with their last balance, and the curve of AUM."""
        accounts = self._accounts(customer_id)
        balances = self._run("balances", lambda: balance_rows(self._tables), customer_id)
        return accounts_and_curve(accounts, balances, self.as_of.day)

    def hours(self, customer_id: str) -> ContactHours:
        """When the customer is best reached, from the last 180 days."""
        since = self.as_of.day - timedelta(days=LOOK_BACK_DAYS)
        rows = self._run("hours", lambda: slot_rows(self._tables, _SINCE), customer_id, since)
        return best_hours(local_traces(rows, self._tables.zone), self._window)

    def consents(self, customer_id: str) -> tuple[Consent, ...]:
        """The newest word on each purpose and channel, by purpose, then channel."""
        names = list(Consent.__dataclass_fields__)
        rows = self._run("consents", lambda: self._tables.consent.select(*names), customer_id)
        return tuple(sorted((Consent(**row) for row in rows), key=lambda c: (c.purpose, c.channel)))

    def timeline(
        self, customer_id: str, *, kinds: Sequence[Kind] = KINDS, since: date | None = None
    ) -> tuple[TimelineEntry, ...]:
        """What happened from `since` on, newest first; by default the last 400 days, never more."""
        first = self.as_of.day - timedelta(days=REACH_DAYS)
        chosen = tuple(kind for kind in KINDS if kind in kinds)
        if not chosen:
            return ()
        rows = self._run(
            chosen, lambda: timeline_rows(self._tables, _SINCE, chosen), customer_id, max(first, since or first)
        )
        return entries_of(rows, self._tables)

    def _features(self, customer_id: str, *, withheld: bool) -> Features | None:
        rows = self._stored(_FEATURES, customer_id)
        if not rows:
            return None
        kept = (name for name in FEATURE_NAMES if not withheld or FEATURES[name].purpose != "marketing")
        return {name: rows[0][name] for name in kept}

    def _exists(self, table: Table) -> bool:
        return self._lake.version(table) is not None

    def _stored(self, table: Table, customer_id: str) -> list[dict[str, Any]]:
        if not self._exists(table):
            return []

        def build() -> ir.Table:
            rows = self._rows(table)
            return rows.filter(rows.customer_id == self._customer).order_by(ibis.desc("as_of")).limit(200)

        found = self._run(table.name, build, customer_id)
        return [row for row in found if row["as_of"] == found[0]["as_of"]]

    @cached_property
    def _tables(self) -> BankTables:
        found = tables_of(self._rows, self._customer, parameter("accounts"), self.as_of, self._zone)
        # Small, the same for every customer, and named in each look-up: their newest versions are found once.
        keep = self._engine.materialise
        return replace(found, staff=keep(found.staff), product=keep(found.product))

    def _run(
        self, key: object, build: Callable[[], ir.Table], customer_id: str, since: date | None = None
    ) -> list[dict[str, Any]]:
        if key not in self._prepared:
            self._prepared[key] = self._engine.prepare(build())
        values: dict[str, str | list[str]] = {"customer": customer_id}
        if key != "accounts":
            values["accounts"] = [row["account_id"] for row in self._accounts(customer_id)]
        if since:
            values["since"] = since.isoformat()
        rows: list[dict[str, Any]] = self._prepared[key](**values).to_pylist()
        return rows

    def _accounts(self, customer_id: str) -> list[dict[str, Any]]:
        """The customer's accounts, read once for all queries about the same customer."""
        if self._last[0] != customer_id:
            self._last = customer_id, self._run("accounts", lambda: account_rows(self._tables), customer_id)
        return self._last[1]


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
