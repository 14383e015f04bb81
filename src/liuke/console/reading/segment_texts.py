"""What pages about changing segments' files read: what drafts are read against, how many they have, what they halt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from liuke.act.campaigns.catalogue import Campaign
from liuke.console.reading.audience import catalogue, rule_data_of
from liuke.console.reading.campaigns import shelf
from liuke.console.reading.lending import Reader, house
from liuke.insight.rules.codes import bank_codes
from liuke.insight.segments.catalogue import Segment, names_segment, readable_names
from liuke.insight.segments.preview import count_members
from liuke.insight.tags.catalogue import read_tags
from liuke.settings import Name
from liuke.state.actions.change_segment_text import SegmentBench

_LONGEST = 50


@dataclass(frozen=True, slots=True)
class Sized:
    """Customers of the whole bank who meet a draft on the day of the last run; before: who meet the file as it is, None
    where there is none yet or it cannot be asked.
    """

    day: date
    members: int
    customers: int
    before: int | None

    @property
    def share(self) -> float | None:
        """Of all customers; None without any."""
        return self.members / self.customers if self.customers else None


def segment_bench() -> SegmentBench:
    """Where segments are changed, as the bank's files stand now."""
    home = house().home
    codes = bank_codes(lambda name: home / "policies" / f"{name}.yaml")
    return SegmentBench(home, readable_names(home / "segments", read_tags(home / "tags", codes), codes))


def sized(reader: Reader, made: Segment) -> Sized | None:
    """Of the draft; None before the first run. Raises YourMistake when it cannot be asked."""
    data = rule_data_of(reader, made)
    if data is None:
        return None
    before, now = None, catalogue(reader).segments.get(made.code)
    if now is not None and now.version != made.version:
        asked = rule_data_of(reader, now)
        before = count_members(reader.engine, now.rule, asked) if asked else None
    return Sized(data.day, count_members(reader.engine, made.rule, data), reader.engine.count(data.people), before)


def halted_by(segment: str) -> list[Campaign]:
    """Campaigns for customers of the segment, or with an offer for these."""
    return [campaign for campaign in shelf().campaigns.values() if _says(campaign, segment)]


def _says(campaign: Campaign, segment: str) -> bool:
    offers = [arm.offer for arm in campaign.arms if arm.offer is not None]
    asked = [campaign.audience, *(rule for offer in offers for rule in (offer.audience, *offer.steps))]
    return any(names_segment(rule, segment) for rule in asked if rule is not None)


def code_for(name: Name | None) -> str:
    """A code for a segment of that name that no file has; '' where its English name gives none."""
    slug = re.sub(r"[^a-z0-9]+", "_", name.en.lower()).strip("_")[:_LONGEST].strip("_") if name else ""
    if not slug or not slug[0].isalpha():
        return ""
    taken = {path.stem for path in (house().home / "segments").glob("*.yaml")}
    numbered = (f"{slug}_{n}" if n > 1 else slug for n in range(1, len(taken) + 2))
    return next(code for code in numbered if code not in taken)
