"""Every code has its names; a notice says what, by when and how much."""

from datetime import date

from liuke.insight.activity import ACTIVITY_TIERS
from liuke.insight.customer_tier import CustomerTierPolicy
from liuke.insight.lifecycle import REASONS, STAGES
from liuke.insight.value.rfm import RFM_GROUPS
from liuke.insight.value.words import ACTIVITY_NAMES, NAMES, RFM_NAMES, notice_text
from liuke.tables import CUSTOMER_VALUE


def test_every_code_has_its_names_and_stands_in_the_table():
    assert set(NAMES) == {*STAGES, *REASONS}
    assert (set(ACTIVITY_NAMES), set(RFM_NAMES)) == (set(ACTIVITY_TIERS), set(RFM_GROUPS))
    codes = {"stage": STAGES, "stage_reason": REASONS, "activity_tier": ACTIVITY_TIERS, "rfm_group": RFM_GROUPS}
    assert {name: CUSTOMER_VALUE.column(name).values for name in codes} == codes


def test_a_notice_says_what_by_when_and_how_much():
    row = {"tier": "wealth", "watch_months": 2, "months_left": 1, "downgrade_on": date(2026, 8, 1),
           "gap": 400_000.0, "top_up": 850_000.0}  # fmt: skip
    assert notice_text(row, CustomerTierPolicy(), "zh-hans") == (
        "财富客户已连续 2 个月月日均未达标，上月差 40.00 万元；再有 1 个月未达标，2026-08-01 起降级。"
        "从明天起补足 85.00 万元并留存，本月即可达标。"
    )
    assert "850,000.00 more from tomorrow" in notice_text(row, CustomerTierPolicy(), "en")
