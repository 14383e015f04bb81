"""What rules may speak of: attributes of a customer, tables of facts and their columns, and their kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from liuke.insight.rules.attribute import Attribute, Kind, kind_of
from liuke.insight.rules.made_attributes import MADE, TIER_WORDS, WARNING_INPUTS
from liuke.tables import (
    ACCOUNT,
    COMPLAINT,
    CONTACT,
    CUSTOMER,
    CUSTOMER_SNAPSHOT,
    EVENT,
    HOLDING,
    INTERACTION,
    SURVEY_RESPONSE,
    TRANSACTION,
    Column,
    Table,
)


def _of_customer(name: str, column: str | None = None, **more: object) -> Attribute:
    declared = CUSTOMER.column(column or name)
    return Attribute(
        name,
        declared.zh,
        declared.en,
        kind_of(declared),
        (f"customer.{declared.name}",),
        name,
        declared.values,
        more.get("sensitivity", declared.level),  # type: ignore[arg-type]
    )


def _of_snapshot(name: str, zh: str, en: str, column: str, *inputs: str) -> Attribute:
    declared = CUSTOMER_SNAPSHOT.column(column)
    return Attribute(name, zh, en, kind_of(declared), inputs, column, declared.values, declared.level)


ATTRIBUTES: Final[Mapping[str, Attribute]] = {
    a.name: a
    for a in (
        replace(_of_customer("gender", sensitivity="protected"),
                words={"female": ("女", "female"), "male": ("男", "male")}),
        Attribute("age", "年龄(周岁)", "Age in whole years", "number", ("customer.birth_date",), "age", (),
                  "protected"),
        Attribute("birth_month", "出生月份", "Month of birth, 1-12", "number", ("customer.birth_date",), "birth_month",
                  (), "protected"),
        Attribute("days_to_birthday", "距生日天数", "Days until the next birthday, 29 February as the 28th",
                  "number", ("customer.birth_date",), "days_to_birthday", (), "protected"),
        _of_customer("city"),
        _of_customer("registered_city"),
        _of_customer("occupation"),
        _of_customer("branch_id"),
        Attribute("staff_id", "客户经理工号", "Owner RM on the day", "text", ("assignment.staff_id",), "staff_id"),
        _of_customer("opened_on"),
        Attribute("tenure_days", "在行天数", "Days since the customer joined", "number", ("customer.opened_on",),
                  "tenure_days"),
        _of_customer("bank_tier", "tier"),
        _of_customer("risk_appetite"),
        _of_customer("risk_assessed_on"),
        _of_snapshot("products", "持有产品数", "Open accounts by distinct type", "products", "account.account_type"),
        _of_snapshot("warning_score", "预警分", "Warning score 0..1", "score", *WARNING_INPUTS),
        replace(_of_snapshot("warning_tier", "预警等级", "Warning tier", "tier", *WARNING_INPUTS), words=TIER_WORDS),
        *MADE,
    )
}  # fmt: skip
"""By the name rules use. bank_tier is the bank's own label; warning_* come from the day's snapshot;
what stands in `made_attributes` from the value, score and cluster of the same day.

A customer's number is none: whoever sees names masked could otherwise ask for one person's amounts by counting."""


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table whose rows rules count, sum and tell apart.

    moment: the timestamp of a row, None for states. via_account: the customer is reached through the account.
    state: rows say what is the case on the day ("has"), not what was done ("did"). name_column: what a rule's
    `name` compares, None when there is nothing of the kind. properties: the JSON column, None without.
    """

    table: Table
    moment: str | None
    via_account: bool = False
    name_column: str | None = None
    properties: str | None = None

    @property
    def state(self) -> bool:
        """Whether it is a state on the day rather than things done."""
        return self.moment is None

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """The columns that conditions on rows may name, with their kinds."""
        hidden = {"customer_id", "account_id", self.properties}
        named = {c.name: kind_of(c) for c in self.table.columns if c.name not in hidden and c.mask not in _IDENTIFYING}
        return named if self.state else {**named, "business_date": "date"}

    def column(self, name: str) -> Column:
        """The table's column of that name."""
        return self.table.column(name)


_IDENTIFYING: Final = ("account", "id_card", "phone", "card", "email", "address")

FACTS: Final[Mapping[str, FactTable]] = {
    f.table.name: f
    for f in (
        FactTable(EVENT, "occurred_at", name_column="event_name", properties="properties"),
        FactTable(TRANSACTION, "occurred_at", via_account=True, name_column="transaction_type"),
        FactTable(COMPLAINT, "received_at", name_column="category"),
        FactTable(CONTACT, "occurred_at", name_column="channel"),
        FactTable(INTERACTION, "occurred_at", name_column="kind"),
        FactTable(SURVEY_RESPONSE, "occurred_at", name_column="survey"),
        FactTable(ACCOUNT, None, name_column="account_type"),
        FactTable(HOLDING, None),
    )
}
"""Tables by name; "did" takes those with a moment, "has" the states."""

OPERATORS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "number": ("==", "!=", "<", "<=", ">", ">=", "between", "in", "not_in", "is_null", "not_null"),
    "text": ("==", "!=", "in", "not_in", "contains", "starts_with", "under", "is_null", "not_null"),
    "date": ("==", "!=", "<", "<=", ">", ">=", "between", "is_null", "not_null"),
    "moment": ("is_null", "not_null"),
    "flag": ("==", "!=", "is_null", "not_null"),
}
"""What can be asked of a kind. `under` asks whether a branch lies in another's subtree."""
