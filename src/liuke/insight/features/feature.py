"""What a feature is: its name, words, unit, window, lineage and the rules of its use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Family = Literal[
    "activity", "money", "channel", "type", "merchant", "rhythm", "balance", "elsewhere", "salary",
    "maturity", "product", "digital", "complaint", "contact", "service", "person",
]  # fmt: skip
FAMILIES: dict[Family, tuple[str, str]] = {
    "activity": ("交易活跃", "Activity"),
    "money": ("资金流水", "Money flows"),
    "channel": ("渠道", "Channels"),
    "type": ("交易类型", "Kinds of transactions"),
    "merchant": ("消费类别", "Spending categories"),
    "rhythm": ("节律", "Rhythm"),
    "balance": ("资产余额", "Balances"),
    "elsewhere": ("本人他行", "Own accounts elsewhere"),
    "salary": ("工资代发", "Salary"),
    "maturity": ("到期", "Maturities"),
    "product": ("产品", "Products"),
    "digital": ("线上行为", "App and web"),
    "complaint": ("投诉", "Complaints"),
    "contact": ("触达", "Contacts"),
    "service": ("服务等候", "Service waits"),
    "person": ("客户属性", "Attributes"),
}
"""Family → its words in Chinese and English."""
Unit = Literal[
    "transactions", "currency", "currency/day", "transactions/day", "share", "days", "ratio", "nats", "events",
    "sessions", "complaints", "contacts", "products", "years", "months", "level", "flag", "minutes", "visits",
]  # fmt: skip
Sensitivity = Literal["C1", "C2", "protected"]
Purpose = Literal["service", "retention", "marketing", "risk"]
Cause = Literal["product", "service", "competition", "needs", "life_cycle"]
"""The same words as insight/churn/reasons.py: Cause."""

WINDOWS = (7, 30, 90, 180)
"""Standard windows in bank-local days: w days ending with the as-of day D are (D−w, D]."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One number about a customer as of a moment; float64 or null, flags 0 or 1.

    name: snake case, ending in the window when there is one. window_days: None for a state on the day itself.
    inputs: the contract columns it is made from, "table.column". purpose: the purpose code of consent under
    which it may be used. sensitivity: C1/C2 as JR/T 0171; "protected" (sex, age and the like) stays out of models
    unless asked for. cause: which cause of leaving a model's reason built on it speaks of; None for none.
    """

    name: str
    zh: str
    en: str
    unit: Unit
    family: Family
    window_days: int | None
    inputs: tuple[str, ...]
    purpose: Purpose
    sensitivity: Sensitivity
    cause: Cause | None

    @property
    def tables(self) -> frozenset[str]:
        """The contract tables it needs."""
        return frozenset(column.split(".")[0] for column in self.inputs)
