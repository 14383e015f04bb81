"""The day as answers need it: read once from the lake when a run has ended, kept as columns, found by customer.

What customers refused is as known now, everything else is as of the newest finished run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

import ibis
import ibis.expr.types as ir
from django.utils import timezone

from liuke.act.arbitrate.lever_policy import LeverPolicy
from liuke.act.arbitrate.one import Market
from liuke.act.arbitrate.value import IDENTITY
from liuke.act.channels.catalogue import FILE, contact_channels, read_channels
from liuke.act.gates.facts import consent_facts
from liuke.act.offers.bank_offers import read_bank_offers
from liuke.act.offers.catalogue import Offer
from liuke.api.gates_now import GatesNow, News, known_since
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
from liuke.tables import CUSTOMER_SNAPSHOT, CUSTOMER_TAG, SEGMENT_MEMBER
from liuke.wiring import House

_log = logging.getLogger("liuke.api")
PERSON: Final = ("customer_id", "name", "phone", "bank_tier", "branch_id", "staff_id", "opened_on")
_SWITCHES: Final = (("marketing", "all"),)


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
        candidates, changed = kept(shelf.rows, *IDENTITY), known_since(house, engine, known_by)
        return Day(
            as_of=as_of,
            served_on=served_on,
            people=kept(house.lake.scan(engine, CUSTOMER_SNAPSHOT).select(*PERSON)),
            tags=kept(house.lake.scan(engine, CUSTOMER_TAG).select("customer_id", code="tag"), "code"),
            segments=kept(
                members.filter(members.as_of == ibis.literal(as_of)).select("customer_id", code="segment"), "code"
            ),
            products=kept(_products(tables), "since", "type", "name"),
            switches=kept(consent_facts(newest, _SWITCHES)),
            habits=kept(engine.materialise(shortcuts(tables, policy, served_on)), "place"),
            candidates=candidates,
            market=shelf.market,
            levers=shelf.levers,
            salt=shelf.salt,
            gates=_gates(house, served_on, known_by, bank.offers, [(candidates.of(who), ()) for who in changed]),
            changed=changed,
            sending=_sending(house),
            offers=bank.offers,
            known_by=known_by,
            tag_catalogue=tags,
            segment_catalogue=segments,
            shortcut_policy=policy,
        )


def with_refusals(old: Day, house: House, served_on: date) -> Day:
    """The same day with what customers refused, and gates, as known now: where a file of the bank is being mended, a
    refusal holds all the same.
    """
    with house.on("duckdb").engine() as engine:
        newest = bank_tables(house.lake, engine, house.as_of(max(old.as_of, served_on)), house.zone)
        switches = engine.arrow(consent_facts(newest, _SWITCHES).order_by("customer_id"))
        changed = known_since(house, engine, old.known_by)
        gates = _gates(house, served_on, old.known_by, old.offers, [(old.candidates.of(who), ()) for who in changed])
        return replace(old, switches=KeyedRows(switches, "customer_id"), gates=gates, changed=changed)


def _gates(
    house: House,
    served_on: date,
    known_by: datetime,
    offers: Mapping[str, Offer],
    changed: Iterable[News],
) -> GatesNow:
    """changed: the candidates of each customer of whom the lake has news."""
    now = max(timezone.now(), known_by)
    made = GatesNow(house, served_on, now, offers)
    made.ask_ahead(changed, now)
    return made


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
