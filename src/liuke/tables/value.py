"""The table of customer value: stage, tiers, RFM, CLV, stickiness, loyalty, each with its parts."""

from __future__ import annotations

from liuke.tables.schema import Column, Table

_STAGES = ("prospect", "new", "growing", "mature", "declining", "dormant", "lost", "returned")
_REASONS = (
    "empty_and_quiet", "no_activity", "came_back", "back_recently", "too_little_to_be_back", "never_used",
    "opened_recently", "assets_falling", "activity_falling", "not_recovered", "young_relationship", "assets_rising",
    "still_rising", "steady",
)  # fmt: skip
_GROUPS = ("champion", "growing", "keep", "win_back", "regular", "newcomer", "fading", "low")


def _money(name: str, zh: str, en: str) -> Column:
    return Column(name, "float", zh, en, nullable=True, unit="currency", level="C2", mask="money")


def _points(name: str, zh: str, en: str) -> Column:
    return Column(name, "float", zh, en, nullable=True, unit="points")


CUSTOMER_VALUE = Table(
    "customer_value",
    "客户价值",
    "One row per customer as of the last run: life cycle, tiers, value and its parts; replaced by each run",
    (
        Column("as_of", "date", "数据日期", "Last business day whose data may enter"),
        Column("customer_id", "string", "客户号", "Customer", level="C2", mask="account"),
        Column("stage", "string", "生命周期阶段", "Life-cycle stage", values=_STAGES),
        Column("stage_since", "date", "阶段起始日", "First day seen in the stage"),
        Column("stage_reason", "string", "阶段原因", "Rule that moved the customer there", values=_REASONS),
        Column(
            "activity_tier", "string", "活跃度", "From own transactions and app days",
            values=("high", "medium", "low", "silent"),
        ),
        Column("aum_tier", "string", "资产等级", "Tier by monthly-average AUM; a code of tiers.yaml"),
        Column("aum_tier_since", "date", "等级起始日", "First day of the tier; empty: long ago", nullable=True),
        Column("tier_month", "date", "等级统计月", "First day of the last month counted"),
        Column("tier_watch_months", "int", "连续未达标月数", "Months below in a row", unit="months"),
        Column("tier_months_left", "int", "降级前剩余月数", "Months below until the downgrade", nullable=True,
               unit="months"),
        Column("tier_notice", "bool", "降级提醒", "The manager is to be told now"),
        Column("tier_downgrade_on", "date", "预计降级日", "First day of the lower tier if nothing changes",
               nullable=True),
        _money("aum_month", "上月月日均资产", "Mean AUM of the last whole month"),
        _money("aum_month_so_far", "本月至今日均资产", "Mean AUM of the running month so far"),
        _money("tier_gap", "上月达标差额", "Threshold less last month's mean, while on watch"),
        _money("tier_top_up", "本月达标需补资产", "To add tomorrow so that the running month reaches the threshold"),
        Column("rfm_recency", "int", "R 得分", "Fifth by recency, 5 best", unit="points"),
        Column("rfm_frequency", "int", "F 得分", "Fifth by own transactions, 5 best", unit="points"),
        Column("rfm_monetary", "int", "M 得分", "Fifth by mean AUM, 5 best", unit="points"),
        Column("rfm_group", "string", "RFM 分组", "Named group", values=_GROUPS),
        _money("margin_deposit", "存款年贡献", "Yearly margin of deposits"),
        _money("margin_wealth", "理财年贡献", "Yearly margin of wealth products"),
        _money("margin_loan", "贷款年贡献", "Yearly margin of loans and cards"),
        _money("margin_payment", "支付年贡献", "Yearly margin of card spending and fees"),
        _money("margin_year", "年贡献合计", "Sum of the parts less the cost to serve"),
        Column("attrition_group", "string", "留存参照组", "AUM level/activity whose past rate is used, or all"),
        Column("attrition_year", "float", "参照组年流失率", "Share of the group lost in a year", unit="share"),
        Column("survival_year", "float", "一年留存概率", "Chance to be there in a year", unit="share"),
        _money("clv", "客户终身价值", "Expected discounted margin over the horizon"),
        _points("stickiness", "粘性指数", "0..100, weighted mean of its known parts"),
        _points("stickiness_products", "粘性:产品", "Product types held"),
        _points("stickiness_transactions", "粘性:交易", "Own transactions, 90 days"),
        _points("stickiness_digital", "粘性:数字渠道", "App days, 90 days"),
        _points("stickiness_tenure", "粘性:在行时间", "Time with the bank"),
        _points("stickiness_salary", "粘性:代发", "Salary arriving here, of 3 months"),
        _points("stickiness_balance", "粘性:资产保有", "AUM against its 90-day mean"),
        _points("loyalty", "忠诚度指数", "0..100, weighted mean of its known parts"),
        _points("loyalty_repeat", "忠诚度:复购", "Renewed of the holdings that ended"),
        _points("loyalty_main_account", "忠诚度:主账户率", "Salary, bills, spending, money kept here"),
        _points("loyalty_recommendation", "忠诚度:推荐", "Last NPS answer times 10"),
        _points("loyalty_price", "忠诚度:价格不敏感", "100 less the share of matured money moved to other banks"),
    ),
    key=("customer_id",),
    subject="customer_id",
)  # fmt: skip
