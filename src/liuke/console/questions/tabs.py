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
}
"""Icon and label by kind; the url name is `analysis_` and the kind."""
