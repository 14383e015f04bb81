"""Tables of tags, segments and clusters: who is what on a day."""

from __future__ import annotations

from dataclasses import replace

from liuke.tables.facts import TRANSACTION
from liuke.tables.schema import BUSINESS_DATE, Column, Table

_AS_OF = Column("as_of", "date", "数据日期", "Last business day whose data may enter")
_CUSTOMER = Column("customer_id", "string", "客户号", "Customer", level="C2", mask="account")
_VERSION = Column("version", "string", "版本", "Hash of the definition's content")

CUSTOMER_TAG = Table(
    "customer_tag",
    "客户标签",
    "One row per customer and tag as of the last run; replaced by each run",
    (_AS_OF, _CUSTOMER, Column("tag", "string", "标签", "Tag code")),
    key=("customer_id", "tag"),
    subject="customer_id",
)

TAG_COVERAGE = Table(
    "tag_coverage",
    "标签覆盖",
    "How many customers a tag has on a day",
    (
        _AS_OF,
        Column("tag", "string", "标签", "Tag code"),
        _VERSION,
        Column("customers", "int", "客户数", "Customers with the tag", unit="customers"),
        Column("share", "float", "覆盖率", "Of all living customers", unit="share"),
    ),
    key=("as_of", "tag"),
    event_time="as_of",
)

SEGMENT_MEMBER = Table(
    "segment_member",
    "客群成员",
    "One row per segment and member on a day; the last days and month ends are kept",
    (_AS_OF, Column("segment", "string", "客群", "Segment code"), _CUSTOMER),
    key=("as_of", "segment", "customer_id"),
    event_time="as_of",
    subject="customer_id",
)

SEGMENT_SNAPSHOT = Table(
    "segment_snapshot",
    "客群快照",
    "Size of a segment on a day and its change against the snapshot before",
    (
        _AS_OF,
        Column("segment", "string", "客群", "Segment code"),
        _VERSION,
        Column("members", "int", "人数", "Members", unit="customers"),
        Column("previous", "date", "上一快照", "Day of the snapshot before", nullable=True),
        Column("entered", "int", "进入人数", "Members now who were none then", nullable=True, unit="customers"),
        Column("left", "int", "离开人数", "Members then who are none now", nullable=True, unit="customers"),
    ),
    key=("as_of", "segment"),
    event_time="as_of",
)

EVENT_DAY = Table(
    "event_day",
    "行为日汇总",
    "Events per customer, day and name of the last 180 days, so that conditions on events answer at once",
    (
        Column("business_date", "date", "业务日期", "Bank-local day"),
        _CUSTOMER,
        Column("event_name", "string", "事件名", "Event name"),
        Column("events", "int", "次数", "Events that day", unit="events"),
        Column("first_at", "timestamp", "当日首次", "First moment of the day (UTC)"),
        Column("last_at", "timestamp", "当日末次", "Last moment of the day (UTC)"),
    ),
    key=("business_date", "customer_id", "event_name"),
    event_time="business_date",
    subject="customer_id",
    grouped_by=("event_name",),
)

CUSTOMER_TRANSACTION = Table(
    "customer_transaction",
    "客户交易",
    "Transactions of the last 180 days with their customer, so that conditions on them answer at once",
    (
        BUSINESS_DATE,
        _CUSTOMER,
        *(replace(TRANSACTION.column(name), references=None) for name in (
            "transaction_id", "account_id",
            "occurred_at", "direction", "amount", "currency", "initiator", "transaction_type", "channel",
            "merchant_category", "counterparty_name", "counterparty_bank", "description",
        )),
    ),
    key=("transaction_id",),
    event_time="business_date",
    subject="customer_id",
)  # fmt: skip

CUSTOMER_CLUSTER = Table(
    "customer_cluster",
    "客户聚类",
    "The cluster of each customer as of the last assignment; replaced by each",
    (
        _AS_OF,
        _CUSTOMER,
        _VERSION,
        Column("cluster", "int", "聚类号", "0-based, largest first"),
        Column("cluster_name", "string", "聚类名称", "What distinguishes it, in Chinese"),
    ),
    key=("customer_id",),
    subject="customer_id",
)

_CLUSTER = Column("cluster", "int", "聚类号", "0-based, largest first")

CLUSTER_SIZE = Table(
    "cluster_size",
    "聚类规模",
    "How large a cluster is on a day, and what is at stake in it",
    (
        _AS_OF,
        _VERSION,
        _CLUSTER,
        Column("customers", "int", "客户数", "Customers in the cluster", unit="customers"),
        Column("share", "float", "占比", "Of all living customers", unit="share"),
        Column("aum_mean", "float", "户均资产", "Mean AUM", nullable=True, unit="currency"),
        Column("aum_sum", "float", "资产合计", "Sum of AUM", nullable=True, unit="currency"),
        Column("probability", "float", "平均流失概率", "Of those the active model scores", nullable=True, unit="share"),
        Column("attrition_year", "float", "过去年流失率", "Mean of the past yearly rates of the customers' groups",
               nullable=True, unit="share"),
        Column("clv_mean", "float", "户均终身价值", "Mean CLV", nullable=True, unit="currency"),
        Column("warned", "int", "预警客户数", "Customers with a warning", unit="customers"),
    ),
    key=("as_of", "version", "cluster"),
    event_time="as_of",
)  # fmt: skip

CLUSTER_MEAN = Table(
    "cluster_mean",
    "聚类特征",
    "What sets a cluster apart: means of its features beside those of all other customers; replaced by each run",
    (
        _AS_OF,
        _VERSION,
        _CLUSTER,
        Column("feature", "string", "特征", "Feature of the registry"),
        Column("mean", "float", "本聚类均值", "In the feature's unit, of those who have a value", nullable=True),
        Column("rest", "float", "其余均值", "The same of all other customers", nullable=True),
    ),
    key=("version", "cluster", "feature"),
)
