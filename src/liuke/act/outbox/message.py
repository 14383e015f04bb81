"""A message as a value: what is to be said, to whom, over which channel, until when."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, get_args

MessageClass = Literal["marketing", "service"]
"""marketing rests on consent and is counted; service (progress, fraud, maturity) rests on the contract."""
Owner = Literal["customer", "staff", "group", "system"]
"""Who receives: a customer, a colleague, a group chat (its robot is the address), or a system of the bank."""
Medium = Literal["sms", "email", "wecom", "dingtalk", "feishu", "push"]
"""Of an address: the table contact_point holds one per owner and medium."""
MEDIA: Final[tuple[Medium, ...]] = get_args(Medium)
CONSENT_CHANNEL: Final[Mapping[Medium, str]] = {
    "sms": "sms", "email": "email", "wecom": "wecom", "dingtalk": "other", "feishu": "other", "push": "push",
}  # fmt: skip
"""The channel of the tables consent and contact that a medium is."""
LONGEST_KEY: Final = 64


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Times are aware UTC.

    key: names it for ever, here and at the gateway (`key_of`). channel: a name of channels.yaml. step: of a campaign
    or ''. campaign: its code, or ''. customer_id: whom it is about; '' where nobody. owner, owner_id: who receives; its
    address is looked up when it is sent and never stored. text: rendered. data: further fields for channels that carry
    more than text.
    expires_at: afterwards it is not sent any more; None: whenever it can be.
    """

    key: str
    channel: str
    owner: Owner
    owner_id: str
    text: str
    message_class: MessageClass
    due_at: datetime
    loop_id: str = ""
    step: str = ""
    campaign: str = ""
    customer_id: str = ""
    branch_id: str = ""
    staff_id: str | None = None
    purpose: str | None = None
    offer_id: str = ""
    title: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    expires_at: datetime | None = None


def key_of(loop_id: str, channel: str, step: str = "") -> str:
    """The idempotency key: loop, channel and step, or a digest of them where they are too long for gateways.

    >>> key_of("L0123456789abcdef", "sms", "1")
    'L0123456789abcdef.sms.1'
    """
    plain = ".".join(part for part in (loop_id, channel, step) if part)
    return plain if len(plain) <= LONGEST_KEY else "K" + hashlib.sha256(plain.encode()).hexdigest()[:40]
