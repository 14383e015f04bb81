"""A trigger rule to begin from: who came to a stage of a journey, of whom nothing more is heard.

Near the map and no more: rules are counted per customer and know no cases, and of what a stage's touchpoints ask only
plain tests of one property are taken over. So it is a draft, tried on history before it is switched on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from liuke.errors import YourMistake, coded
from liuke.insight.behaviour.happening import Happening
from liuke.insight.journey.catalogue import Journey
from liuke.insight.rules.rows import PropertyTest

_USUAL: Final = "24h"
_WITHOUTS: Final = 5


def stage_rule(journey: Journey, stage: str) -> str:
    """The rule's YAML. It waits as long as the stage may last, else a day.

    Raises YourMistake for a stage that is not there, and for one without a touchpoint that is an event.
    """
    at = journey.place(stage)
    spec, one = journey.spec, journey.spec.stages[at]
    mine = _event(one.touchpoints, journey)
    if mine is None:
        raise YourMistake(
            coded("stage_without_event", "stage '{name}' has no touchpoint that is an event", name=stage),
            expected="a touchpoint of events: triggers hear events only",
            then="write the rule by hand",
        )
    later = _event(spec.stages[at + 1].touchpoints, journey) if at + 1 < len(spec.stages) else None
    onward = later or _event(spec.outcomes.success, journey) or mine
    outcomes = (*spec.outcomes.rejected, *spec.outcomes.withdrawn, *spec.outcomes.success)
    ends = list(dict.fromkeys(name for each in outcomes if each.did == "event" for name in each.name))
    name, where = mine
    count = {"count": name, **where, "at_least": 1, "within": "2d"}
    waits = one.expected or _USUAL
    parts = [
        {"sequence": [{"event": name, **where}], "then_no": {"event": onward[0], **onward[1], "within": waits}},
        *(
            {**count, "without": {"event": end, "since": "first_match"}}
            for end in list(dict.fromkeys(ends))[:_WITHOUTS]
        ),
    ]
    written = {
        "name": {"zh": f"{spec.name.zh}停在{one.name.zh}", "en": f"{spec.name.en}: stopped at {one.name.en}"},
        "description": {
            "zh": f"到了「{one.name.zh}」，{waits}内没有走到下一段，也没有结束。由旅程地图写成，时长请按本行情况修改",
            "en": f"Came to {one.name.en} and neither went on within {waits} nor ended. Written from the journey map",
        },
        "owner": spec.owner, "purpose": "service", "theme": "application", "tier": "orange", "priority": 60,
        "cooldown": "3d", "settle": "5m", "condition": {"all": parts} if len(parts) > 1 else parts[0],
    }  # fmt: skip
    return str(yaml.safe_dump(written, allow_unicode=True, sort_keys=False, width=110))


def _event(asked: Sequence[Happening], journey: Journey) -> tuple[str, Mapping[str, Any]] | None:
    """The name of an event, rather one that neither begins nor ends a case, and its tests."""
    spec = journey.spec
    outcomes = (*spec.outcomes.success, *spec.outcomes.rejected, *spec.outcomes.withdrawn)
    edges = {name for each in (spec.enter, *outcomes) for name in each.name}
    for one in asked:
        if one.did == "event" and one.name:
            name = next((name for name in one.name if name not in edges), one.name[0])
            tests = [t for t in map(_test, one.where) if t is not None]
            return name, {"where": tests} if tests else {}
    return None


def _test(node: object) -> dict[str, Any] | None:
    if not isinstance(node, PropertyTest):
        return None
    said = node.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {key: said[key] for key in ("property", "op", "value") if key in said}
