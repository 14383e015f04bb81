"""Contracts of the bank's own side: branches, staff, who looks after whom, products."""

from __future__ import annotations

from liuke.tables.schema import Column, contract

BRANCH = contract(
    "branch",
    "机构",
    "Branch",
    (
        Column("branch_id", "string", "机构号", "Branch id"),
        Column("name", "string", "机构名称", "Name"),
        Column("parent_id", "string", "上级机构号", "Parent branch id; empty for the head office", nullable=True),
        Column(
            "level", "string", "机构层级", "Level in the tree", values=("head", "province", "city", "branch", "outlet")
        ),
        Column("city", "string", "城市", "City", nullable=True),
    ),
    key=("branch_id",),
    history=True,
)

STAFF = contract(
    "staff",
    "员工",
    "Staff",
    (
        Column("staff_id", "string", "工号", "Staff id"),
        Column("name", "string", "姓名", "Name", level="C2"),
        Column("branch_id", "string", "所属机构", "Branch", references="branch.branch_id"),
        Column(
            "role", "string", "岗位", "Role", values=("rm", "branch_head", "analyst", "compliance", "teller", "other")
        ),
        Column("phone", "string", "电话", "Phone", nullable=True, level="C2", mask="phone"),
        Column(
            "daily_capacity",
            "int",
            "每日可跟进客户数",
            "Customers the RM can contact per workday",
            nullable=True,
            unit="customers/day",
            minimum=0,
        ),
        Column("active", "bool", "在职", "Still employed", nullable=True),
    ),
    key=("staff_id",),
    history=True,
)

ASSIGNMENT = contract(
    "assignment",
    "管户关系",
    "Who looks after a customer",
    (
        Column("customer_id", "string", "客户号", "Customer", references="customer.customer_id"),
        Column("staff_id", "string", "工号", "Staff", references="staff.staff_id"),
        Column("role", "string", "角色", "owner = the customer's RM; team = 1+N member", values=("owner", "team")),
        Column("since", "date", "起始日", "First day"),
        Column("until", "date", "终止日", "Last day; empty while current", nullable=True),
    ),
    key=("customer_id", "staff_id", "role", "since"),
    history=True,
    subject="customer_id",
)

PRODUCT = contract(
    "product",
    "产品",
    "Product",
    (
        Column("product_id", "string", "产品代码", "Product id"),
        Column("name", "string", "产品名称", "Name"),
        Column(
            "category",
            "string",
            "产品大类",
            "Category",
            values=("current", "term_deposit", "wealth", "fund", "insurance", "loan", "credit_card", "other"),
        ),
        Column(
            "risk_level",
            "string",
            "风险等级",
            "R1 lowest … R5 highest",
            nullable=True,
            values=("R1", "R2", "R3", "R4", "R5"),
        ),
        Column("annual_rate", "float", "年化利率", "Annual rate", nullable=True, unit="share/year"),
        Column("term_days", "int", "期限(天)", "Term", nullable=True, unit="days", minimum=0),
    ),
    key=("product_id",),
    history=True,
)
