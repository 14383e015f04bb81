"""How an offer's file is made to say whether it is approved, all else left as written."""

from __future__ import annotations

import json
from datetime import date
from typing import Literal

from liuke.yaml_file import with_key

Verdict = Literal["approved", "withdrawn"]


def with_approval(text: str, state: Verdict, by: str, day: date) -> str:
    r"""The offer's valid YAML text with that approval; comments and order stay.

    >>> with_approval("theme: a\napproval: {state: draft}\n", "approved", "李复核", date(2026, 6, 30))
    'theme: a\napproval: {state: approved, by: "李复核", day: 2026-06-30}\n'
    """
    said = f"{{state: {state}, by: {json.dumps(by, ensure_ascii=False)}, day: {day.isoformat()}}}"
    return with_key(text, "approval", said)
