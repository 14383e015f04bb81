"""What happens because time passes while `liuke serve` runs; the daily run does the same to orders for its moment."""

from __future__ import annotations

from datetime import datetime

from liuke.state.actions.escalate_overdue import escalate_overdue
from liuke.state.actions.expire_codes import expire_codes
from liuke.state.actions.remind_promises import remind_promises
from liuke.state.actions.transfer import carry_out_transfers


def by_the_clock(now: datetime) -> int:
    """Transfers first, so that what is overdue escalates on its new desk; returns how many orders it was about."""
    expire_codes(now)
    return carry_out_transfers(now) + escalate_overdue(now) + remind_promises(now)
