"""`offers/*.yaml` read, checked against tags, segments and each other. A mistake in a file stops the reading; what
compliance would refuse does not: such an offer is loaded with its findings and never proposed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

from liuke.act.offers.offer_file import INVESTMENT, MessageClass, OfferFile
from liuke.act.offers.price import seen_by_price
from liuke.act.offers.wording_policy import WordingPolicy, wrong_words
from liuke.errors import Finding, Place, Said, YourMistake, coded
from liuke.insight.amounts import Locale
from liuke.insight.content_hash import content_hash
from liuke.insight.rules.references import Names, Resolved, resolve_written
from liuke.yaml_file import code_of, line_of, load_yaml, parse_yaml

_PRICE, _WORDING, _APPROVAL = "price", "wording", "approval"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an offer is not proposed, as far as it lies in the offer itself. gate: price, wording or approval."""

    gate: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer. version: hash of what it says with all names resolved. audience: resolved. steps: the conditions of
    its benefit, resolved. refusals: what keeps it from being proposed on any day.
    """

    code: str
    spec: OfferFile
    version: str
    audience: Resolved
    steps: tuple[Resolved, ...]
    refusals: tuple[Refusal, ...]

    @property
    def message_class(self) -> MessageClass:
        """See OfferFile."""
        return self.spec.message_class

    def title(self, locale: Locale) -> str:
        """The offer's name in the language."""
        return self.spec.name.en if locale == "en" else self.spec.name.zh

    def proposable(self, day: date) -> bool:
        """Whether it may be proposed on the day, all customers aside."""
        return not self.refusals and self.spec.valid.from_ <= day <= self.spec.valid.to


def read_offers(folder: Path, names: Names, wording: WordingPolicy) -> Mapping[str, Offer]:
    """Every offer of `folder/*.yaml` by code, in order of file names; empty without the folder.

    names: the tags, segments and codes its audiences may refer to. Raises YourMistake naming file, line and key: an
    unknown key, placeholder, purpose, tag or segment, a service message that offers something, two approved offers of
    the same product and theme valid on the same day.
    """
    offers: dict[str, Offer] = {}
    texts: dict[str, tuple[str, str]] = {}
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text(encoding="utf-8-sig")
        code = code_of(path, "no_offer_code", "an offer's")
        texts[code] = (str(path), text)
        offers[code] = _offer(code, load_yaml(path, OfferFile), names, wording, str(path))
    _check_overlaps(offers, texts)
    return offers


def parse_offer(text: str, names: Names, wording: WordingPolicy, *, code: str = "draft") -> Offer:
    """An unsaved offer from its YAML text, checked as if it stood in `offers/<code>.yaml`, overlaps aside."""
    return _offer(code, parse_yaml(text, OfferFile, f"{code}.yaml"), names, wording, f"{code}.yaml", text)


def collide(first: Offer, second: Offer) -> bool:
    """Whether both may not be approved: the same product and theme on the same day."""
    same = (first.spec.product_id, first.spec.theme) == (second.spec.product_id, second.spec.theme)
    return same and first.spec.valid.overlaps(second.spec.valid)


def overlap_said(first: Offer, second: Offer) -> Said:
    """That they collide."""
    return coded(
        "offers_overlap", "{first} and {second} are both for {what} and valid on the same days",
        first=first.code, second=second.code, what=second.spec.product_id or second.spec.theme,
    )  # fmt: skip


def _offer(
    code: str, spec: OfferFile, names: Names, wording: WordingPolicy, file: str, text: str | None = None
) -> Offer:
    said = Path(file).read_text(encoding="utf-8-sig") if text is None else text
    audience = resolve_written(spec.audience, names, file, said, ("audience",))
    steps = tuple(
        resolve_written(step.when, names, file, said, ("benefit", "by", i, "when"))
        for i, step in enumerate(spec.benefit.by)
    )
    spelled = [re.sub(r"\s+", " ", repr(rule)) for rule in (audience, *steps)]
    return Offer(
        code=code,
        spec=spec,
        version=content_hash([spec.model_dump(mode="json", by_alias=True), spelled]),
        audience=audience,
        steps=steps,
        refusals=tuple(_refusals(spec, audience, steps, wording, said)),
    )


def _refusals(
    spec: OfferFile, audience: Resolved, steps: tuple[Resolved, ...], wording: WordingPolicy, text: str
) -> Iterator[Refusal]:
    def at(gate: str, said: Said, *keys: int | str) -> Refusal:
        return Refusal(gate, Finding(said, line_of(text, keys), ".".join(map(str, keys))))

    if spec.benefit.kind != "none":
        for name in seen_by_price((audience, *steps)):
            keys = ("audience",) if name in seen_by_price((audience,)) else ("benefit", "by")
            yield at(
                _PRICE, coded("price_by_score", "what a customer gets may not depend on '{name}'", name=name), *keys
            )
    investment = spec.category in INVESTMENT
    for channel, texts in spec.wording.items():
        for locale, told in (("zh", texts.zh), ("en", texts.en)):
            for said in wrong_words(told, channel, wording, investment=investment):
                yield at(_WORDING, said, "wording", channel, locale)
    if spec.approval.state != "approved":
        unapproved = coded("not_approved", "the offer is not approved: {state}", state=spec.approval.state)
        yield at(_APPROVAL, unapproved, "approval")


def _check_overlaps(offers: Mapping[str, Offer], texts: Mapping[str, tuple[str, str]]) -> None:
    approved = [o for o in offers.values() if o.spec.approval.state == "approved"]
    for first, second in combinations(approved, 2):
        if collide(first, second):
            file, text = texts[second.code]
            raise YourMistake(
                overlap_said(first, second),
                place=Place(file, line_of(text, ("valid",)), "valid"),
                expected=f"days outside {first.spec.valid.from_} … {first.spec.valid.to}, or another theme",
                then="mend the days of one of them, or withdraw it",
            )  # fmt: skip
