"""Receipts in our own form, for services that the bank builds itself."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final, get_args

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from liuke.act.outbox.channel import Receipt, ReceiptKind
from liuke.errors import YourMistake
from liuke.yaml_file import Document

KINDS: Final = get_args(ReceiptKind)


class OwnReceipt(Document):
    """One item of the list."""

    key: str = Field(min_length=1, max_length=64)
    kind: ReceiptKind
    at: AwareDatetime | None = None
    code: str = Field("", max_length=32)


_LIST: Final = TypeAdapter(list[OwnReceipt])


def read_receipts(body: bytes, now: datetime) -> tuple[Receipt, ...]:
    """The receipts of a body; one without a time is of now. Raises YourMistake for what cannot be read."""
    try:
        items = _LIST.validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise YourMistake(
            f"the receipts cannot be read: {'.'.join(map(str, first['loc']))}: {first['msg']}",
            expected=json.dumps([{"key": "…", "kind": " | ".join(KINDS), "at": "2026-01-31T08:00:00+08:00"}]),
            state="nothing was changed",
        ) from error
    return tuple(Receipt(item.kind, item.at or now, item.key, code=item.code) for item in items)
