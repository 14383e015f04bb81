"""Contracts of the customer's own voice: service contacts he makes, survey answers, consents; and holds on him."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from liuke.tables.schema import Column, contract

CONSENT_PURPOSES: Final = (
    "marketing", "experience_improvement", "market_research", "personalisation", "external_data", "sensitive_data",
    "data_sharing", "automated_decision", "other",
)  # fmt: skip
"""What a consent is for. The first three are separate choices by PBOC order [2020] 5; sensitive data, data of
others and giving data away need consents of their own (PIPL art. 23, 29). personalisation and automated_decision are
given unless refused (art. 24)."""
HOLD_KINDS: Final = ("deceased", "minor", "dispute", "fraud")
"""Why nobody may be approached, whatever he agreed to."""

INTERACTION = contract(
    "interaction",
    "服务交互",
    "Service contact that the customer began",
    (
        Column("interaction_id", "string", "交互号", "Interaction id"),
        Column(
            "customer_id", "string", "客户号", "Customer", level="C2", mask="account", references="customer.customer_id"
        ),
        Column("occurred_at", "timestamp", "开始时间", "When the customer came: ticket drawn, call or chat begun"),
        Column("channel", "string", "渠道", "Channel", values=("branch", "phone", "online", "app", "other")),
        Column("kind", "string", "交互类型", "Kind", values=("queue_ticket", "call", "chat", "visit", "other")),
        Column("topic", "string", "业务主题", "What it was about", nullable=True),
        Column("wait_seconds", "int", "等待秒数", "Until served or gone", nullable=True, unit="seconds", minimum=0),
        Column("handle_seconds", "int", "办理秒数", "Being served", nullable=True, unit="seconds", minimum=0),
        Column("staff_id", "string", "工号", "Who served", nullable=True, references="staff.staff_id"),
        Column(
            "result",
            "string",
            "结果",
            "How it ended",
            nullable=True,
            values=("resolved", "unresolved", "transferred", "abandoned"),
        ),
        Column(
            "satisfaction",
            "int",
            "满意度评分",
            "The customer's mark right after it, 1 worst … 5 best",
            nullable=True,
            unit="points",
            minimum=1,
            maximum=5,
        ),
    ),
    key=("interaction_id",),
    event_time="occurred_at",
    subject="customer_id",
)

SURVEY_RESPONSE = contract(
    "survey_response",
    "问卷回答",
    "Answer to a survey",
    (
        Column("response_id", "string", "回答号", "Response id"),
        Column(
            "customer_id", "string", "客户号", "Customer", level="C2", mask="account", references="customer.customer_id"
        ),
        Column("occurred_at", "timestamp", "回答时间", "When answered"),
        Column("survey", "string", "问卷类型", "Question asked", values=("nps", "csat", "ces")),
        Column(
            "score",
            "float",
            "评分",
            "As marked: NPS 0 … 10, CSAT 1 … 5, CES 1 … 7",
            unit="points",
            minimum=0,
            maximum=10,
        ),
        Column("comment", "string", "意见", "In the customer's words", nullable=True, level="C2", mask="text"),
        Column("channel", "string", "渠道", "Channel", nullable=True),
    ),
    key=("response_id",),
    event_time="occurred_at",
    subject="customer_id",
)

CONSENT = replace(
    contract(
        "consent",
        "同意",
        "Consent given, refused or withdrawn; the row with the latest effective_at is in force",
        (
            Column("consent_id", "string", "同意号", "Id of the record that proves it"),
            Column(
                "customer_id", "string", "客户号", "Customer", level="C2", mask="account",
                references="customer.customer_id",
            ),
            Column("purpose", "string", "用途", "What for", values=CONSENT_PURPOSES),
            Column(
                "channel", "string", "渠道", "Channel it covers; all = every one",
                values=("all", "phone", "sms", "wecom", "push", "email", "visit", "other"),
            ),
            Column("granted", "bool", "是否同意", "true = given; false = refused or withdrawn"),
            Column("version", "string", "条款版本", "Version of the text the customer saw", nullable=True),
            Column("effective_at", "timestamp", "生效时间", "When given, refused or withdrawn"),
        ),
        key=("customer_id", "purpose", "channel"),
        event_time="effective_at",
        history=True,
        subject="customer_id",
    ),
    newest_by="effective_at",
)  # fmt: skip

HOLD = contract(
    "hold",
    "限制",
    "Why a customer may not be approached for a time: deceased, minor, dispute, fraud",
    (
        Column("hold_id", "string", "限制号", "Hold id"),
        Column(
            "customer_id", "string", "客户号", "Customer", level="C2", mask="account", references="customer.customer_id"
        ),
        Column("kind", "string", "限制类型", "Why", level="C2", values=HOLD_KINDS),
        Column("since", "date", "起始日", "First day"),
        Column("until", "date", "终止日", "Last day; empty while it lasts", nullable=True),
    ),
    key=("hold_id",),
    event_time="since",
    history=True,
    subject="customer_id",
)
