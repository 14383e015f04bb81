"""The segment rule nearest to "got to step n of a funnel and not further": for the rule language knows no order.

Exact it is not: a rule counts facts of the last days, whatever their order and the window between them. So the page
offers it as a draft to begin from, with its own count beside, and never as the list itself.
"""

from __future__ import annotations

from typing import Any

import yaml

from liuke.insight.behaviour.happening import Happening
from liuke.insight.funnel.spec import Funnel


def near_rule(funnel: Funnel, step: int, days: int, words: tuple[str, str]) -> str:
    """A segment's YAML: did every step up to `step` within so many days, and the next one not at all.

    words: the last step reached and the one not reached, for its name.
    """
    reached, next_one = funnel.steps[:step], funnel.steps[step]
    parts = [*(_did(one, days) for one in reached), _did(next_one, days) | {"op": "==", "value": 0}]
    before, after = words
    written = {
        "name": {"zh": f"做了「{before}」没有「{after}」", "en": f"Did {before}, not {after}"},
        "description": {
            "zh": f"近{days}天做了「{before}」而没有「{after}」(与漏斗相近,不计先后与时限)",
            "en": f"Did {before} in {days} days and not {after}: near the funnel, without order and window",
        },
        "owner": "数字运营部",
        "rule": {"all": parts},
    }
    return str(yaml.safe_dump(written, allow_unicode=True, sort_keys=False, width=110))


def _did(one: Happening, days: int) -> dict[str, Any]:
    made: dict[str, Any] = {"did": one.did, "within": min(days, 3660)}
    if one.name:
        made["name"] = list(one.name) if len(one.name) > 1 else one.name[0]
    if one.where:
        made["where"] = [node.model_dump(mode="json", by_alias=True, exclude_none=True) for node in one.where]
    return made
