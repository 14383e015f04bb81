"""All features by name. First version: a few families, computed by build.py."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from liuke.errors import YourMistake, did_you_mean
from liuke.insight.features.feature import WINDOWS, Feature


def _made() -> list[Feature]:
    moves = ("transaction.business_date", "transaction.account_id", "account.customer_id")
    made = [
        Feature("age", "年龄", "Age", "years", "person", None, ("customer.birth_date",), "service", "protected", None),
        Feature("tenure_days", "在行天数", "Days with the bank", "days", "person", None,
                ("customer.opened_on",), "service", "C1", "life_cycle"),
        Feature("aum", "资产余额", "AUM", "currency", "balance", None,
                ("balance_daily.balance", "account.customer_id"), "retention", "C2", "competition"),
        Feature("days_since_active", "距上次主动交易天数", "Days since the last own transaction", "days", "activity",
                180, ("transaction.initiator", *moves), "retention", "C1", "needs"),
    ]  # fmt: skip
    for w in WINDOWS:
        made += [
            Feature(f"own_count_{w}", f"近{w}天主动交易笔数", f"Own transactions in {w} days", "transactions", "activity",
                    w, ("transaction.initiator", *moves), "retention", "C1", "needs"),
            Feature(f"in_amount_{w}", f"近{w}天转入金额", f"Money in over {w} days", "currency", "money",
                    w, ("transaction.amount", "transaction.direction", *moves), "retention", "C2", "competition"),
            Feature(f"out_amount_{w}", f"近{w}天转出金额", f"Money out over {w} days", "currency", "money",
                    w, ("transaction.amount", "transaction.direction", *moves), "retention", "C2", "competition"),
            Feature(f"aum_mean_{w}", f"近{w}天日均资产", f"Mean AUM over {w} days", "currency", "balance",
                    w, ("balance_daily.balance", "account.customer_id"), "retention", "C2", "competition"),
            Feature(f"complaint_count_{w}", f"近{w}天投诉数", f"Complaints in {w} days", "complaints", "complaint",
                    w, ("complaint.business_date",), "retention", "C1", "service"),
        ]  # fmt: skip
    return made


FEATURES: Mapping[str, Feature] = {f.name: f for f in _made()}
REGISTRY_VERSION = hashlib.sha256(repr(sorted(FEATURES.items())).encode()).hexdigest()[:12]


def feature(name: str) -> Feature:
    """The feature of that name; YourMistake with the nearest name when there is none."""
    if name not in FEATURES:
        raise YourMistake(
            f"no feature is called '{name}'; {did_you_mean(name, FEATURES)}",
            then="liuke features   # lists them all",
        )
    return FEATURES[name]


def available(inputs: Iterable[str], *, protected: bool = True) -> tuple[str, ...]:
    """Names of the features that can be made from `inputs`, contract columns "table.column", in registry order."""
    given = set(inputs)
    return tuple(
        name
        for name, f in FEATURES.items()
        if given.issuperset(f.inputs) and (protected or f.sensitivity != "protected")
    )
