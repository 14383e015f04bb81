"""Which placeholders a campaign's messages can fill without asking the customer's file again, and how."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from liuke.act.offers.catalogue import Offer
from liuke.insight.amounts import Locale

OF_CUSTOMER: Final = ("customer_name", "staff_name", "branch_name")
OF_BANK: Final = ("bank_name", "valid_to")
OF_PRODUCT: Final = ("product_name", "risk_level", "term_days", "annual_rate")
OF_SOME: Final = ("staff_phone", "matures_on")
"""Facts that not every customer has; who lacks one that the text names does not enter."""
NOBODY: Final[Mapping[Locale, Mapping[str, str]]] = {
    "zh-hans": {"customer_name": "客户", "staff_name": "客户经理", "branch_name": "本行网点"},
    "en": {"customer_name": "customer", "staff_name": "your relationship manager", "branch_name": "our branch"},
}
"""What stands where the bank does not know the name."""


def fillable(offer: Offer | None) -> frozenset[str]:
    """Names of placeholders for a message about the offer, or about none.

    A benefit that differs by customer has no one amount.
    """
    names = {*OF_CUSTOMER, *OF_BANK, *OF_SOME}
    if offer is not None and offer.spec.product_id is not None:
        names |= set(OF_PRODUCT)
    if offer is not None and offer.spec.benefit.amount is not None and not offer.spec.benefit.by:
        names.add("benefit_amount")
    return frozenset(names)


def filled(text: str, facts: Mapping[str, str]) -> str:
    """The wording with every placeholder replaced; braces in a customer's name stay what they are.

    >>> filled("您好{customer_name},{bank_name}", {"customer_name": "{x}", "bank_name": "留客"})
    '您好{x},留客'
    """
    parts = text.split("{")
    rest = (part.partition("}") for part in parts[1:])
    return parts[0] + "".join(facts[name] + after for name, _, after in rest)


def amount_text(amount: float | Decimal) -> str:
    """10, not 10.0; 2.5 as it is.

    >>> amount_text(10.0), amount_text(2.5)
    ('10', '2.5')
    """
    return f"{Decimal(str(amount)).normalize():f}"
