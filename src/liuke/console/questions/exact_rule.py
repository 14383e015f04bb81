"""The segment of exactly the customers in a list: the page's own question as a rule asks it, narrowed as there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import yaml
from django.utils.translation import override

from liuke.console.questions import words
from liuke.console.questions.fields import Fields
from liuke.console.questions.funnel_form import form_of
from liuke.console.questions.journey_words import WHATS
from liuke.console.questions.whom import preset_of
from liuke.console.reading.behaviour import Whom, Within
from liuke.console.reading.rule_bench import event_names
from liuke.insight.funnel.spec import Funnel
from liuke.insight.journey.journey_map import What
from liuke.insight.journey.spec import JourneyFile
from liuke.insight.retention.spec import KeptAssets, Retention

Both = tuple[str, str]
"""Chinese and English."""


def funnel_rule(fields: Fields, funnel: Funnel, within: Within, step: int) -> str:
    """A segment's YAML: stopped at the step, those included who may still go on."""
    written = _written(funnel)
    labels = _labels(fields)
    written["steps"] = [{**one, "label": label} for one, label in zip(written["steps"], labels, strict=True)]
    asked = {"funnel": written, "stopped_at": step, "waiting": True, **_days(fields, within)}
    before, after = labels[step - 1 : step + 1]
    return _segment(
        (f"停在「{before['zh']}」", f"Stopped at {before['en']}"),
        (
            f"做到「{before['zh']}」而没有做到「{after['zh']}」，含时限未到的",
            f"Got to {before['en']} and not to {after['en']}, who may go on included",
        ),
        _narrowed(asked, within.whom),
    )


def retention_rule(
    fields: Fields, asked: Retention | KeptAssets, within: Within, cohort: int, k: int, *, returned: bool
) -> str:  # fmt: skip
    """A segment's YAML: the people of one cell. The days stay what they are: of other days it were another cohort."""
    if isinstance(asked, KeptAssets):
        return _assets_rule(asked, within, cohort, k, kept=returned)
    written, labels = _written(asked), _labels(fields)
    for key, label in zip(("start", "return"), labels, strict=False):
        if key in written:
            written[key] = {**written[key], "label": label}
    said = {
        "retention": written, "cohort": cohort, "period": k, "returned": returned,
        "first": within.period.first, "last": within.period.last,
    }  # fmt: skip
    begun = labels[0]
    came: Both = ("回来", "came back") if returned else ("没有回来", "did not come back")
    return _segment(
        (f"「{begun['zh']}」之后{came[0]}", f"{begun['en']}: {came[1]}"),
        (
            f"第{cohort + 1}批「{begun['zh']}」的客户，第{k}期{came[0]}",
            f"Cohort {cohort + 1} of {begun['en']}: {came[1]} in period {k}",
        ),
        _narrowed(said, within.whom),
    )


def _assets_rule(asked: KeptAssets, within: Within, cohort: int, k: int, *, kept: bool) -> str:
    said = {
        "kept_assets": {"share": asked.share, **_written(asked)}, "cohort": cohort, "period": k, "kept": kept,
        "first": within.period.first, "last": within.period.last,
    }  # fmt: skip
    share = f"{asked.share * 100:g}%"
    words: Both = ("保住", "Kept") if kept else ("没有保住", "Did not keep")
    return _segment(
        (f"{words[0]}{share}资产", f"{words[1]} {share} of assets"),
        (
            f"第{cohort + 1}批有资产的客户，第{k}期末{words[0]}当初的{share}",
            f"Cohort {cohort + 1} with assets: {words[1].lower()} {share} of them at the end of period {k}",
        ),
        _narrowed(said, within.whom),
    )


def journey_rule(fields: Fields, journey: JourneyFile, within: Within, stage: str, what: What) -> str:
    """A segment's YAML: whose case was found so at the stage."""
    asked = {"journey": _written(journey), "stage": stage, "what": what, **_days(fields, within)}
    name, at = journey.name, next(one.name for one in journey.stages if one.code == stage)
    said = [_in(language, lambda: [str(WHATS[what])])[0] for language in ("zh-hans", "en")]
    return _segment(
        (f"{name.zh}·{at.zh}·{said[0]}", f"{name.en}: {at.en}: {said[1]}"),
        (f"旅程「{name.zh}」在「{at.zh}」这一段：{said[0]}", f"Journey {name.en} at {at.en}: {said[1]}"),
        _narrowed(asked, within.whom),
    )


def _written(asked: Funnel | Retention | KeptAssets | JourneyFile) -> dict[str, Any]:
    """As YAML has it, without what goes without saying."""
    return asked.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _labels(fields: Fields) -> list[Mapping[str, str]]:
    """What the page calls the steps, in both languages."""
    said = [_in(language, lambda: _names(fields)) for language in ("zh-hans", "en")]
    return [{"zh": zh, "en": en} for zh, en in zip(*said, strict=True)]


def _names(fields: Fields) -> list[str]:
    names, form = event_names(), form_of(fields)
    return [words.any_of(form.tokens(n), names) for n in range(1, len(form.steps) + 1)]


def _in(language: str, said: Callable[[], list[str]]) -> list[str]:
    with override(language):
        return said()


def _days(fields: Fields, within: Within) -> dict[str, Any]:
    """Days back go on moving; days that were chosen stay."""
    preset = preset_of(fields)
    if preset != "own":
        return {"days": int(preset)}
    return {"first": within.period.first, "last": within.period.last}


def _narrowed(asked: Mapping[str, Any], whom: Whom) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"behaviour": dict(asked)}]
    if whom.branch:
        parts.append({"attribute": "branch_id", "op": "under", "value": whom.branch})
    if whom.kind:
        parts.append({whom.kind: whom.code})
    return {"all": parts} if len(parts) > 1 else parts[0]


def _segment(name: Both, description: Both, rule: Mapping[str, Any]) -> str:
    written = {
        "name": dict(zip(("zh", "en"), name, strict=True)),
        "description": dict(zip(("zh", "en"), description, strict=True)),
        "owner": "数字运营部",
        "rule": dict(rule),
    }
    return str(yaml.safe_dump(written, allow_unicode=True, sort_keys=False, width=110))
