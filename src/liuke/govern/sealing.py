"""Short secrets kept in the state database: sealed with a key that is not in the database.

AES-256-GCM; the key comes by HKDF-SHA-256 from the bank home's secret key. One interface, so that the encryption of
fields (another key, SM4, a KMS) can take its place: whoever seals asks for a `Sealer` and knows nothing else.
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_MARK: Final = "g1:"
"""Which method sealed a text, so that another can come beside it."""
_NONCE: Final = 12


class Unsealable(ValueError):
    """The text was sealed for another owner or with another key, or was changed."""


class Sealer(Protocol):
    """Seals texts. owner: whose it is; a sealed text copied to another row does not open there."""

    def seal(self, text: str, owner: str) -> str:
        """The sealed text, another one each time."""

    def unseal(self, sealed: str, owner: str) -> str:
        """The text. Raises Unsealable."""


class KeyedSealer:
    """A Sealer with a key derived from `secret_key`. purpose: keys for different purposes have nothing in common."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        self._cipher = AESGCM(derived_key(secret_key, purpose))

    def seal(self, text: str, owner: str) -> str:
        """`g1:` and base64 of nonce, ciphertext and tag."""
        nonce = os.urandom(_NONCE)
        return _MARK + base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), owner.encode())).decode()

    def unseal(self, sealed: str, owner: str) -> str:
        """The text."""
        try:
            whole = base64.b64decode(sealed.removeprefix(_MARK), validate=True)
            if not sealed.startswith(_MARK):
                raise Unsealable("sealed by another method")
            return self._cipher.decrypt(whole[:_NONCE], whole[_NONCE:], owner.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise Unsealable("cannot be opened with this key") from error


def derived_key(secret_key: str, purpose: str) -> bytes:
    """32 bytes for one purpose (RFC 5869). secret_key: of high entropy, as wiring/secret.py makes it."""
    return HKDF(SHA256(), 32, salt=None, info=f"liuke {purpose}".encode()).derive(secret_key.encode())
