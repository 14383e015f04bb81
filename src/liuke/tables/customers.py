"""Contracts of the customer's side: who they are and what they hold."""

from __future__ import annotations

from liuke.tables.schema import Column, contract

CUSTOMER = contract(
    "customer",
    "客户",
    "Customer",
    (
        Column("customer_id", "string", "客户号", "Customer id", level="C2", mask="account"),
        Column("name", "string", "姓名", "Name", nullable=True, level="C2", mask="name"),
        Column("id_number", "string", "证件号码", "Identity number", nullable=True, level="C2", mask="id_card"),
        Column("phone", "string", "手机号", "Mobile phone", nullable=True, level="C2", mask="phone"),
        Column("gender", "string", "性别", "Gender", nullable=True, level="C2", values=("female", "male", "unknown")),
        Column("birth_date", "date", "出生日期", "Date of birth", nullable=True, level="C2", mask="birth_date"),
        Column("address", "string", "地址", "Address", nullable=True, level="C2", mask="address"),
        Column("city", "string", "城市", "City", nullable=True),
        Column("registered_city", "string", "户籍城市", "City of household registration", nullable=True),
        Column("occupation", "string", "职业", "Occupation", nullable=True, level="C2"),
        Column("branch_id", "string", "归属机构", "Home branch", references="branch.branch_id"),
        Column("opened_on", "date", "开户日期", "Customer since"),
        Column("closed_on", "date", "销户日期", "Left on; empty while a customer", nullable=True),
        Column(
            "risk_appetite",
            "string",
            "风险承受等级",
            "C1 lowest … C5 highest",
            nullable=True,
            values=("C1", "C2", "C3", "C4", "C5"),
        ),
        Column("risk_assessed_on", "date", "风评日期", "Date of the risk assessment", nullable=True),
        Column("tier", "string", "客户等级", "The bank's own tier label", nullable=True),
    ),
    key=("customer_id",),
    history=True,
    subject="customer_id",
)

ACCOUNT = contract(
    "account",
    "账户",
    "Account",
    (
        Column("account_id", "string", "账号", "Account id", level="C2", mask="account"),
        Column(
            "customer_id", "string", "客户号", "Owner", level="C2", mask="account", references="customer.customer_id"
        ),
        Column(
            "account_type",
            "string",
            "账户类型",
            "Type",
            values=("current", "term_deposit", "wealth", "loan", "credit_card", "other"),
        ),
        Column("product_id", "string", "产品代码", "Product", nullable=True, references="product.product_id"),
        Column("branch_id", "string", "开户机构", "Branch", nullable=True, references="branch.branch_id"),
        Column("currency", "string", "币种", "ISO 4217 currency"),
        Column("opened_on", "date", "开户日", "Opened on"),
        Column("closed_on", "date", "销户日", "Closed on; empty while open", nullable=True),
    ),
    key=("account_id",),
    history=True,
    subject="customer_id",
)

HOLDING = contract(
    "holding",
    "持仓",
    "Holding of a product",
    (
        Column("holding_id", "string", "持仓号", "Holding id", level="C2"),
        Column(
            "customer_id", "string", "客户号", "Customer", level="C2", mask="account", references="customer.customer_id"
        ),
        Column("product_id", "string", "产品代码", "Product", references="product.product_id"),
        Column("amount", "money", "金额", "Amount", unit="currency", level="C2", mask="money", minimum=0),
        Column("currency", "string", "币种", "ISO 4217 currency"),
        Column("started_on", "date", "起息日", "Start"),
        Column("matures_on", "date", "到期日", "Maturity", nullable=True),
        Column("ended_on", "date", "结束日", "Redeemed or paid out on; empty while held", nullable=True),
    ),
    key=("holding_id",),
    history=True,
    subject="customer_id",
)
