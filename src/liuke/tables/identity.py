"""Contracts of identities and addresses: which id belongs to which customer, and where a customer is reached."""

from __future__ import annotations

from liuke.tables.schema import Column, contract

IDENTITY_LINK = contract(
    "identity_link",
    "身份关联",
    "An id that belongs to a customer; a merge is a link, never a rewrite, so that it can be undone",
    (
        Column("id_type", "string", "标识类型", "anonymous (device, visitor), login, phone_hash, wechat, card_hash …"),
        Column(
            "id_value", "string", "标识值", "The id; phones, e-mails and cards as keyed hashes", level="C2", mask="text"
        ),
        Column("customer_id", "string", "客户号", "Customer", level="C2", mask="account"),
        Column("linked_at", "timestamp", "关联时间", "From when the id belongs to the customer"),
        Column("unlinked_at", "timestamp", "解除时间", "When it ceased to; empty while it does", nullable=True),
    ),
    key=("id_type", "id_value", "customer_id", "linked_at"),
    event_time="linked_at",
    history=True,
    subject="customer_id",
)

CONTACT_POINT = contract(
    "contact_point",
    "联系地址",
    "Where a customer is reached over a medium; read when a message is sent and kept nowhere else",
    (
        Column(
            "customer_id", "string", "客户号", "Customer", level="C2", mask="account", references="customer.customer_id"
        ),
        Column(
            "medium", "string", "媒介", "Medium", values=("sms", "email", "wecom", "dingtalk", "feishu", "push")
        ),
        Column(
            "address", "string", "地址", "Number, mail address, user or device id; empty when there is none any more",
            nullable=True, level="C2", mask="account",
        ),
    ),
    key=("customer_id", "medium"),
    history=True,
    subject="customer_id",
)  # fmt: skip
