"""What gates look at of offers: one row per offer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pyarrow as pa

from liuke.act.offers.catalogue import Offer

SHEET: Final = pa.schema(
    [
        ("offer_id", pa.string()), ("offer_version", pa.string()), ("carries_offer", pa.bool_()),
        ("wording_fact", pa.string()), ("price_fact", pa.string()), ("approval_fact", pa.string()),
        ("valid_from", pa.date32()), ("valid_to", pa.date32()),
    ]
)  # fmt: skip
"""*_fact: null when nothing is wrong; the code of the first thing that is, of wording; what the price looks at; the
state of approval."""


def offer_sheet(offers: Mapping[str, Offer]) -> pa.Table:
    """SHEET rows of the offers."""
    return pa.Table.from_pylist([_row(offer) for offer in offers.values()], schema=SHEET)


def asked_of(offers: Iterable[Offer]) -> tuple[tuple[str, str], ...]:
    """The pairs of purpose and channel that the offers' consents are about, sorted."""
    return tuple(sorted({(o.spec.purpose, c) for o in offers for c in o.spec.channels if o.spec.purpose}))


def _row(offer: Offer) -> dict[str, Any]:
    first = {gate: next((r.finding.said for r in offer.refusals if r.gate == gate), None) for gate in _GATES}
    price, approval = first["price"], first["approval"]
    return {
        "offer_id": offer.code,
        "offer_version": offer.version,
        "carries_offer": offer.spec.carries_offer,
        "wording_fact": first["wording"].code if first["wording"] else None,
        "price_fact": price.facts["name"] if price else None,
        "approval_fact": approval.facts["state"] if approval else None,
        "valid_from": offer.spec.valid.from_,
        "valid_to": offer.spec.valid.to,
    }


_GATES: Final = ("price", "wording", "approval")
