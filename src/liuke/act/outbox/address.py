"""Addresses, so that one is the same however it is written, and can be known again without being kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

from liuke.act.outbox.message import Medium


def plain_number(text: str) -> str:
    """Digits only, without +86, so that a number is the same wherever it comes from.

    >>> plain_number("+86 138-0000-5678")
    '13800005678'
    """
    digits = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"^(?:\+86|0086|86(?=1\d{10}$))", "", digits)


def plain_address(medium: Medium, address: str) -> str:
    """The address in its one form: numbers as digits, e-mail in small letters, others as they are.

    >>> plain_address("email", " Someone@Example.COM")
    'someone@example.com'
    """
    if medium == "sms":
        return plain_number(address)
    return address.strip().lower() if medium == "email" else address.strip()


def address_hash(medium: Medium, address: str, key: str) -> str:
    """Keyed digest (HMAC-SHA256): the same address gives the same, and nobody without the key can work it back."""
    text = f"{medium}:{plain_address(medium, address)}"
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
