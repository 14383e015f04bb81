"""How an offer's file is made to say whether it is approved, all else left as written."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Final, Literal

import yaml

from liuke.act.bank_file import read_bank_file, write_bank_file

_WHAT: Final = "offer"
Verdict = Literal["approved", "withdrawn"]


def offer_path(home: Path, code: str) -> Path:
    """`offers/<code>.yaml`."""
    return home / "offers" / f"{code}.yaml"


def read_offer_text(home: Path, code: str) -> str:
    """The file's text; '' when there is none."""
    return read_bank_file(offer_path(home, code), _WHAT)


def write_offer_text(home: Path, code: str, text: str) -> None:
    """Puts the text in the file's place, see `write_bank_file`."""
    write_bank_file(offer_path(home, code), text, _WHAT)


def with_approval(text: str, state: Verdict, by: str, day: date) -> str:
    r"""The offer's valid YAML text with that approval; comments and order stay.

    >>> with_approval("theme: a\napproval: {state: draft}\n", "approved", "李复核", date(2026, 6, 30))
    'theme: a\napproval: {state: approved, by: "李复核", day: 2026-06-30}\n'
    """
    said = f"{{state: {state}, by: {json.dumps(by, ensure_ascii=False)}, day: {day.isoformat()}}}"
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or not root.value:
        return text
    places = {name.value: node for name, node in root.value}
    if "approval" in places:
        node = places["approval"]
        written = text[node.start_mark.index : node.end_mark.index]
        tail = written[len(written.rstrip()) :]
        return text[: node.start_mark.index] + said + tail + text[node.end_mark.index :]
    if root.flow_style:
        at = root.start_mark.index + 1
        return f"{text[:at]}approval: {said}, {text[at:]}"
    return f"{text.rstrip(chr(10))}\napproval: {said}\n"
