"""Everything a bank home says about offers, read together."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from liuke.act.offers.catalogue import Offer, parse_offer, read_offers
from liuke.act.offers.offer_policy import OfferRule, read_offer_policy
from liuke.act.offers.wording_policy import WordingPolicy, read_wording_policy
from liuke.errors import YourMistake
from liuke.insight.content_hash import content_hash
from liuke.insight.rules.codes import bank_codes
from liuke.insight.rules.references import Names
from liuke.insight.segments.catalogue import read_segments
from liuke.insight.tags.catalogue import names_of, read_tags
from liuke.yaml_file import text_of


@dataclass(frozen=True, slots=True)
class BankOffers:
    """offers: by code, also those never proposed. rules: of policies/offers.yaml, eligibility first."""

    offers: Mapping[str, Offer]
    rules: tuple[OfferRule, ...]

    @property
    def version(self) -> str:
        """Equal exactly when offers and rules are."""
        return content_hash([[o.code, o.version] for o in self.offers.values()] + [repr(r.rule) for r in self.rules])

    def proposable(self, day: date) -> dict[str, Offer]:
        """Those that may be proposed on the day."""
        return {code: offer for code, offer in self.offers.items() if offer.proposable(day)}


def read_bank_offers(home: Path) -> BankOffers:
    """The offers and rules of the bank home; YourMistake with file, line and key where one is wrong."""
    names = bank_names(home)
    offers = read_offers(home / "offers", names, read_wording_policy(_policy(home, "wording")))
    return BankOffers(offers, read_offer_policy(_policy(home, "offers"), names, offers))


@dataclass(frozen=True, slots=True)
class OfferShelf:
    """What a draft of an offer is read against: names it may refer to, forbidden words, the offers there are."""

    names: Names
    wording: WordingPolicy
    offers: Mapping[str, Offer]


def read_offer_shelf(home: Path) -> OfferShelf:
    """The shelf of the bank home; an offer that cannot be read is not on it, so that it can be mended beside others.

    Raises YourMistake where a segment, a tag or the policy of wording is wrong.
    """
    names, wording = bank_names(home), read_wording_policy(_policy(home, "wording"))
    offers: dict[str, Offer] = {}
    for path in sorted((home / "offers").glob("*.yaml")):
        with suppress(YourMistake):
            offers[path.stem] = parse_offer(text_of(path), names, wording, code=path.stem)
    return OfferShelf(names, wording, offers)


def bank_names(home: Path) -> Names:
    """The tags, segments and codes that rules of the bank home may refer to."""
    codes = bank_codes(lambda name: _policy(home, name))
    tags = read_tags(home / "tags", codes)
    segments = read_segments(home / "segments", tags, codes)
    return Names(names_of(tags), {code: s.spec.rule for code, s in segments.items()}, codes)


def _policy(home: Path, name: str) -> Path:
    return home / "policies" / f"{name}.yaml"
