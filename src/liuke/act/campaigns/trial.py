"""An offer tried alone: as a campaign per channel that everybody of its audience may enter, to be previewed only."""

from __future__ import annotations

from typing import Final

from liuke.act.campaigns.campaign_file import Arm, Budget, CampaignFile, Rate
from liuke.act.campaigns.catalogue import Campaign, CampaignArm
from liuke.act.offers.catalogue import Offer

_EVERYBODY: Final = 2**31


def offer_trials(offer: Offer) -> list[Campaign]:
    """One campaign for each of the offer's channels, its code the channel's name, without hold-out or limits."""
    spec = offer.spec
    return [
        Campaign(
            code=channel,
            spec=CampaignFile(
                name=spec.name, description=spec.description, owner=spec.owner, theme=spec.theme, kind="once",
                audience=spec.audience, valid=spec.valid, arms={"only": Arm(channel=channel, offer=offer.code)},
                holdout_share=0, no_holdout_because="it is only tried", budget=Budget(messages=_EVERYBODY),
                rate=Rate(per_day=_EVERYBODY),
            ),
            version="",
            audience=offer.audience,
            arms=(CampaignArm("only", Arm(channel=channel, offer=offer.code), offer, 0.0, 1.0),),
            refusals=(),
        )
        for channel in spec.channels
    ]  # fmt: skip
