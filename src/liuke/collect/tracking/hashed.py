"""Ids that name a person outside the bank are kept as keyed hashes: equal ones still match, nobody can read them."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

_KINDS: Final = {
    "phone": "phone", "mobile": "phone", "phone_number": "phone", "tel": "phone", "email": "email", "card": "card",
    "card_number": "card", "id_card": "id_card", "id_number": "id_card",
}  # fmt: skip


def hashed(id_type: str, value: str, secret: str) -> tuple[str, str]:
    """The type and value to keep. secret: the bank's key of pseudonyms.

    >>> hashed("wechat", "oX1", "k")
    ('wechat', 'oX1')
    >>> hashed("mobile", "+86 138-0000-0000", "k") == hashed("phone", "13800000000", "k")
    True
    """
    kind = _KINDS.get(id_type.lower())
    if kind is None:
        return id_type, value
    plain = re.sub(r"[\s()-]", "", value).lower()
    if kind == "phone":
        plain = re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", plain)
    digest = blake2b(f"{kind}:{plain}".encode("utf-8", "replace"), key=secret.encode()[:64], digest_size=16)
    return f"{kind}_hash", digest.hexdigest()


__all__ = ["hashed"]
