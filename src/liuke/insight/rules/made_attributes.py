"""Attributes that the daily run makes of every customer: value and life cycle, the model's score, the cluster.

They are what was stored on the day: only the last run's day has them (scores: the days that are kept). The value is
made before tags and segments are asked and reads neither, so no rule can feed on itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from liuke.insight.features.registry import FEATURES
from liuke.insight.lifecycle import NEEDED
from liuke.insight.rules.attribute import Attribute, Source, kind_of
from liuke.insight.value.words import ACTIVITY_NAMES, NAMES, RFM_NAMES
from liuke.tables import CUSTOMER_CLUSTER, CUSTOMER_VALUE, SCORE, Table

_BALANCES: Final = ("balance_daily.balance", "account.customer_id")
WARNING_INPUTS: Final = ("transaction.business_date", "transaction.initiator", "complaint.received_at", *_BALANCES)
"""The contract columns behind a warning."""
TIER_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "red": ("红色", "red"), "orange": ("橙色", "orange"), "yellow": ("黄色", "yellow"), "none": ("无预警", "none"),
}  # fmt: skip
_CAUSES: Final[Mapping[str, tuple[str, str]]] = {
    "product": ("产品", "product"), "service": ("服务", "service"), "competition": ("竞争", "competition"),
    "needs": ("需求变化", "changed needs"), "life_cycle": ("生命周期", "life cycle"),
}  # fmt: skip
_OWN: Final = ("transaction.business_date", "transaction.initiator", "account.customer_id")
_INDEX: Final = (*_OWN, "transaction.amount", "account.account_type", "event.business_date", "survey_response.score",
                 "holding.ended_on")  # fmt: skip


_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "stage": ("生命周期阶段", "life-cycle stage"), "stage_since": ("阶段起始日", "in the stage since"),
    "activity_tier": ("活跃度", "activity tier"), "tier_watch_months": ("连续未达标月数", "months below the tier"),
    "tier_months_left": ("降级前剩余月数", "months left before the downgrade"),
    "tier_notice": ("降级提醒", "downgrade notice"), "tier_downgrade_on": ("预计降级日", "downgrade expected on"),
    "tier_gap": ("上月达标差额", "short of the tier last month by"),
    "tier_top_up": ("本月达标需补资产", "to add to reach the tier this month"),
    "aum_month": ("上月月日均资产", "mean assets of the last month"), "rfm_recency": ("R 得分", "R score"),
    "rfm_frequency": ("F 得分", "F score"), "rfm_monetary": ("M 得分", "M score"),
    "rfm_group": ("RFM 分组", "RFM group"),
    "margin_year": ("年贡献", "yearly margin"), "survival_year": ("一年留存概率", "chance to be there in a year"),
    "clv": ("客户终身价值", "CLV"), "stickiness": ("粘性指数", "stickiness"), "loyalty": ("忠诚度指数", "loyalty"),
    "customer_tier": ("资产等级", "asset tier"), "customer_tier_since": ("资产等级起始日", "in the asset tier since"),
    "churn_probability": ("流失概率", "probability of leaving"), "churn_tier": ("模型预警等级", "model's warning tier"),
    "churn_cause": ("主要流失成因", "main cause of leaving"), "cluster": ("聚类", "cluster"),
    "cluster_number": ("聚类号", "cluster number"),
}  # fmt: skip


def _inputs(features: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(column for name in features for column in FEATURES[name].inputs))


def _made(
    table: Table,
    source: Source,
    column: str,
    inputs: Iterable[str],
    words: Mapping[str, tuple[str, str]] | None = None,
    name: str = "",
) -> Attribute:
    declared = table.column(column)
    return Attribute(
        name or column,
        *_NAMES[name or column],
        kind_of(declared),
        tuple(inputs),
        column,
        declared.values,
        declared.level,
        source,
        words or {},
        declared.mask == "money",
    )


_STAGE: Final = _inputs(NEEDED)
_VALUE: Final = (
    ("stage", _STAGE, NAMES), ("stage_since", _STAGE, None), ("activity_tier", _INDEX[:3], ACTIVITY_NAMES),
    ("tier_watch_months", _BALANCES, None), ("tier_months_left", _BALANCES, None), ("tier_notice", _BALANCES, None),
    ("tier_downgrade_on", _BALANCES, None), ("tier_gap", _BALANCES, None), ("tier_top_up", _BALANCES, None),
    ("aum_month", _BALANCES, None), ("rfm_recency", _OWN, None), ("rfm_frequency", _OWN, None),
    ("rfm_monetary", _BALANCES, None), ("rfm_group", (*_OWN, *_BALANCES), RFM_NAMES),
    ("margin_year", (*_BALANCES, "transaction.amount"), None), ("survival_year", WARNING_INPUTS, None),
    ("clv", (*WARNING_INPUTS, "transaction.amount"), None), ("stickiness", _INDEX, None), ("loyalty", _INDEX, None),
)  # fmt: skip

MADE: Final[tuple[Attribute, ...]] = (
    *(_made(CUSTOMER_VALUE, "value", column, inputs, words) for column, inputs, words in _VALUE),
    _made(CUSTOMER_VALUE, "value", "aum_tier", _BALANCES, name="customer_tier"),
    _made(CUSTOMER_VALUE, "value", "aum_tier_since", _BALANCES, name="customer_tier_since"),
    _made(SCORE, "score", "probability", WARNING_INPUTS, name="churn_probability"),
    _made(SCORE, "score", "tier", WARNING_INPUTS, TIER_WORDS, "churn_tier"),
    _made(SCORE, "score", "cause", WARNING_INPUTS, _CAUSES, "churn_cause"),
    _made(CUSTOMER_CLUSTER, "cluster", "cluster_name", _INDEX[:3], name="cluster"),
    _made(CUSTOMER_CLUSTER, "cluster", "cluster", _INDEX[:3], name="cluster_number"),
)
"""customer_tier is a code of the bank's tiers.yaml; cluster the Chinese name of a cluster."""
