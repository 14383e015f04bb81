"""A wording with its facts: what is known stands in it, what is not is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from liuke.act.offers.catalogue import Offer
from liuke.insight.amounts import Locale

_PART: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text. hole: the placeholder it stands for, '' for what was written. text: '' where the fact is
    missing.
    """

    text: str
    hole: str = ""

    @property
    def missing(self) -> bool:
        """Whether the fact is not known."""
        return bool(self.hole) and not self.text


def pieces(wording: str, facts: Mapping[str, str]) -> tuple[Piece, ...]:
    """The wording cut at its placeholders, each with its fact. Braces in a fact stay braces.

    >>> [piece.text or piece.hole for piece in pieces("{customer_name}您好,{valid_to}前", {"customer_name": "张女士"})]
    ['张女士', '您好,', 'valid_to', '前']
    """
    cut = _PART.split(wording)
    made = (Piece(facts.get(part, ""), part) if at % 2 else Piece(part) for at, part in enumerate(cut))
    return tuple(piece for piece in made if piece.text or piece.hole)


def offer_facts(offer: Offer, product: Mapping[str, Any] | None, locale: Locale) -> dict[str, str]:
    """What the offer itself and the bank's product table say. product: its row of PRODUCT, None without one.

    A benefit that goes by conditions has no one amount, so none is told.
    """
    spec = offer.spec
    benefit, row = spec.benefit, product or {}
    amount = benefit.amount if not benefit.by else None
    facts = {
        "product_name": row.get("name"),
        "term_days": row.get("term_days"),
        "annual_rate": None if row.get("annual_rate") is None else f"{row['annual_rate']:.2%}",
        "risk_level": f"R{spec.risk}" if spec.risk else row.get("risk_level"),
        "benefit_amount": None if amount is None else f"{amount:g}",
        "valid_to": day_text(spec.valid.to, locale),
    }
    return {name: str(value) for name, value in facts.items() if value is not None}


def day_text(day: date, locale: Locale) -> str:
    """A day as messages say it.

    >>> day_text(date(2026, 7, 3), "zh-hans"), day_text(date(2026, 7, 3), "en")
    ('2026年7月3日', '2026-07-03')
    """
    return day.isoformat() if locale == "en" else f"{day.year}年{day.month}月{day.day}日"
