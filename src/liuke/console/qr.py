"""QR codes as SVG inside the page: shapes and attributes only, which the content security policy lets through, and no
address of its own that a browser or proxy could keep.
"""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_picture(text: str) -> SafeString:
    """The code as an `<svg>` element with a quiet border."""
    made = segno.make(text, error="m", micro=False)
    drawn: str = made.svg_inline(scale=5, border=3, dark="#141d2f", light="#fff", omitsize=True)
    return mark_safe(drawn)  # noqa: S308 - shapes that segno drew; the text is not in it
