"""Treated against hold-out over the days after the decision, as charts.js and the printed picture want it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from liuke.track.curve import CurvePoint


def curve_chart(points: Sequence[CurvePoint]) -> dict[str, Any]:
    """days, and per arm value, low, high and n of each; null where nobody has reached the day."""
    days = sorted({point.day for point in points})
    arms = {arm: {p.day: p for p in points if p.arm == arm} for arm in ("treated", "holdout")}

    def line(arm: str) -> list[dict[str, Any]]:
        found = [arms[arm].get(day) for day in days]
        return [
            {"value": p.stayed.estimate, "low": p.stayed.low, "high": p.stayed.high, "n": p.people}
            if p and p.stayed
            else {"value": None, "low": None, "high": None, "n": 0}
            for p in found
        ]

    return {
        "days": [_("第 {n} 天").format(n=day) for day in days],
        "treated": line("treated"),
        "holdout": line("holdout"),
        "labels": {"treated": _("干预"), "holdout": _("对照"), "gap": _("差异")},
        "description": _("干预组与对照组在决策后各天的客户留存率曲线，附 95% 置信区间；数值见下方表格。"),
    }
