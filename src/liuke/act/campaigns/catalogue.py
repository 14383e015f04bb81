"""`campaigns/*.yaml` read, checked against segments, offers and trigger rules. A mistake in a file stops that campaign
and no other; what compliance would refuse does not even that: such a campaign is read with its findings and never
enters anybody.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from liuke.act.campaigns.campaign_file import SENT, Arm, CampaignFile
from liuke.act.campaigns.fillable import OF_SOME, fillable
from liuke.act.offers.catalogue import Offer
from liuke.act.offers.offer_file import Channel, MessageClass, Texts
from liuke.act.offers.placeholders import holes
from liuke.act.offers.price import seen_by_price
from liuke.act.offers.wording_policy import WordingPolicy, wrong_words
from liuke.errors import Finding, Place, Said, YourMistake, coded, guess
from liuke.insight.amounts import Locale
from liuke.insight.content_hash import content_hash
from liuke.insight.rules.references import Every, Names, Resolved, resolve_written
from liuke.insight.rules.tree import SegmentTest
from liuke.yaml_file import line_of, parse_yaml, read_each

FOLDER: Final = "campaigns"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What campaigns may refer to. triggers: codes of the bank's trigger rules."""

    names: Names
    offers: Mapping[str, Offer]
    triggers: Collection[str]
    wording: WordingPolicy


@dataclass(frozen=True, slots=True)
class CampaignArm:
    """One arm with its offer, if it has one. low, high: whose arm draw lies between (low included) go here."""

    code: str
    spec: Arm
    offer: Offer | None
    low: float
    high: float

    @property
    def channel(self) -> Channel:
        """Over which it reaches the customer."""
        return self.spec.channel

    @property
    def is_sent(self) -> bool:
        """A message of the outbox; else a work order."""
        return self.channel in SENT

    @property
    def message_class(self) -> MessageClass:
        """See OfferFile."""
        return self.offer.message_class if self.offer else self.spec.message_class or "marketing"

    @property
    def purpose(self) -> str | None:
        """Of the consent it needs."""
        return self.offer.spec.purpose if self.offer else self.spec.purpose

    @property
    def texts(self) -> Texts:
        """What is said, in both languages."""
        own = self.spec.wording
        return own if own or not self.offer else self.offer.spec.wording[self.channel]  # type: ignore[return-value]

    @property
    def asks_for(self) -> tuple[str, ...]:
        """Facts that a customer must have for the arm's message (fillable.OF_SOME); none for a work order."""
        if not self.is_sent:
            return ()
        named = {*holes(self.texts.zh), *holes(self.texts.en)}
        return tuple(name for name in OF_SOME if name in named)

    @property
    def cost_cents(self) -> int:
        """Of one customer, in hundredths: the message or call and, at most, what is offered."""
        benefit = Decimal(str(self.offer.spec.benefit.cost)) if self.offer else Decimal(0)
        return int(((self.spec.price + benefit) * 100).to_integral_value())


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign. version: hash of what it says with all names resolved, its offers included: what was approved.
    audience: resolved, the segment of on_segment_entry within; None: everybody. refusals: what keeps it from working.
    """

    code: str
    spec: CampaignFile
    version: str
    audience: Resolved | None
    arms: tuple[CampaignArm, ...]
    refusals: tuple[Finding, ...]

    @property
    def experiment(self) -> str:
        """The experiment in which its effect is measured."""
        return experiment_of(self.code)

    @property
    def dearest_cents(self) -> int:
        """Of one customer in the dearest arm; decisions of an arm that is gone count with it."""
        return max(arm.cost_cents for arm in self.arms)

    def title(self, locale: Locale) -> str:
        """The campaign's name in the language."""
        return self.spec.name.en if locale == "en" else self.spec.name.zh


def experiment_of(code: str) -> str:
    """The experiment of the campaign with that code."""
    return f"campaign_{code}"


def treatment_of(code: str, arm: str) -> str:
    """What decisions call the arm."""
    return f"{code}.{arm}"


@dataclass(frozen=True, slots=True)
class ReadCampaigns:
    """campaigns: by code, in order of file names. mistakes: of the files that cannot be read, by their names."""

    campaigns: Mapping[str, Campaign]
    mistakes: Mapping[str, YourMistake]


def read_campaigns(folder: Path, shelf: Shelf) -> ReadCampaigns:
    """Every campaign of `folder/*.yaml`; none without the folder.

    A mistake names file, line and key: an unknown key, segment, offer, trigger rule or placeholder, a campaign without
    hold-out and without a reason. The other files are read all the same.
    """

    def read(code: str, text: str, file: Path) -> Campaign:
        return parse_campaign(text, shelf, code=code, file=file)

    return ReadCampaigns(*read_each(folder, "no_campaign_code", "a campaign's", read))


def parse_campaign(text: str, shelf: Shelf, *, code: str = "draft", file: Path | None = None) -> Campaign:
    """A campaign from its YAML text, checked as if it stood in `campaigns/<code>.yaml`, or in `file`."""
    name = str(file or f"{code}.yaml")
    spec = parse_yaml(text, CampaignFile, name)
    audience = _audience(spec, shelf, name, text)
    if spec.trigger is not None and spec.trigger not in shelf.triggers:
        wrong = coded("no_trigger", "no trigger rule is called '{name}'; {hint}", name=spec.trigger,
                      **guess(spec.trigger, shelf.triggers))  # fmt: skip
        raise YourMistake(wrong, place=Place(name, line_of(text, ("trigger",)), "trigger"), then="mend the name")
    arms = tuple(_arms(spec, shelf, name, text))
    spelled = re.sub(r"\s+", " ", repr(audience))
    offers = [arm.offer.version if arm.offer else None for arm in arms]
    return Campaign(
        code=code,
        spec=spec,
        version=content_hash([spec.model_dump(mode="json", by_alias=True, exclude_none=True), spelled, offers]),
        audience=audience,
        arms=arms,
        refusals=tuple(_refusals(audience, arms, shelf.wording, text)),
    )


def _audience(spec: CampaignFile, shelf: Shelf, file: str, text: str) -> Resolved | None:
    parts: list[Resolved] = []
    if spec.segment is not None:
        came_into = SegmentTest(segment=spec.segment)
        parts.append(resolve_written(came_into, shelf.names, file, text, ("segment",)))
    if spec.audience is not None:
        parts.append(resolve_written(spec.audience, shelf.names, file, text, ("audience",)))
    return Every(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


def _arms(spec: CampaignFile, shelf: Shelf, file: str, text: str) -> Iterator[CampaignArm]:
    whole, low = sum(arm.weight for arm in spec.arms.values()), 0
    for code, arm in spec.arms.items():
        offer = shelf.offers.get(arm.offer) if arm.offer else None
        keys = ("arms", code, "offer" if arm.offer else "wording")
        wrong = _wrong_offer(arm, offer, shelf)
        high = low + arm.weight
        made = CampaignArm(code, arm, offer, low / whole, high / whole)
        wrong = wrong or _unfillable(made)
        if wrong:
            raise YourMistake(wrong, place=Place(file, line_of(text, keys), ".".join(keys)), then="mend the file")
        yield made
        low = high


def _wrong_offer(arm: Arm, offer: Offer | None, shelf: Shelf) -> Said | None:
    if arm.offer and offer is None:
        return coded("no_offer", "no offer is called '{name}'; {hint}", name=arm.offer,
                     **guess(arm.offer, shelf.offers))  # fmt: skip
    if offer and arm.channel not in offer.spec.channels:
        return coded("offer_not_there", "the offer {offer} does not go over {channel}; it has {known}",
                     offer=offer.code, channel=arm.channel, known=", ".join(offer.spec.channels))  # fmt: skip
    return None


def _unfillable(arm: CampaignArm) -> Said | None:
    if not arm.is_sent:
        return None
    known = fillable(arm.offer)
    missing = [hole for told in (arm.texts.zh, arm.texts.en) for hole in holes(told) if hole not in known]
    if not missing:
        return None
    return coded("unfillable", "a message of a campaign cannot fill '{name}'; it has {known}", name=missing[0],
                 known=", ".join(sorted(known)))  # fmt: skip


def _refusals(
    audience: Resolved | None, arms: tuple[CampaignArm, ...], wording: WordingPolicy, text: str
) -> Iterator[Finding]:
    def at(said: Said, *keys: str) -> Finding:
        return Finding(said, line_of(text, keys), ".".join(keys))

    gives = any(arm.offer and arm.offer.spec.benefit.kind != "none" for arm in arms)
    for name in seen_by_price((audience,)) if gives and audience is not None else ():
        seen = coded("price_by_score", "what a customer gets may not depend on '{name}'", name=name)
        yield at(seen, "audience")
    for arm in arms:
        if arm.offer:
            for refusal in arm.offer.refusals:
                yield at(refusal.finding.said, "arms", arm.code, "offer")
        else:
            for locale, told in (("zh", arm.texts.zh), ("en", arm.texts.en)):
                for said in wrong_words(told, arm.channel, wording, investment=False):
                    yield at(said, "arms", arm.code, "wording", locale)
