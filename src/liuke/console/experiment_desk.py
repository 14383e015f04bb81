"""The text editor's side of experiments: a draft in words, its plan, help beside the editor, and how it is proposed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from liuke.console.experiment_planning import asked_of, told
from liuke.console.experiment_words import facts_of, metric_name
from liuke.console.posted import words
from liuke.console.reading import data_date, lend
from liuke.console.reading.experiments import experiment_bench, plan_of
from liuke.console.showing import locale
from liuke.console.text_language import Language, Piece
from liuke.console.text_trials import nothing_run
from liuke.console.text_words import Said
from liuke.errors import YourMistake
from liuke.state.actions.change_experiment_text import propose_experiment_text
from liuke.state.actions.change_order import Who
from liuke.state.models import TextChange
from liuke.track.experiments.catalogue import Experiment, parse_experiment
from liuke.track.experiments.planner import as_json

_PIECES: Final = (
    Piece("source", "source: {kind: campaign, code: }\n", _("谁的客户：loop、campaign、trigger、offer、book")),
    Piece(
        "metrics",
        "metrics:\n  primary: [retained_30]\n  guardrails:\n    complaint_free_90: {harm: 0.01}\n"
        "  money: aum_kept_90\n  covariates: [aum, score]\n",
        _("主要指标、护栏、金额口径、协变量"),
    ),
    Piece("stop", "stop: {early_after_days: 28, on_harm: true, at_most_days: 180}\n", _("停止规则，先到为准")),
    Piece("unit · rm", "unit: rm\namong: []\narms: {shares: {treated: 0.5, holdout: 0.5}}\n", _("按客户经理抽取")),
    Piece("two arms", "arms: {treated: , control: }\n", _("同一活动的两个方案互比")),
    Piece("before_after", "evidence: before_after\nbefore_days: 90\n", _("前后对比，属较弱证据")),
    Piece("assumed", "assumed: {mean: 0.8, entrants_per_day: 40}\n", _("还没有数据时的估计；有了就删去")),
)
_KEYS: Final = (
    ("hypothesis", _("预期什么、为什么；写得让别人能判断它应验没有")),
    ("mde", _("值得行动的最小差异，用指标自己的单位：0.03 是 3 个百分点")),
    ("power / level", _("功效与置信水平")),
    ("segment / stratum", _("分开读的客群；合并读的层")),
    ("harm", _("护栏变坏多少才要紧")),
    ("start.on", _("从哪个数据日起计；不写就是批准后的下一次日批")),
    ("stop", _("样本达到、到日、提前有效、护栏受损、最长天数")),
    ("evidence", _("randomised 随机；switchback 轮换与 before_after 前后对比处处标为较弱证据")),
    ("arms.shares", _("写了就必须与来源实际所抽一致")),
)


def experiment_said(code: str, text: str) -> Said:
    """A draft in words."""
    try:
        shelf = experiment_bench().shelf
        made = parse_experiment(text, shelf, code=code)
    except YourMistake as error:
        return Said(mistake=error)
    spec = made.spec
    return Said(
        title=f"{spec.name.zh} / {spec.name.en}",
        facts=tuple(facts_of(spec, shelf.definitions, dict(made.shares))),
        hypothesis=spec.hypothesis.en if locale() == "en" else spec.hypothesis.zh,
    )


def tried_experiment(code: str, text: str) -> Mapping[str, Any]:
    """The plan that would be proposed with the draft as it stands."""
    shelf = experiment_bench().shelf
    made = parse_experiment(text, shelf, code=code)
    return told(_plan(made), made.spec.metrics.primary[0], shelf, made.spec.mde)


def propose_experiment_change(who: Who, change: TextChange, request: HttpRequest) -> None:
    """With the plan of now."""
    bench = experiment_bench()
    planned = _plan(parse_experiment(change.text, bench.shelf, code=change.code))
    propose_experiment_text(who, bench, change.pk, planned, words(request, "note"), change.version)


def experiment_language() -> Language:
    """Of experiments: sources, outcomes, and what the keys mean."""
    shelf = experiment_bench().shelf
    english = locale() == "en"
    sources = [
        Piece(f"{kind} {code}".strip(), f"{{kind: {kind}, code: {code}}}" if code else f"{{kind: {kind}}}",
              draw.name.en if english else draw.name.zh)
        for (kind, code), draw in shelf.draws.items()
    ]  # fmt: skip
    outcomes = [Piece(code, code, metric_name(code, shelf.definitions)) for code in shelf.definitions.outcomes]
    return Language(_PIECES, ((_("来源"), sources), (_("结果口径"), outcomes)), _KEYS)


def planner_of(text: str) -> dict[str, str]:
    """What the planner's form begins with: as the draft says, where it can be read."""
    try:
        return asked_of(parse_experiment(text, experiment_bench().shelf).spec)
    except YourMistake:
        return {}


def _plan(made: Experiment) -> dict[str, Any]:
    day = data_date().day
    if day is None:
        raise nothing_run()
    with lend() as reader:
        return as_json(plan_of(reader, made, day))
