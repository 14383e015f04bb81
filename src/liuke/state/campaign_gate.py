"""Messages of a campaign that was paused or called off since they were queued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from liuke.act.campaigns.stage import CALLED_OFF, HALTED
from liuke.act.outbox.gate import Finding
from liuke.act.outbox.message import Message
from liuke.state.models import CampaignState

LOOK_AGAIN: Final = timedelta(minutes=10)
"""A message of a paused campaign is looked at again after so long."""


def campaign_gate(messages: Sequence[Message], now: datetime) -> Mapping[str, Finding]:
    """A `Gate`: of paused campaigns messages wait, of cancelled ones they are not sent any more."""
    codes = {m.campaign for m in messages if m.campaign}
    if not codes:
        return {}
    known = CampaignState.objects.filter(code__in=codes, stage__in=(*HALTED, *CALLED_OFF))
    stages = dict(known.values_list("code", "stage"))
    return {m.key: _finding(stages[m.campaign], now) for m in messages if m.campaign in stages}


def _finding(stage: str, now: datetime) -> Finding:
    return Finding("approval", f"campaign_{stage}", "", now + LOOK_AGAIN if stage in HALTED else None)
