"""What a wording may leave open, `{customer_name}`; filled when a message is made, never with balances or scores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator

from liuke.errors import Wrong, guess

PLACEHOLDERS: Final[Mapping[str, tuple[str, str]]] = {
    "customer_name": ("客户称呼", "how the customer is addressed"),
    "staff_name": ("客户经理姓名", "the relationship manager's name"),
    "staff_phone": ("客户经理电话", "the relationship manager's telephone"),
    "branch_name": ("网点名称", "the branch"),
    "bank_name": ("银行名称", "the bank"),
    "product_name": ("产品名称", "the product"),
    "risk_level": ("产品风险等级", "the product's risk level"),
    "term_days": ("期限(天)", "the product's term in days"),
    "annual_rate": ("年利率", "the product's listed rate"),
    "benefit_amount": ("权益数额", "how much the benefit is"),
    "valid_to": ("活动截止日", "the offer's last day"),
    "matures_on": ("到期日", "the day something of the customer's falls due"),
}
"""By name, with what stands there in Chinese and English."""

_HOLE: Final = re.compile(r"\{([^{}]*)\}")


def holes(text: str) -> tuple[str, ...]:
    """The placeholders of a wording, in order of writing.

    >>> holes("尊敬的{customer_name},{product_name}")
    ('customer_name', 'product_name')
    """
    return tuple(_HOLE.findall(text))


def _known(text: str) -> str:
    for name in holes(text):
        if name not in PLACEHOLDERS:
            raise Wrong("no_placeholder", "no placeholder is called '{name}'; {hint}", name=name,
                        **guess(name, PLACEHOLDERS))  # fmt: skip
    if re.search(r"[{}]", _HOLE.sub("", text)):
        raise Wrong("lone_brace", "a brace stands alone; placeholders are written {{name}}")
    return text


Wording = Annotated[str, AfterValidator(_known)]
"""A text whose placeholders are known."""
