"""Keys with which systems of the bank read: what one may ask for, and how its secret is told apart.

A key reads `lk_<key_id>_<secret>`. The id is public and names the key in lists and audit rows; the secret has 256
random bits, so its plain SHA-256 is kept: there is nothing to guess that a slow hash would slow down.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

Ask = Literal[
    "summary", "next_best_action", "shortcuts", "decision", "application_issue", "application_read",
    "application_continue", "metrics",
]  # fmt: skip
ASKS: Final[tuple[Ask, ...]] = get_args(Ask)
"""What a key may be allowed to ask for (its scopes)."""
AskPurpose = Literal["service", "retention", "marketing"]
ASK_PURPOSES: Final[tuple[AskPurpose, ...]] = get_args(AskPurpose)
"""What for: each question states one, and the key must have it. The codes are those of tags and features."""
Refusal = Literal["revoked", "expired", "scope", "purpose"]

_PREFIX: Final = "lk"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as stored. branch_id: where its view of the branch tree begins. per_second: requests it may make."""

    key_id: str
    name: str
    scopes: frozenset[str]
    purposes: frozenset[str]
    branch_id: str
    per_second: int
    expires_at: datetime
    revoked_at: datetime | None = None

    def out_of_force(self, now: datetime) -> Refusal | None:
        """Why the key counts no more; None while it does."""
        if self.revoked_at is not None and self.revoked_at <= now:
            return "revoked"
        return "expired" if self.expires_at <= now else None

    def refusal(self, ask: Ask, purpose: str) -> Refusal | None:
        """Why the key may not ask this for that purpose; None when it may."""
        if ask not in self.scopes:
            return "scope"
        return None if purpose in self.purposes else "purpose"


@dataclass(frozen=True, slots=True)
class Secret:
    """A new key: its id, the whole text to hand over once, and what is kept."""

    key_id: str
    text: str
    digest: str


def new_secret() -> Secret:
    """A key nobody has."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return Secret(key_id, f"{_PREFIX}_{key_id}_{secret}", digest_of(secret))


def parts_of(text: str) -> tuple[str, str] | None:
    """Id and secret of a key's text; None when it is no key."""
    parts = text.split("_", 2)
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == _PREFIX and parts[1] and parts[2] else None


def digest_of(secret: str) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(secret: str, digest: str) -> bool:
    """Whether the secret has this digest, in constant time."""
    return hmac.compare_digest(digest_of(secret), digest)
