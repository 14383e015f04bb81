"""Names of stages, reasons, tiers, groups and parts as people read them, and the sentence of a tier notice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from liuke.insight.amounts import Locale, money
from liuke.insight.customer_tier import CustomerTierPolicy

NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "prospect": ("潜在", "Prospect"), "new": ("新客", "New"), "growing": ("成长", "Growing"),
    "mature": ("成熟", "Mature"), "declining": ("衰退", "Declining"), "dormant": ("沉睡", "Dormant"),
    "lost": ("流失", "Lost"), "returned": ("回流", "Won back"),
    "empty_and_quiet": ("无资产且久未主动交易", "No money and long no own transaction"),
    "no_activity": ("久未主动交易也未登录", "Neither own transactions nor app for long"),
    "came_back": ("沉睡或流失后重新活跃", "Active again after being away"),
    "back_recently": ("回流未满期", "Came back recently"),
    "too_little_to_be_back": ("活动太少，尚不算回流", "Too little activity to count as back"),
    "never_used": ("开户后从未使用", "Never used since opening"),
    "opened_recently": ("新开户", "Opened recently"), "assets_falling": ("资产明显下降", "Assets falling"),
    "activity_falling": ("交易明显减少", "Own transactions falling"),
    "not_recovered": ("下降尚未恢复", "Fall not made good yet"),
    "young_relationship": ("在行不久", "Young relationship"), "assets_rising": ("资产明显上升", "Assets rising"),
    "still_rising": ("资产仍在上升", "Assets still rising"), "steady": ("稳定", "Steady"),
}  # fmt: skip
ACTIVITY_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "high": ("高活跃", "Very active"), "medium": ("中活跃", "Active"), "low": ("低活跃", "Little active"),
    "silent": ("沉默", "Silent"),
}  # fmt: skip
RFM_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "champion": ("重要价值", "Champion"), "growing": ("重要发展", "High value, to develop"),
    "keep": ("重要保持", "High value, to keep"), "win_back": ("重要挽留", "High value, to win back"),
    "regular": ("一般价值", "Regular"), "newcomer": ("一般发展", "Newcomer"), "fading": ("一般保持", "Fading"),
    "low": ("一般挽留", "Low"),
}  # fmt: skip


def notice_text(row: Mapping[str, Any], policy: CustomerTierPolicy, locale: Locale) -> str:
    """The sentence for a row of `standing.notices`; for staff, never sent to the customer as it is."""
    level = next((v for v in policy.levels if v.code == row["tier"]), policy.levels[0])
    gap, top_up = (money(float(row[name] or 0.0), locale) for name in ("gap", "top_up"))
    left, on = row["months_left"], row["downgrade_on"]
    day = on.isoformat() if isinstance(on, date) else "—"
    if locale == "en":
        return (
            f"{level.en}: {row['watch_months']} month(s) below in a row, last month short by {gap} on average; "
            f"{left} more and the tier falls on {day}. To reach it this month: {top_up} more from tomorrow on."
        )
    return (
        f"{level.zh}已连续 {row['watch_months']} 个月月日均未达标，上月差 {gap}；再有 {left} 个月未达标，"
        f"{day} 起降级。从明天起补足 {top_up}并留存，本月即可达标。"
    )
