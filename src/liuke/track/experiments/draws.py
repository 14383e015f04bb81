"""The standing draws of a bank home: everything that holds customers out, or divides them, whether or not somebody
wrote an experiment about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ConfigDict

from liuke.act.arbitrate.parts import OFFER_EXPERIMENT
from liuke.act.campaigns.bank_campaigns import BankCampaigns, read_bank_campaigns
from liuke.act.campaigns.catalogue import Campaign
from liuke.act.loop_policy import LoopPolicy, read_loop_policy
from liuke.act.triggered import experiment_of as trigger_experiment
from liuke.errors import YourMistake
from liuke.settings import Name
from liuke.track.effect import CALLS
from liuke.track.experiments.experiment_file import SourceKind
from liuke.yaml_file import Document, load_yaml

Key = tuple[SourceKind, str]
LOOP: Final[Key] = ("loop", "")


@dataclass(frozen=True, slots=True)
class Draw:
    """One standing draw.

    experiment: its name in the decision table. kind, code: as a Source names it ('' for the loop). name: in both
    languages. shares: of all arms, as drawn now, the hold-out among them; a campaign's arms stand apart by their codes
    in `arm_shares`. channels: over which its treatment reaches customers.
    """

    experiment: str
    kind: SourceKind
    code: str
    name: Name
    holdout_share: float
    arm_shares: Mapping[str, float]
    channels: tuple[str, ...] = CALLS

    @property
    def shares(self) -> dict[str, float]:
        """Of treated and holdout; the latter is left out where nobody is held out."""
        held = {"holdout": self.holdout_share} if self.holdout_share > 0 else {}
        return {"treated": 1 - self.holdout_share} | held


def bank_draws(home: Path) -> dict[Key, Draw]:
    """Every draw of the bank home, by kind and code: the loop, campaigns, trigger rules, offers where they are decided
    by value. Those whose file cannot be read are left out; their own pages say why.
    """
    loop = read_loop_policy(home / "policies" / "loop.yaml")
    campaigns = read_bank_campaigns(home)
    return {(draw.kind, draw.code): draw for draw in _draws(home, loop, campaigns)}


def _draws(home: Path, loop: LoopPolicy, campaigns: BankCampaigns) -> Iterator[Draw]:
    name = Name(zh="预警闭环：客户经理关怀", en="The warning loop: care by the relationship manager")
    yield Draw(loop.experiment, "loop", "", name, loop.holdout_share, {})
    for campaign in campaigns.campaigns.values():
        yield _of_campaign(campaign)
    for path in sorted((home / "triggers").glob("*.yaml")):
        if told := _named(path):
            yield Draw(trigger_experiment(path.stem), "trigger", path.stem, told, loop.holdout_share, {})
    if loop.decide_by == "incremental_value":
        for offer in campaigns.offers.offers.values():
            yield Draw(OFFER_EXPERIMENT + offer.code, "offer", offer.code, offer.spec.name, loop.holdout_share, {})


def _of_campaign(campaign: Campaign) -> Draw:
    held = campaign.spec.holdout_share
    arms = {arm.code: (arm.high - arm.low) * (1 - held) for arm in campaign.arms}
    channels = tuple(sorted({arm.channel for arm in campaign.arms}))
    kept = {"holdout": held} if held > 0 else {}
    return Draw(campaign.experiment, "campaign", campaign.code, campaign.spec.name, held, arms | kept, channels)


class _Named(Document):
    model_config = ConfigDict(extra="ignore", frozen=True)
    name: Name


def _named(path: Path) -> Name | None:
    try:
        return load_yaml(path, _Named).name
    except YourMistake:
        return None
