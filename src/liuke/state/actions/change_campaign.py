"""A campaign's way through four eyes and its life: every step is checked, stored and audited together.

What it says stays in its file; the row remembers which text was approved. Where the file says something else since, the
campaign enters nobody until that is proposed and approved too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, cast

from liuke.act.campaigns.catalogue import Campaign
from liuke.act.campaigns.schedule import is_over
from liuke.act.campaigns.stage import Stage, Step, advance
from liuke.errors import YourMistake, coded
from liuke.govern.access import NotAllowed
from liuke.govern.approval import reason_of
from liuke.state.actions.change_order import Who
from liuke.state.actions.four_eyes import Kind, adopt_named, daily_step, propose_named, take_named_step
from liuke.state.actions.whole_bank import check_may_stop, check_rights
from liuke.state.locks import sole_writer
from liuke.state.models import CampaignState


@dataclass(frozen=True, slots=True)
class Proposal:
    """What goes with a proposal. preview: what was seen of its effect, as JSON (`warnings` among it).
    confirmed: that a gate stops nearly everybody is known and meant.
    """

    note: str
    preview: Mapping[str, Any]
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a campaign stands, and the version of its text that was approved or proposed."""

    stage: Stage
    text_version: str

    def works(self, campaign: Campaign) -> bool:
        """Whether customers may enter: it runs, and says what was approved."""
        return self.stage == "running" and self.text_version == campaign.version

    def speaks(self, campaign: Campaign) -> bool:
        """Whether what was decided still goes out: in the words that were approved, unless it was called off."""
        return self.stage in ("running", "paused", "ended") and self.text_version == campaign.version


def propose_campaign(who: Who, campaign: Campaign, asked: Proposal) -> CampaignState:
    """Asks for approval of the campaign as its file says now; a campaign approved before waits until then.

    Raises YourMistake when compliance refuses it, when a gate stops nearly everybody and this is not said to be meant,
    when the same text is approved already, or when no reason is given.
    """
    check_rights(who, "edit_rules")
    note = reason_of(asked.note)
    check_lawful(campaign)
    check_reaches(asked)

    def is_known(row: CampaignState) -> bool:
        return row.text_version == campaign.version and row.stage in ("proposed", "approved", "running", "paused")

    return propose_named(_CAMPAIGNS, who, campaign.code, note, is_known=is_known, write=_writing(campaign, asked))


def adopt_campaign(who: Who, campaign: Campaign, author: str, asked: Proposal, reason: str) -> CampaignState:
    """Approves the campaign with the text that is just being approved: proposed by its author, approved by `who`.

    For actions that check both people's rights and the text; in their transaction.
    """
    return adopt_named(_CAMPAIGNS, who, campaign.code, author, asked.note, reason, _writing(campaign, asked))


def decide_campaign(who: Who, campaign: Campaign, step: Step, version: int, reason: str = "") -> CampaignState:
    """Approves or refuses (with a reason) what somebody else proposed. Raises YourMistake for another text since."""
    check_rights(who, "approve_rules")
    said = reason_of(reason) if step == "refuse" else reason.strip()

    def write(row: CampaignState) -> None:
        if step == "approve":
            check_lawful(campaign)
        if step == "approve" and row.text_version != campaign.version:
            raise YourMistake(
                coded("campaign_moved", "campaigns/{name}.yaml was changed since it was proposed", name=row.code),
                state="nothing was approved",
                then="propose it again as it stands",
            )
        row.decided_by, row.reason, row.decided_at = who.scope.actor, said, who.at

    return take_named_step(_CAMPAIGNS, who, campaign.code, step, version, said, write)


def stop_campaign(who: Who, code: str, step: Step, version: int, reason: str = "") -> CampaignState:
    """Steps withdraw, pause, resume, cancel. The latter but resume want a reason; messages that wait obey at once."""
    check_may_stop(who)
    said = reason_of(reason) if step in ("pause", "cancel") else reason.strip()
    if step not in ("withdraw", "pause", "resume", "cancel"):
        raise NotAllowed(coded("no_step", "what is {stage} cannot be made to {step}", stage=code, step=step))
    return take_named_step(_CAMPAIGNS, who, code, step, version, said)


def keep_time(
    campaigns: Mapping[str, Campaign], spent: Mapping[str, bool], day: date, now: datetime
) -> dict[str, Standing]:
    """The daily run's steps: approved campaigns start on their first day, those over or used up end. Says where each
    stands then.

    day: of the contact; spent: whose budget is used up.
    """
    standing: dict[str, Standing] = {}
    with sole_writer(_CAMPAIGNS.lock):
        for row in CampaignState.objects.select_for_update().filter(code__in=list(campaigns)):
            campaign = campaigns[row.code]
            if row.stage == "approved" and campaign.spec.valid.from_ <= day:
                row.started_on = day
                daily_step(_CAMPAIGNS, row, "start", now)
            if row.stage in ("approved", "running", "paused") and (is_over(campaign.spec, day) or spent.get(row.code)):
                row.ended_on = day
                daily_step(_CAMPAIGNS, row, "end", now)
            standing[row.code] = standing_of(row)
    return standing


def standing_of(row: CampaignState) -> Standing:
    """Where the campaign stands."""
    return Standing(cast(Stage, row.stage), row.text_version)


def _writing(campaign: Campaign, asked: Proposal) -> Callable[[CampaignState], None]:
    def write(row: CampaignState) -> None:
        row.text_version, row.preview = campaign.version, dict(asked.preview)

    return write


def check_lawful(campaign: Campaign) -> None:
    """Raises YourMistake with everything that compliance refuses."""
    if campaign.refusals:
        first = campaign.refusals[0]
        raise YourMistake(first.said, state="nothing was changed", then="mend the file", findings=campaign.refusals)


def check_reaches(asked: Proposal) -> None:
    """Raises YourMistake where a gate stops nearly everybody and that is not said to be meant."""
    warned = asked.preview.get("warnings") or []
    if warned and not asked.confirmed:
        first = warned[0]
        raise YourMistake(
            coded("gates_everybody", "the gate {gate} stops {share} of the {message_class} messages",
                  gate=first["gate"], share=f"{first['share']:.1%}", message_class=first["message_class"]),
            state="nothing was proposed",
            then="change the campaign or the policy, or say that this is meant",
        )  # fmt: skip


def _told(row: CampaignState) -> dict[str, Any]:
    return {"stage": row.stage, "text": row.text_version}


_CAMPAIGNS: Final = Kind(CampaignState, "campaigns", "campaign", _told, advance)
