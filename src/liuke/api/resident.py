"""The day as answers need it, kept in memory: read once from the lake when a run has ended, then found by key.

A question costs a binary search in a few columns, no query. What customers refused is as known now,
everything else is as of the newest finished run.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Final

import ibis
import ibis.expr.types as ir
from django.conf import settings
from django.db import connections
from django.utils import timezone

from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.arbitrate.one import Market
from liuke.act.arbitrate.value import IDENTITY
from liuke.act.channels.catalogue import FILE, contact_channels, read_channels
from liuke.act.gates.facts import consent_facts
from liuke.act.gates.one_customer import READ
from liuke.act.offers.bank_offers import read_bank_offers
from liuke.act.offers.catalogue import Offer
from liuke.api.gates_now import GatesNow, known_since
from liuke.api.problem import Problem
from liuke.daily.shelving import shelve_day
from liuke.errors import YourMistake
from liuke.govern.access import Scope
from liuke.govern.api_key import ApiKey
from liuke.insight.facts import is_open_on
from liuke.insight.habits import ShortcutPolicy, read_shortcut_policy, shortcuts
from liuke.insight.keyed_rows import KeyedRows
from liuke.insight.known import BankTables, bank_tables
from liuke.insight.segments.catalogue import Segment, read_segments
from liuke.insight.tags.catalogue import Tag, read_tags
from liuke.state.api_keys import scope_of_key
from liuke.state.models import Run
from liuke.tables import CUSTOMER_SNAPSHOT, CUSTOMER_TAG, SEGMENT_MEMBER
from liuke.wiring import House, open_house

_log = logging.getLogger("liuke.api")
LOOK_EVERY: Final = 2.0
"""Seconds between looks whether there is something newer."""
PERSON: Final = ("customer_id", "name", "phone", "bank_tier", "branch_id", "staff_id", "opened_on")
Stamp = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """as_of: the data day. served_on: the day it was read for. All rows are unmasked; faces mask them.

    people: PERSON. tags, segments: codes. products: type, name, since, accounts. switches: days on which the customer
    refused personalisation, automated decisions, marketing. habits: of `insight.habits.shortcuts`. candidates: of
    `daily.shelving`. changed: customers of whom something became known after known_by, the moment of the morning's
    decisions. sending: the contract's channel of each sending channel.
    """

    as_of: date
    served_on: date
    people: KeyedRows
    tags: KeyedRows
    segments: KeyedRows
    products: KeyedRows
    switches: KeyedRows
    habits: KeyedRows
    candidates: KeyedRows
    market: Market
    levers: LeverPolicy
    salt: str
    gates: GatesNow
    changed: frozenset[str]
    sending: Mapping[str, str]
    offers: Mapping[str, Offer]
    known_by: datetime
    tag_catalogue: Mapping[str, Tag]
    segment_catalogue: Mapping[str, Segment]
    shortcut_policy: ShortcutPolicy
    scopes: dict[str, Scope] = field(default_factory=dict)

    def scope(self, key: ApiKey) -> Scope:
        """The rows the key may see, by the branch tree of the day."""
        found = self.scopes.get(key.key_id)
        if found is None:
            found = self.scopes[key.key_id] = scope_of_key(key)
        return found


def read_day(house: House, as_of: date, served_on: date) -> Day:
    """Everything from the lake, in an engine of its own that is gone afterwards."""
    tags, segments = _catalogues(house)
    bank = read_bank_offers(house.home)
    policy = read_shortcut_policy(house.policy("shortcuts"))
    with house.on("duckdb").engine() as engine:
        tables = bank_tables(house.lake, engine, house.as_of(as_of), house.zone)
        newest = bank_tables(house.lake, engine, house.as_of(max(as_of, served_on)), house.zone)
        known_by = tables.as_of.known_by

        def kept(rows: ir.Table, *then: str) -> KeyedRows:
            return KeyedRows(engine.arrow(rows.order_by(["customer_id", *then])), "customer_id")

        members = house.lake.scan(engine, SEGMENT_MEMBER)
        shelf = shelve_day(house, engine, tables, bank)
        return Day(
            as_of=as_of,
            served_on=served_on,
            people=kept(house.lake.scan(engine, CUSTOMER_SNAPSHOT).select(*PERSON)),
            tags=kept(house.lake.scan(engine, CUSTOMER_TAG).select("customer_id", code="tag"), "code"),
            segments=kept(
                members.filter(members.as_of == ibis.literal(as_of)).select("customer_id", code="segment"), "code"
            ),
            products=kept(_products(tables), "since", "type", "name"),
            switches=kept(consent_facts(newest, (("marketing", "all"),))),
            habits=kept(engine.materialise(shortcuts(tables, policy, served_on)), "place"),
            candidates=kept(shelf.rows, *IDENTITY),
            market=shelf.market,
            levers=shelf.levers,
            salt=shelf.salt,
            gates=GatesNow(house, served_on, max(timezone.now(), known_by), bank),
            changed=known_since(house, engine, known_by),
            sending=_sending(house),
            offers=bank.offers,
            known_by=known_by,
            tag_catalogue=tags,
            segment_catalogue=segments,
            shortcut_policy=policy,
        )


def _sending(house: House) -> dict[str, str]:
    return contact_channels(read_channels(house.home)) if (house.home / FILE).is_file() else {}


def _products(tables: BankTables) -> ir.Table:
    """Open accounts by type and product: type, name (null without a product), since, accounts."""
    held = tables.account.filter(is_open_on(tables.account, tables.as_of.day))
    named = held.left_join(tables.product.select("product_id", name="name"), "product_id")
    grouped = named.group_by("customer_id", type=named.account_type, name=named["name"])
    return grouped.aggregate(since=named.opened_on.min(), accounts=named.count())


def _catalogues(house: House) -> tuple[Mapping[str, Tag], Mapping[str, Segment]]:
    """Empty while a file of theirs is being mended: a code without an entry is not told."""
    try:
        tags = read_tags(house.home / "tags")
        return tags, read_segments(house.home / "segments", tags)
    except YourMistake as error:
        _log.warning("tags and segments are not told: %s", error.what)
        return {}, {}


class Keeper:
    """Holds the newest day. Whoever comes first waits for it; later ones are made beside, and swapped in when whole."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._lock = threading.Lock()
        self._day: Day | None = None
        self._before: Day | None = None
        self._stamp: Stamp = ()
        self._looked = 0.0

    def today(self) -> Day:
        """The newest day; Problem while no run has ended."""
        if self._day is None:
            with self._lock:
                self._look()
            if self._day is None:
                raise Problem("no_data")
        elif time.monotonic() - self._looked > LOOK_EVERY and self._lock.acquire(blocking=False):
            self._looked = time.monotonic()
            threading.Thread(target=self._look_beside, name="liuke-api-day", daemon=True).start()
        return self._day

    def _look_beside(self) -> None:
        try:
            self._look()
        finally:
            connections.close_all()
            self._lock.release()

    def _look(self) -> None:
        """Reads the day when something is newer than what is held."""
        as_of = Run.objects.filter(status="done").order_by("-as_of").values_list("as_of", flat=True).first()
        finished = Run.objects.filter(status="done").order_by("-finished_at").values_list("finished_at", flat=True)
        served_on = timezone.localdate()
        versions = tuple(self.house.lake.version(table) for table in READ)
        stamp = (as_of, finished.first(), served_on, versions, _written(self.house))
        if as_of is not None and stamp != self._stamp:
            before, self._day = self._day, read_day(self.house, as_of, served_on)
            self._stamp = stamp
            if self._before is not None:
                self._before.gates.close()  # whoever began with it has long ended
            self._before = before
        self._looked = time.monotonic()


def _written(house: House) -> tuple[int, int]:
    """How many files say what is offered and how it is weighed, and when the newest was written."""
    folders = ("offers", "policies", "tags", "segments")
    times = [path.stat().st_mtime_ns for folder in folders for path in (house.home / folder).glob("*.yaml")]
    return len(times), max(times, default=0)


def keeper() -> Keeper:
    """That of the bank home this process serves."""
    return _keeper_of(settings.HOME)


@cache
def _keeper_of(home: Path | None) -> Keeper:
    return Keeper(open_house(home))
