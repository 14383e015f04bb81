"""Drafts of offers' and campaigns' files in words: what they say, or the mistakes for which they say nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from liuke.act.campaigns.catalogue import parse_campaign
from liuke.act.offers.catalogue import parse_offer
from liuke.console import offer_words
from liuke.console.campaign_words import ArmWords, arms_of, facts_of
from liuke.console.figures import is_chinese
from liuke.console.labels import Text
from liuke.console.reading import lend
from liuke.console.reading.audience import Catalogue, catalogue
from liuke.console.reading.offer_shelf import product_of
from liuke.console.reading.text_bench import campaign_bench, carried_by, offer_bench
from liuke.console.rule_words import rule_tree
from liuke.console.showing import locale
from liuke.errors import Finding, YourMistake
from liuke.insight.rules.references import Resolved
from liuke.state.actions.change_offer_text import read_draft


@dataclass(frozen=True, slots=True)
class Said:
    """A draft in words, or the mistake for which there are none. unlawful: what compliance refuses. tree: for whom,
    None for everybody. arms: of a campaign. previews: an offer's texts. halts: campaigns that carry the offer, or are
    for the segment, and wait until they are approved again. hypothesis: of an experiment, which is for nobody in
    particular.
    """

    title: str = ""
    mistake: YourMistake | None = None
    unlawful: YourMistake | None = None
    facts: tuple[tuple[Text, str], ...] = ()
    tree: Any = None
    arms: tuple[ArmWords, ...] = ()
    previews: tuple[offer_words.Preview, ...] = ()
    halts: tuple[str, ...] = ()
    hypothesis: str = ""


def campaign_said(code: str, text: str) -> Said:
    """A campaign's draft in words."""
    try:
        made = parse_campaign(text, campaign_bench().shelf, code=code)
    except YourMistake as error:
        return Said(mistake=error)
    with lend() as reader:
        known = catalogue(reader)
    segment = known.segments.get(made.spec.segment or "")
    named = segment.title(locale()) if segment else made.spec.segment or ""
    return Said(
        title=f"{made.spec.name.zh} / {made.spec.name.en}",
        unlawful=_unlawful(made.refusals),
        facts=tuple(facts_of(made, named, made.spec.trigger or "")),
        tree=_tree(made.audience, known),
        arms=tuple(arms_of(made)),
    )


def offer_said(code: str, text: str) -> Said:
    """An offer's draft in words."""
    try:
        bench = offer_bench()
        made = parse_offer(text, bench.shelf.names, bench.shelf.wording, code=code)
        approved = read_draft(text, code, bench.shelf, bench.day)
    except YourMistake as error:
        return Said(mistake=error)
    with lend() as reader:
        known, product = catalogue(reader), product_of(reader, made)
    bank = settings.BANK.name.zh if is_chinese() else settings.BANK.name.en
    return Said(
        title=f"{made.spec.name.zh} / {made.spec.name.en}",
        unlawful=_unlawful(refusal.finding for refusal in approved.refusals),
        facts=tuple(offer_words.facts(made)),
        tree=_tree(made.audience, known),
        previews=tuple(offer_words.previews(made, product, bank)),
        halts=tuple(campaign.title(locale()) for campaign in carried_by(code)),
    )


def _unlawful(found: Iterable[Finding]) -> YourMistake | None:
    findings = tuple(found)
    return YourMistake(findings[0].said, findings=findings) if findings else None


def _tree(rule: Resolved | None, known: Catalogue) -> Any:
    return None if rule is None else rule_tree(rule, known.tags, known.segments, known.codes)
