"""Contracts of what happens: balances, transactions, app events, complaints, contacts."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from liuke.tables.schema import Column, contract

BALANCE_DAILY = contract(
    "balance_daily",
    "日终余额",
    "End-of-day balance; a day without a row has the balance of the last row before it",
    (
        Column("account_id", "string", "账号", "Account", level="C2", mask="account", references="account.account_id"),
        Column("balance_date", "date", "余额日期", "Day"),
        Column("balance", "money", "余额", "End-of-day balance", unit="currency", level="C2", mask="money"),
        Column("currency", "string", "币种", "ISO 4217 currency"),
    ),
    key=("account_id", "balance_date"),
    event_time="balance_date",
    subject="account_id",
)

TRANSACTION = contract(
    "transaction",
    "交易",
    "Transaction",
    (
        Column("transaction_id", "string", "流水号", "Transaction id", level="C2"),
        Column("account_id", "string", "账号", "Account", level="C2", mask="account", references="account.account_id"),
        Column("occurred_at", "timestamp", "交易时间", "When it happened"),
        Column("direction", "string", "收付方向", "in = money arrives, out = money leaves", values=("in", "out")),
        Column(
            "amount", "money", "金额", "Amount, never negative", unit="currency", level="C2", mask="money", minimum=0
        ),
        Column("currency", "string", "币种", "ISO 4217 currency"),
        Column(
            "initiator",
            "string",
            "发起方",
            "Who caused it: only customer counts as activity; standing orders, interest, fees, incoming money do not",
            values=("customer", "standing_order", "bank", "counterparty"),
        ),
        Column(
            "transaction_type",
            "string",
            "交易类型",
            "Type",
            values=("transfer", "cash", "card", "salary", "interest", "fee", "repayment", "wealth", "bill", "other"),
        ),
        Column(
            "channel",
            "string",
            "渠道",
            "Channel",
            nullable=True,
            values=("branch", "atm", "app", "web", "pos", "phone", "system", "other"),
        ),
        Column("merchant_category", "string", "商户类别", "Merchant or payee category", nullable=True),
        Column("counterparty_name", "string", "对手方名称", "Counterparty", nullable=True, level="C2", mask="name"),
        Column(
            "counterparty_account",
            "string",
            "对手方账号",
            "Counterparty account",
            nullable=True,
            level="C2",
            mask="account",
        ),
        Column("counterparty_bank", "string", "对手方银行", "Counterparty bank", nullable=True),
        Column(
            "balance_after",
            "money",
            "交易后余额",
            "Balance after",
            nullable=True,
            unit="currency",
            level="C2",
            mask="money",
        ),
        Column("description", "string", "摘要", "Description", nullable=True, level="C2", mask="text"),
    ),
    key=("transaction_id",),
    event_time="occurred_at",
    subject="account_id",
)

EVENT = contract(
    "event",
    "行为事件",
    "App or web event",
    (
        Column("event_id", "string", "事件号", "Event id"),
        Column("customer_id", "string", "客户号", "Customer when known", nullable=True, level="C2", mask="account"),
        Column("anonymous_id", "string", "匿名标识", "Device or visitor id", nullable=True, level="C2", mask="account"),
        Column("occurred_at", "timestamp", "发生时间", "When it happened on the device"),
        Column("event_name", "string", "事件名", "Event name"),
        Column(
            "channel",
            "string",
            "渠道",
            "Channel",
            nullable=True,
            values=("app", "web", "wechat", "atm", "branch", "phone", "other"),
        ),
        Column("session_id", "string", "会话号", "Session id", nullable=True),
        Column("properties", "string", "属性(JSON)", "Properties as JSON", nullable=True, level="C2", mask="text"),
    ),
    key=("event_id",),
    event_time="occurred_at",
    subject="customer_id",
)
EVENT = replace(EVENT, then_by=("anonymous_id",))
FACT_EVENTS: Final = frozenset(("transaction", "balance", "complaint", "maturity", "contact"))
"""Names under which facts of the core systems travel beside events; apps may not use them."""

COMPLAINT = contract(
    "complaint",
    "投诉",
    "Complaint",
    (
        Column("complaint_id", "string", "投诉号", "Complaint id"),
        Column(
            "customer_id", "string", "客户号", "Customer", level="C2", mask="account", references="customer.customer_id"
        ),
        Column("received_at", "timestamp", "受理时间", "Received at"),
        Column("channel", "string", "渠道", "Channel", nullable=True),
        Column("category", "string", "业务类别", "Business category", nullable=True),
        Column("reason", "string", "投诉原因", "Reason", nullable=True),
        Column("text", "string", "内容", "What the customer said", nullable=True, level="C2", mask="text"),
        Column("resolved_at", "timestamp", "办结时间", "Resolved at; empty while open", nullable=True),
    ),
    key=("complaint_id",),
    event_time="received_at",
    history=True,
    subject="customer_id",
)

CONTACT = contract(
    "contact",
    "触达记录",
    "Contact of the bank with a customer",
    (
        Column("contact_id", "string", "触达号", "Contact id"),
        Column(
            "customer_id", "string", "客户号", "Customer", level="C2", mask="account", references="customer.customer_id"
        ),
        Column("staff_id", "string", "工号", "Staff; empty for a machine", nullable=True, references="staff.staff_id"),
        Column("occurred_at", "timestamp", "触达时间", "When"),
        Column(
            "channel", "string", "渠道", "Channel", values=("phone", "wecom", "visit", "sms", "push", "email", "other")
        ),
        Column("result", "string", "结果", "Result", values=("reached", "not_reached", "refused")),
        Column("loop_id", "string", "闭环号", "Decision it belongs to", nullable=True),
        Column("message_class", "string", "消息类别", "marketing is counted, service is not; empty counts as marketing",
               nullable=True, values=("marketing", "service")),
        Column("note", "string", "备注", "Note", nullable=True, level="C2", mask="text"),
    ),
    key=("contact_id",),
    event_time="occurred_at",
    subject="customer_id",
)  # fmt: skip
