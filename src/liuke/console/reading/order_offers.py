"""What an RM may offer in the talk about an order, in words that may be said, and what may not be offered and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from liuke.act.offers.catalogue import Offer
from liuke.act.offers.filling import Piece, offer_facts, pieces
from liuke.act.offers.placeholders import PLACEHOLDERS
from liuke.console import labels
from liuke.console.fate_words import fate_names, gate_words
from liuke.console.labels import Text
from liuke.console.reading.fates import customer_fates, fate_days
from liuke.console.reading.lending import Reader
from liuke.console.reading.offer_shelf import bank_offers
from liuke.console.showing import locale
from liuke.errors import YourMistake

ALLOWED: Final = frozenset({"passed", "chosen", "capacity"})
"""Fates of what nothing stops: whether or not it had an order of its own."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """An offer that may be made. said: its wording in pieces, each with whether it only names a fact that is missing.
    lacking: those facts.
    """

    code: str
    title: str
    channel: Text | None
    said: tuple[tuple[str, bool], ...]
    risk: int | None
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stopped:
    """An offer that may not be made now. label: what became of it; why: the rule, '' where the label says all."""

    title: str
    label: Text
    why: str


@dataclass(frozen=True, slots=True)
class OrderOffers:
    """day: whose candidates these are, None before any run left some. unread: the offers' files cannot be read now."""

    day: date | None
    allowed: tuple[Allowed, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    unread: bool = False


def order_offers(reader: Reader, customer_id: str, facts: Mapping[str, str]) -> OrderOffers:
    """The newest day's offers of the customer over the desk's channels. facts: of person, desk and bank by placeholder.

    An offer whose file is not there any more, or may not be proposed today, is left out.
    """
    days = fate_days(reader)
    if not days:
        return OrderOffers(None)
    rows = [
        r
        for r in customer_fates(reader, customer_id, days[0])
        if r["offer_id"] and r["channel"] in labels.DESK_CHANNELS
    ]
    try:
        offers = bank_offers().proposable(days[0])
    except YourMistake:
        return OrderOffers(days[0], unread=True)
    known = _by_offer(row for row in rows if row["offer_id"] in offers)
    open_ = {code: mine for code, mine in known.items() if any(row["fate"] in ALLOWED for row in mine)}
    products = _products(reader, days[0], [offers[code] for code in open_])
    allowed = (_allowed(offers[code], mine, products, facts) for code, mine in open_.items())
    stopped = (_stopped(offers[code], mine[0]) for code, mine in known.items() if code not in open_)
    return OrderOffers(days[0], tuple(allowed), tuple(stopped))


def _by_offer(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["offer_id"], []).append(row)
    return found


def _products(reader: Reader, day: date, offers: Iterable[Offer]) -> dict[str, dict[str, Any]]:
    wanted = sorted({offer.spec.product_id for offer in offers if offer.spec.product_id})
    if not wanted:
        return {}
    rows = reader.tables(day).product
    found = reader.engine.arrow(rows.filter(rows.product_id.isin(wanted))).to_pylist()
    return {row["product_id"]: row for row in found}


def _allowed(
    offer: Offer, rows: Iterable[Mapping[str, Any]], products: Mapping[str, Mapping[str, Any]], facts: Mapping[str, str]
) -> Allowed:
    channel = min((row["channel"] for row in rows if row["fate"] in ALLOWED), key=labels.DESK_CHANNELS.index)
    texts = offer.spec.wording[channel]
    own = offer_facts(offer, products.get(offer.spec.product_id or ""), locale())
    said = pieces(texts.en if locale() == "en" else texts.zh, {**own, **facts})
    told = tuple((_name(piece) if piece.missing else piece.text, piece.missing) for piece in said)
    lacking = tuple(dict.fromkeys(text for text, missing in told if missing))
    return Allowed(offer.code, offer.title(locale()), labels.CHANNELS[channel], told, offer.spec.risk, lacking)


def _name(piece: Piece) -> str:
    return PLACEHOLDERS[piece.hole][locale() == "en"]


def _stopped(offer: Offer, row: Mapping[str, Any]) -> Stopped:
    why = gate_words(row) if row["gate"] else ""
    return Stopped(offer.title(locale()), fate_names(draws=False).get(row["fate"], row["fate"]), why)
