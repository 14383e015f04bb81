"""The side bar: which pages a role has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from liuke.govern.access import Permission, may


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the url name, its icon in icons.txt, its short label, and the permission it needs."""

    url: str
    icon: str
    label: str | Promise
    needs: Permission


ENTRIES: Final = (
    Entry("workbench", "layout-list", _("工作台"), "see_orders"),
    Entry("team", "sitemap", _("团队"), "hand_over"),
    Entry("customers", "users", _("客户"), "see_customers"),
    Entry("applications", "clipboard-check", _("进度"), "work_applications"),
    Entry("warnings", "bell-ringing", _("预警"), "see_customers"),
    Entry("segments", "users-group", _("客群"), "see_segments"),
    Entry("analysis", "chart-funnel", _("分析"), "see_behaviour"),
    Entry("triggers", "bolt", _("策略"), "see_effect"),
    Entry("offers", "coin", _("权益"), "see_effect"),
    Entry("campaigns", "target-arrow", _("活动"), "see_effect"),
    Entry("experiments", "flask", _("实验"), "see_effect"),
    Entry("dashboard", "chart-histogram", _("看板"), "see_effect"),
    Entry("data", "database", _("数据"), "see_data"),
    Entry("channels", "message-2", _("渠道"), "see_sending"),
    Entry("models", "brain", _("模型"), "see_models"),
    Entry("compliance", "shield-check", _("合规"), "see_audit"),
    Entry("exports", "file-spreadsheet", _("导出"), "approve_exports"),
    Entry("roles", "lock", _("岗位"), "see_roles"),
)


ELSEWHERE: Final[dict[str, frozenset[str]]] = {
    "analyst": frozenset({"workbench"}),
    "compliance": frozenset({"workbench", "warnings", "roles", "exports"}),
}
"""Pages a role may open by a link but does not work on, so the side bar leaves them out."""


def entries_for(role: str) -> list[Entry]:
    """The entries of a role, in order."""
    away = ELSEWHERE.get(role, frozenset())
    return [entry for entry in ENTRIES if may(role, entry.needs) and entry.url not in away]


MAIN: Final = 4
"""Entries that a phone shows beside "more"."""


def main_of(role: str) -> frozenset[str]:
    """Url names of the entries a phone shows without asking: all where they fit, else the role's first page and those
    that come first.
    """
    own = [entry.url for entry in entries_for(role)]
    if len(own) <= MAIN + 1:
        return frozenset(own)
    first = home_of(role)
    return frozenset([first, *(url for url in own if url != first)][:MAIN])


_FIRST: Final = {
    "team_lead": "team",
    "analyst": "dashboard",
    "branch_head": "dashboard",
    "campaign_manager": "campaigns",
    "compliance": "compliance",
}


def home_of(role: str) -> str:
    """The url name of the page a role begins its day with."""
    first = _FIRST.get(role)
    own = [entry.url for entry in entries_for(role)]
    return first if first in own else own[0] if own else "nothing"
