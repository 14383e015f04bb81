"""What pains of a journey, and what may be found at one of its stages, are called."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from liuke.console import labels
from liuke.console.figures import NOTHING, rounded
from liuke.console.labels import Text
from liuke.insight.journey.journey_map import What

PAINS: Final[dict[What, Text]] = {
    "abandoned": _("半途而废"),
    "late": _("超过应有时长"),
    "break_point": _("渠道断点"),
    "rekeyed": _("重复录入"),
    "failed": _("失败"),
    "returned": _("退回重来"),
    "complained": _("投诉"),
}
"""Parts of the pain score; the same words where customers behind them are listed."""
WHATS: Final[dict[What, Text]] = {
    **PAINS,
    "reached": _("到过这一段"),
    "went_on": _("继续往下"),
    "waiting": _("还在办"),
    "rejected": _("被拒"),
    "withdrawn": _("已撤回"),
    "switched": _("换过渠道"),
}
"""What may be found of a case at a stage."""
_UNKNOWN: Final = _("不明渠道")


def channel(code: str | None) -> str:
    """A channel in words."""
    return str(labels.CHANNELS.get(code, code) if code else _UNKNOWN)


def score(value: float | None) -> str:
    """A pain score: 0 … 100."""
    return NOTHING if value is None else str(rounded(value, 0))


def heat(value: float | None) -> str:
    """How bad a pain score is, as the look of a tag: below 15 nothing to speak of, from 30 on red."""
    if value is None:
        return ""
    return "green" if value < 15 else "orange" if value < 30 else "red"
