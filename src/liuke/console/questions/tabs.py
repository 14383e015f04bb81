"""Kinds of questions about behaviour that have a page."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from liuke.console.labels import Text

TABS: Final[dict[str, tuple[str, Text]]] = {
    "funnel": ("chart-funnel", _("漏斗")),
    "retention": ("refresh", _("留存率")),
    "paths": ("route", _("行为路径")),
    "distribution": ("chart-histogram", _("分布与节奏")),
    "journey": ("map-2", _("旅程地图")),
}
"""Icon and label by kind; the url name is `analysis_` and the kind."""

ABOUT: Final[dict[str, Text]] = {
    "funnel": _("客户一步步走到哪里、停在哪里、用了多久"),
    "retention": _("客户是否回来、资产是否留住、何时流失"),
    "paths": _("一次会话里先做什么、再做什么、在哪里离开"),
    "distribution": _("做得多不多、哪天哪时做、有多少人常来"),
    "journey": _("一件事跨渠道怎么办、哪一段最难、难在哪里"),
}
"""What each is for, in words."""
