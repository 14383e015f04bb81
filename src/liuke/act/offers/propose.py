"""Who might be offered what today: audiences and rules asked of everybody, as candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from liuke.act.candidate import CANDIDATE
from liuke.act.offers.bank_offers import BankOffers
from liuke.act.offers.catalogue import Offer
from liuke.act.offers.offer_policy import OfferRule
from liuke.engine import Engine
from liuke.insight.rules.compile import lacking
from liuke.insight.rules.data import RuleData
from liuke.insight.segments.day import answers

_STOCK = pa.schema(
    [("offer_id", pa.string()), ("channel", pa.string()), ("theme", pa.string()), ("message_class", pa.string()),
     ("purpose", pa.string()), ("offered_risk", pa.int64())]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposed:
    """rows: CANDIDATE rows, lazy over what was materialised. lacking: offers that could not be asked for want of a
    feature or table, with what they lack.
    """

    rows: ir.Table
    lacking: Mapping[str, tuple[str, ...]]


def propose(engine: Engine, bank: BankOffers, data: RuleData, product_risk: Mapping[str, int], day: date) -> Proposed:
    """A candidate for each customer of an offer's audience and each channel of the offer.

    product_risk: 1..5 by product, as the bank's product table says; the highest of it and the offer's own counts. day:
    of the contact. An offer about which a rule cannot be asked is not proposed either.
    """
    offers = bank.proposable(day)
    asked = {f"offer_{code}": o.audience for code, o in offers.items()}
    asked |= {f"rule_{r.code}": r.rule for r in bank.rules}
    lacks = {name: missing for name, rule in asked.items() if (missing := lacking(rule, data))}
    unable = _unable(offers, bank.rules, lacks)
    offers = {code: offer for code, offer in offers.items() if code not in unable}
    rules = [r for r in bank.rules if f"rule_{r.code}" not in lacks]
    if not offers:
        return Proposed(engine.from_arrow(CANDIDATE.empty_table()), unable)
    wanted = {n: r for n, r in asked.items() if n not in lacks and n.removeprefix("offer_") not in unable}
    found = answers(engine, wanted, data)
    stock = engine.from_arrow(pa.Table.from_pylist(_stock(offers, product_risk), schema=_STOCK))
    return Proposed(_candidates(found, stock, rules), unable)


def _candidates(found: ir.Table, stock: ir.Table, rules: list[OfferRule]) -> ir.Table:
    flags = [name for name in found.columns if name.startswith("offer_")]
    long = found.pivot_longer(flags, names_to="asked", values_to="meant")
    meant = long.filter(long.meant).mutate(offer_id=long.asked.substr(len("offer_")))
    rows = meant.inner_join(stock, "offer_id")
    return rows.select(
        "customer_id",
        treatment=rows.offer_id,
        source=ibis.literal("offer"),
        source_id=rows.offer_id,
        theme=rows.theme,
        message_class=rows.message_class,
        purpose=rows.purpose,
        channel=rows.channel,
        offer_id=rows.offer_id,
        offered_risk=rows.offered_risk,
        **rules_met(rows, rules),
    )


def rules_met(rows: ir.Table, rules: Sequence[OfferRule]) -> dict[str, ir.Value]:
    """eligible, applicable and unmet of candidates (offer_id null where they carry none), by the rules about offers.

    rows: with a boolean `rule_CODE` for each rule.
    """
    about = [
        (r, rows.offer_id.isin(list(r.offers)).fill_null(False) & ~rows[f"rule_{r.code}"]) for r in rules if r.offers
    ]
    none = ibis.null("string")
    hard = [when for r, when in about if r.spec.kind == "eligibility"]
    soft = [when for r, when in about if r.spec.kind == "applicability"]
    return {
        "eligible": ~ibis.or_(*hard) if hard else ibis.literal(True),
        "applicable": ~ibis.or_(*soft) if soft else ibis.literal(True),
        "unmet": ibis.cases(*((when, r.code) for r, when in about), else_=none) if about else none,
    }


def _unable(
    offers: Mapping[str, Offer], rules: tuple[OfferRule, ...], lacks: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Offers whose own audience, or a rule about them, lacks something."""
    found: dict[str, tuple[str, ...]] = {}
    for code in offers:
        about = [f"offer_{code}", *(f"rule_{r.code}" for r in rules if code in r.offers)]
        missing = sorted({what for name in about for what in lacks.get(name, ())})
        if missing:
            found[code] = tuple(missing)
    return found


def _stock(offers: Mapping[str, Offer], product_risk: Mapping[str, int]) -> list[dict[str, object]]:
    return [
        {
            "offer_id": offer.code, "channel": channel, "theme": offer.spec.theme, "purpose": offer.spec.purpose,
            "message_class": offer.message_class, "offered_risk": offered_risk(offer, product_risk),
        }
        for offer in offers.values()
        for channel in offer.spec.channels
    ]  # fmt: skip


def offered_risk(offer: Offer, product_risk: Mapping[str, int]) -> int | None:
    """1..5, the highest of what the offer and the bank's product table say; None for what has no risk level."""
    levels = (offer.spec.risk, product_risk.get(offer.spec.product_id or ""))
    return max((level for level in levels if level is not None), default=None)
