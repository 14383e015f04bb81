"""What a draft of an offer or a campaign would do on the last data day, and how it is proposed with that."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest

from liuke.act.campaigns.bank_campaigns import BankCampaigns
from liuke.act.campaigns.catalogue import parse_campaign
from liuke.act.campaigns.preview import Previewed
from liuke.act.campaigns.trial import offer_trials
from liuke.act.gates.chain import CHAIN
from liuke.act.gates.sentences import gate_name
from liuke.act.offers.bank_offers import BankOffers
from liuke.console import labels
from liuke.console.posted import words
from liuke.console.reading import data_date, house, lend
from liuke.console.reading.campaigns import preview_of
from liuke.console.reading.offer_shelf import bank_offers
from liuke.console.reading.text_bench import campaign_bench, offer_bench
from liuke.console.showing import locale
from liuke.daily.campaign_preview import as_json, preview_campaigns
from liuke.errors import YourMistake, coded
from liuke.state.actions.change_campaign import Proposal, check_lawful
from liuke.state.actions.change_campaign_text import propose_campaign_text
from liuke.state.actions.change_offer_text import propose_offer_text, read_draft
from liuke.state.actions.change_order import Who
from liuke.state.models import TextChange


def tried_campaign(code: str, text: str) -> Mapping[str, Any]:
    """For `campaign_preview.html`."""
    seen = _seen(code, text)
    return {**preview_words(), "seen": seen, "cost": Decimal(seen.cents) / 100}


def tried_offer(code: str, text: str) -> Mapping[str, Any]:
    """Whom the offer may reach over each of its channels, and what stops the others."""
    bench, day = offer_bench(), data_date().day
    offer = read_draft(text, code, bench.shelf, bench.day)
    if day is None:
        raise nothing_run()
    with lend() as reader:
        seen = preview_campaigns(
            house(), reader.engine, offer_trials(offer), BankOffers({code: offer}, bank_offers().rules),
            house().as_of(day),
        )  # fmt: skip
    return {**preview_words(), "reaches": [(labels.CHANNELS[each.code], each) for each in seen], "day": day}


def preview_words() -> dict[str, Any]:
    """Names of gates and classes."""
    return {"classes": labels.MESSAGE_CLASSES, "gates": {gate: gate_name(gate, locale()) for gate in CHAIN}}


def propose_campaign_change(who: Who, change: TextChange, request: HttpRequest) -> None:
    """With the preview of now."""
    bench = campaign_bench()
    check_lawful(parse_campaign(change.text, bench.shelf, code=change.code))
    seen = as_json(_seen(change.code, change.text))
    asked = Proposal(words(request, "note"), seen, request.POST.get("confirmed") == "yes")
    propose_campaign_text(who, bench, change.pk, asked, change.version)


def propose_offer_change(who: Who, change: TextChange, request: HttpRequest) -> None:
    """As it stands."""
    propose_offer_text(who, offer_bench(), change.pk, words(request, "note"), change.version)


def _seen(code: str, text: str) -> Previewed:
    campaign, day = parse_campaign(text, campaign_bench().shelf, code=code), data_date().day
    if day is None:
        raise nothing_run()
    with lend() as reader:
        return preview_of(reader, BankCampaigns({code: campaign}, bank_offers()), campaign, day)


def nothing_run() -> YourMistake:
    """What is said where nobody can be counted yet."""
    return YourMistake(
        coded("no_run_yet", "nothing was run yet, so that nobody can be counted"),
        state="nothing was proposed",
        then="wait for the first daily run",
    )
