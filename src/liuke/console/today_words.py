"""今日排序理由: why an order stands where it stands in today's list, in the words of the page."""

from __future__ import annotations

from datetime import datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from liuke.state.models import WorkOrder


def today_reason(row: WorkOrder, rank: str, now: datetime) -> str:
    """rank: of `state.today_list.RANKS`."""
    if rank == "promised" and row.next_contact_at is not None:
        at = localtime(row.next_contact_at)
        kept = row.next_contact_at >= now
        return (
            _("已约 {at} 回访").format(at=f"{at:%H:%M}") if kept else _("约定 {at} 已过").format(at=f"{at:%m-%d %H:%M}")
        )
    due = localtime(row.due_at)
    return {
        "late": _("首次联系已超时"),
        "due": _("今天 {at} 前须首次联系").format(at=f"{due:%H:%M}"),
        "urgent": _("最高优先，{at} 到期").format(at=f"{due:%m-%d %H:%M}"),
        "new": _("尚未联系，{at} 到期").format(at=f"{due:%m-%d %H:%M}"),
    }.get(rank, _("已联系，未约下次"))
