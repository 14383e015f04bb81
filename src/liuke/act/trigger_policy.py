"""`policies/triggers.yaml`: which sensitive rules may watch."""

from __future__ import annotations

from pathlib import Path

from liuke.yaml_file import Document, load_yaml


class TriggerPolicy(Document):
    """What the bank decided about its trigger rules as a whole. A missing file means these defaults.

    switched_on: codes of sensitive rules (PIPL art. 28) that may watch, each by name and by decision of the bank.
    """

    switched_on: tuple[str, ...] = ()


def read_trigger_policy(path: Path) -> TriggerPolicy:
    """The policy at `path`, or the defaults when there is no such file."""
    return load_yaml(path, TriggerPolicy) if path.is_file() else TriggerPolicy()
