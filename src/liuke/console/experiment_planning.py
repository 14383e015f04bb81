"""The power planner: what is asked in its form, the baseline measured on the source, and the answer in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import yaml
from django.http import QueryDict
from django.utils.translation import gettext as _

from liuke.console.experiment_words import SOURCES, UNITS, arm_name, difference, metric_name
from liuke.console.figures import is_chinese, rounded
from liuke.console.interval_picture import plan_curve
from liuke.console.reading import lend
from liuke.console.reading.experiments import baseline
from liuke.errors import YourMistake
from liuke.track.experiments.catalogue import Experiment, Shelf, parse_experiment
from liuke.track.experiments.experiment_file import ExperimentFile
from liuke.track.experiments.planner import Baseline, Wish, as_json, plan
from liuke.track.outcome_definitions import ZERO_OR_ONE

_LIMITS: Final[dict[str, tuple[float, float]]] = {
    "mde": (1e-6, 1e12), "power": (0.5, 0.99), "level": (0.8, 0.999), "share": (0.001, 0.999), "mean": (-1e12, 1e12),
    "variance": (0, 1e24), "entrants": (0, 1e9), "horizon": (0, 2000),
}  # fmt: skip
"""Boxes of numbers, and the least and the most that each takes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The form. source: 'kind:code'; share: of the hold-out; None where the box is empty or holds no number allowed:
    then it is measured, or the usual is taken. wrong: names of boxes whose content is not allowed.
    """

    source: str
    metric: str
    unit: str
    mde: float | None = None
    power: float | None = None
    level: float | None = None
    share: float | None = None
    mean: float | None = None
    variance: float | None = None
    entrants: float | None = None
    horizon: float | None = None
    wrong: tuple[str, ...] = ()


def asked_in(posted: QueryDict, shelf: Shelf) -> Asked:
    """What the form asks; what it does not know is the first there is."""
    sources = [f"{kind}:{code}" for kind, code in shelf.draws]
    known = list(shelf.definitions.outcomes)
    unit = posted.get("unit", "customer")
    numbers = {name: _number(posted.get(name, ""), name) for name in _LIMITS}
    return Asked(
        source=_among(posted.get("source", ""), [*sources, "book:"]),
        metric=_among(posted.get("metric", ""), known),
        unit=unit if unit in UNITS else "customer",
        wrong=tuple(name for name in _LIMITS if posted.get(name, "").strip() and numbers[name] is None),
        **numbers,
    )


def asked_of(spec: ExperimentFile) -> dict[str, str]:
    """The form as a file fills it; its baseline stays empty, to be measured."""
    return {
        "source": f"{spec.source.kind}:{spec.source.code or ''}",
        "metric": spec.metrics.primary[0],
        "unit": spec.unit,
        "mde": f"{spec.mde:g}",
        "power": f"{spec.power:g}",
        "level": f"{spec.level:g}",
    }


def answer(asked: Asked, shelf: Shelf, day: date | None) -> dict[str, Any]:
    """For `experiment_planner.html`: the form filled in, the plan or why there is none."""
    context: dict[str, Any] = {**choices(shelf), "asked": asked}
    measured, why = _measured(asked, shelf, day)
    definition = shelf.definitions.outcomes[asked.metric]
    is_share = definition.kind in ZERO_OR_ONE
    mde = asked.mde if asked.mde is not None else 0.03
    held = asked.share if asked.share is not None else _drawn(asked, shelf)
    context |= {"unmeasured": why, "is_share": is_share}
    base = _base(asked, measured, is_share=is_share, horizon=definition.ripens_after)
    filled = {"mde": mde, "power": asked.power or 0.8, "level": asked.level or 0.95, "share": held}
    context["filled"] = {name: _plain(value) for name, value in filled.items()} | _shown(base)
    if base is None:
        return context
    try:
        wish = Wish(mde, {"treated": 1 - held, "holdout": held}, power=filled["power"], level=filled["level"])
        made = plan(base, wish)
    except YourMistake as error:
        return context | {"mistake": error}
    return context | told(as_json(made), asked.metric, shelf, mde) | {"fills": _fills(filled, base)}


def told(planned: Mapping[str, Any], metric: str, shelf: Shelf, mde: float) -> dict[str, Any]:
    """A plan (planner.as_json) in words and as a picture."""
    definitions = shelf.definitions

    def said(value: float) -> str:
        return difference(value, metric, definitions).lstrip("+")

    there = planned["shown_by_existing"]
    needs = [(key, planned[key]) for key in ("always_valid", "fixed")]
    names = {"always_valid": _("随时有效"), "fixed": _("一次性")}
    points = [(int(d), wide, fixed) for d, wide, fixed in planned["curve"]]
    return {
        "planned": planned,
        "needs": [(names[key], need, [(arm_name(a), n) for a, n in need["per_arm"].items()]) for key, need in needs],
        "plan_picture": plan_curve(points, mde, planned["always_valid"]["days"], said),
        "there": said(there) if there is not None else "",
        "mde_said": said(mde),
        "effect_of_design": f"{planned['baseline']['design_effect']:.2f}",
        "curve_rows": [(d, *(said(v) if v is not None else "—" for v in pair)) for d, *pair in points][::3],
    }


def choices(shelf: Shelf) -> dict[str, Any]:
    """What may be chosen in the form."""
    chinese = is_chinese()
    drawn = [
        (f"{kind}:{code}", f"{SOURCES[kind]} · {draw.name.zh if chinese else draw.name.en}")
        for (kind, code), draw in shelf.draws.items()
    ]
    return {
        "sources": [*drawn, ("book:", str(SOURCES["book"]))],
        "metrics": [(code, metric_name(code, shelf.definitions)) for code in shelf.definitions.outcomes],
        "units": list(UNITS.items()),
    }


def trial(asked: Asked, shelf: Shelf) -> Experiment:
    """The experiment the form stands for. Raises YourMistake for what does not go together."""
    kind, _colon, code = asked.source.partition(":")
    keys = {
        "name": {"zh": "试算", "en": "Trial"},
        "hypothesis": {"zh": "试算", "en": "Trial"},
        "owner": "-",
        "source": {"kind": kind, **({"code": code} if code else {})},
        "unit": asked.unit,
        "metrics": {"primary": [asked.metric], "covariates": ["aum"] if asked.unit == "customer" else []},
        "mde": asked.mde or 0.03,
    }
    return parse_experiment(yaml.safe_dump(keys, allow_unicode=True, sort_keys=False), shelf, code="trial")


def _measured(asked: Asked, shelf: Shelf, day: date | None) -> tuple[Baseline | None, YourMistake | None]:
    if day is None:
        return None, None
    try:
        made = trial(asked, shelf)
        with lend() as reader:
            return baseline(reader, made, day), None
    except YourMistake as mistake:
        return None, mistake


def _base(asked: Asked, measured: Baseline | None, *, is_share: bool, horizon: int) -> Baseline | None:
    """The baseline as typed where it is, else as measured; None where neither says enough."""
    if measured is None:
        if asked.mean is None or asked.entrants is None or (asked.variance is None and not is_share):
            return None
        measured = Baseline(asked.mean, 0.0, asked.entrants, horizon, is_share, assumed=True)
    mean = measured.mean if asked.mean is None else asked.mean
    moved = asked.mean is not None and asked.mean != measured.mean
    share_of = is_share and asked.variance is None and 0 <= mean <= 1
    variance = asked.variance if asked.variance is not None else mean * (1 - mean) if share_of else measured.variance
    return replace(
        measured,
        mean=mean,
        variance=variance,
        is_share=share_of,
        entrants_per_day=measured.entrants_per_day if asked.entrants is None else asked.entrants,
        horizon_days=measured.horizon_days if asked.horizon is None else int(asked.horizon),
        assumed=measured.assumed or moved or asked.entrants is not None,
    )


def _drawn(asked: Asked, shelf: Shelf) -> float:
    kind, _colon, code = asked.source.partition(":")
    found = next((d for key, d in shelf.draws.items() if key == (kind, code)), None)
    return found.holdout_share if found and asked.unit == "customer" and 0 < found.holdout_share < 1 else 0.5


def _shown(base: Baseline | None) -> dict[str, str]:
    if base is None:
        return {"mean": "", "variance": "", "entrants": "", "horizon": ""}
    return {
        "mean": _plain(base.mean),
        "variance": _plain(base.variance),
        "entrants": _plain(base.entrants_per_day),
        "horizon": str(base.horizon_days),
    }


def _fills(filled: Mapping[str, float], base: Baseline) -> str:
    """Keys of the file and their values, as the button writes them."""
    assumed = f"mean: {_plain(base.mean)}, "
    if not base.is_share:
        assumed += f"variance: {_plain(base.variance)}, "
    keys = {
        "mde": _plain(filled["mde"]),
        "power": _plain(filled["power"]),
        "level": _plain(filled["level"]),
        "assumed": f"{{{assumed}entrants_per_day: {_plain(base.entrants_per_day)}}}",
    }
    return json.dumps(keys)


def _plain(value: float) -> str:
    return f"{float(rounded(value, 4)):.10g}" if abs(value) < 1e6 else f"{value:.10g}"


def _number(text: str, name: str) -> float | None:
    try:
        value = float(text.strip()[:32])
    except ValueError:
        return None
    least, most = _LIMITS[name]
    return value if least <= value <= most else None


def _among(asked: str, known: list[str]) -> str:
    return asked if asked in known else known[0]
