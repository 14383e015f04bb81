"""The progress code itself: how it is made, written, read back from what people type, and kept.

Eight random characters and a check character from 31 that cannot be taken for one another, shown as XXX-XXX-XXX:
31^8, about 8.5·10¹¹, codes. The check character is that of a pure system of ISO/IEC 7064 (as MOD 11-2 and MOD 37-2
are), with modulus 31 and radix 3: the sum of value · 3^place, the last place being 0, leaves 1 when divided by 31.
31 is prime and 3 a primitive root of it, so every single wrong character is found, every two neighbours exchanged, and
every two characters exchanged at any distance; nine characters have no place where 3^d − 1 vanishes. The named systems
of the standard are for 10, 26 or 36 characters; the hybrid one that `python-stdnum` (2.2) applies to any even alphabet
let 326 of 155,023 random exchanges of neighbours pass with 32 characters.

Alphabet after Douglas Crockford's Base32 (no I, L, O, U), also without V, which is read as U.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTWXYZ"
RANDOM: Final = 8
LENGTH: Final = RANDOM + 1
_MODULUS, _RADIX = 31, 3
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}
_LOOK_ALIKES: Final = str.maketrans("OIL", "011")
_BETWEEN: Final = re.compile(r"[\s\-‐‑‒–—_.·]")


def new_code() -> str:
    """A code nobody has, without hyphens."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return body + check_character(body)


def check_character(body: str) -> str:
    """The character that makes `body` whole.

    >>> check_character("00000000"), check_character("7K3MQ9XA")
    ('1', 'Q')
    """
    return ALPHABET[(1 - _weighed(body + ALPHABET[0])) % _MODULUS]


def fits(code: str) -> bool:
    """Whether nine characters of the alphabet carry the right check character."""
    return _weighed(code) == 1


def read_code(typed: str) -> str | None:
    """The code that somebody typed; None when it cannot be one, so that nothing need be looked up.

    Small letters, full-width ones, blanks and hyphens, and the look-alikes O, I and L are taken.

    >>> read_code(" 7k3-mq9 xaq"), read_code("7K3-MQ9-XAY")
    ('7K3MQ9XAQ', None)
    """
    plain = unicodedata.normalize("NFKC", typed[:64]).upper()
    plain = _BETWEEN.sub("", plain).translate(_LOOK_ALIKES)
    known = len(plain) == LENGTH and all(character in _VALUES for character in plain)
    return plain if known and fits(plain) else None


def shown(code: str) -> str:
    """The code in groups of three.

    >>> shown("7K3MQ9XAQ")
    '7K3-MQ9-XAQ'
    """
    return "-".join(code[at : at + 3] for at in range(0, len(code), 3))


def code_hash(code: str, key: str) -> str:
    """Keyed digest (HMAC-SHA256) by which a code is found again: nobody without the key can try codes against it."""
    return _keyed("progress-code", code, key)


def phone_hash(phone: str | None, application_id: str, key: str) -> str:
    """Keyed digest of the last four digits of a phone, for one application; '' without four digits.

    The application is in it: equal digits of two customers do not look equal.
    """
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", phone or ""))[-4:]
    return _keyed("progress-phone", f"{application_id}\n{digits}", key) if len(digits) == 4 else ""


def same(one: str, other: str) -> bool:
    """Whether two digests are equal, in constant time; an empty one equals nothing."""
    return hmac.compare_digest(one.encode(), other.encode()) and bool(one)


def _keyed(what: str, text: str, key: str) -> str:
    return hmac.new(key.encode(), f"{what}:{text}".encode(), hashlib.sha256).hexdigest()


def _weighed(code: str) -> int:
    """The sum of value · 3^place modulo 31, by Horner's rule from the left."""
    total = 0
    for character in code:
        total = (total * _RADIX + _VALUES[character]) % _MODULUS
    return total
