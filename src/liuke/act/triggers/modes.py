"""How a rule works: off, in the shadow, on; and how its file is made to say so, all else left as written."""

from __future__ import annotations

from typing import Final, Literal, get_args

import yaml

from liuke.act.triggers.rule_file import TriggerFile
from liuke.yaml_file import with_key

Mode = Literal["off", "shadow", "on"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)


def mode_of(spec: TriggerFile) -> Mode:
    """How the rule works by its file. A sensitive rule that is on still sleeps until the bank names it."""
    return "off" if not spec.active else "shadow" if spec.shadow else "on"


def with_mode(text: str, mode: Mode) -> str:
    """The rule's valid YAML text with that mode; comments and order stay."""
    text = with_flag(text, "active", mode != "off", usual=True)
    return text if mode == "off" else with_flag(text, "shadow", mode == "shadow")


def with_flag(text: str, key: str, value: bool, *, usual: bool = False) -> str:
    r"""The text with `key: true|false` at the top level. A key that is absent is not written for its usual value.

    >>> with_flag("name: a\ncondition: {}\n", "shadow", True)
    'name: a\nshadow: true\ncondition: {}\n'
    """
    said = "true" if value else "false"
    if value == usual and key not in (yaml.safe_load(text) or {}):
        return text
    return with_key(text, key, said, before="condition")
