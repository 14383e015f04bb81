"""Bodies as clients send them: compressed or not, whatever the headers say, and never larger than allowed."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Final
from urllib.parse import unquote_plus

from liuke.collect.tracking.problem import Problem

_GZIP: Final = b"\x1f\x8b"
_FLATTEST: Final = 8


def unpacked(body: bytes, most: int) -> bytes:
    """The body decompressed while it is gzip (its first bytes tell, headers do not); at most `most` bytes.

    Raises Problem too_large as soon as it would be more, malformed when the compression is broken.
    """
    for _ in range(_FLATTEST):
        if body[:2] != _GZIP:
            break
        body = _inflated(body, most, zlib.MAX_WBITS | 16)
    if len(body) > most:
        raise Problem("too_large", f"the body is larger than {most} bytes")
    return body


def deflated(body: bytes, most: int) -> bytes:
    """A body that its header calls deflate."""
    return _inflated(body, most, zlib.MAX_WBITS)


def _inflated(body: bytes, most: int, format_: int) -> bytes:
    made = bytearray()
    while body:
        stream = zlib.decompressobj(format_)
        try:
            made += stream.decompress(body, most + 1 - len(made))
        except zlib.error as error:
            raise Problem("malformed", f"the compressed body is broken: {error}") from error
        if len(made) > most:
            raise Problem("too_large", f"the body is larger than {most} bytes once decompressed")
        if not stream.eof:
            raise Problem("malformed", "the compressed body ends too early")
        body = stream.unused_data if stream.unused_data[:2] == _GZIP else b""
    return bytes(made)


def form(text: bytes) -> dict[str, str]:
    """A query string or form body; of repeated names the last counts. Plus signs in values become spaces."""
    found = {}
    for pair in text.split(b"&"):
        name, _, value = pair.partition(b"=")
        if name:
            found[unquote_plus(name.decode("latin-1"))] = unquote_plus(value.decode("latin-1"))
    return found


def from_base64(text: str) -> bytes:
    """Base64, also URL-safe, without padding, or with spaces where a form made them of plus signs.

    Raises Problem malformed for anything else.
    """
    clean = text.strip().replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(clean + "=" * (-len(clean) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem("malformed", f"not base64: {error}") from error


__all__ = ["deflated", "form", "from_base64", "unpacked"]
