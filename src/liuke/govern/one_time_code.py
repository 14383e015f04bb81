"""Codes of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 seconds, as every app has it), and recovery
codes for the day the phone is lost.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from datetime import datetime
from typing import Final

import pyotp

STEP_SECONDS: Final = 30
DRIFT: Final = 1
"""Steps a phone's clock may be fast or slow."""
RECOVERY_CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike: 31 letters, twelve of them give 59 bits."""


def new_secret() -> str:
    """160 random bits in base32, as RFC 4226 recommends."""
    return pyotp.random_base32(32)


def address_of(secret: str, person: str, bank: str) -> str:
    """The otpauth:// address that a QR code hands to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=person, issuer_name=bank)


def step_of(secret: str, code: str, now: datetime, after: int = 0) -> int | None:
    """The time step that `code` belongs to, within the drift and later than the step `after`; None for a wrong code.

    after: the step of the code taken last. A code is taken once, and none older than it (RFC 6238, section 5.2).
    """
    typed = "".join(unicodedata.normalize("NFKC", code).split())
    if not secret or len(typed) != 6 or not typed.isascii() or not typed.isdigit():
        return None
    present = int(now.timestamp()) // STEP_SECONDS
    found, app = None, pyotp.HOTP(secret)
    for step in range(present - DRIFT, present + DRIFT + 1):  # all are compared: how long it takes tells nothing
        same = hmac.compare_digest(app.at(step), typed)
        found = step if same and step > after else found
    return found


def new_recovery_codes() -> list[str]:
    """Ten codes such as `kq3m-7xya-9dfe`."""
    letters = ["".join(secrets.choice(_LETTERS) for _ in range(12)) for _ in range(RECOVERY_CODES)]
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in letters]


def recovery_digest(code: str, key: bytes) -> str:
    """HMAC-SHA-256 of a recovery code, however it is typed: what is kept. Without the key nothing can be tried out."""
    typed = unicodedata.normalize("NFKC", code).lower()
    return hmac.new(key, "".join(c for c in typed if c.isalnum()).encode(), "sha256").hexdigest()
