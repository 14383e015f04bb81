"""Candidates: customers and what might be done about them, the table that gates and arbitration read."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

CANDIDATE: Final = pa.schema(
    [
        ("customer_id", pa.string()), ("treatment", pa.string()), ("source", pa.string()), ("source_id", pa.string()),
        ("theme", pa.string()), ("message_class", pa.string()), ("purpose", pa.string()), ("channel", pa.string()),
        ("offer_id", pa.string()), ("offered_risk", pa.int64()), ("eligible", pa.bool_()), ("applicable", pa.bool_()),
        ("unmet", pa.string()),
    ]
)  # fmt: skip
"""purpose: of the consent it needs, null for service. offer_id: the offer it carries. offered_risk: 1..5, of what is
offered. unmet: the first condition that is not met where eligible or applicable is false."""
