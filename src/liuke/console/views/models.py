"""The churn models: which one scores, how good it was, whether it still fits, who might follow it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from liuke.console import labels
from liuke.console.acting import guarded, page
from liuke.console.figures import rounded, share
from liuke.console.graphics import Whisker, whisker
from liuke.console.labels import Text
from liuke.console.reading import lend
from liuke.console.reading.duels import Duel, duels
from liuke.console.reading.model_board import Registered, Watch, card_of, contest, registered, watch
from liuke.console.showing import locale
from liuke.insight.churn.grounds import grounds_text
from liuke.insight.churn.watch.proposal import ground_text
from liuke.insight.features.registry import FEATURES

CARD_POLICY: Final = "; ".join(
    (
        "default-src 'none'", "style-src 'unsafe-inline'", "img-src data:", "base-uri 'none'", "form-action 'none'",
        "frame-ancestors 'none'", "sandbox allow-popups",
    )
)  # fmt: skip
"""A card is one file with its own style and no script: nothing else may be loaded, run or sent from it."""
_FULL_BAR: Final = 0.5
"""A PSI that fills the bar: twice the reading that alerts."""
_FIRST_FEATURES: Final = 15
_FIRST_GROUNDS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One reading in words. part: of the bar, 0..1, None without one."""

    name: str
    code: str
    reading: str
    reference: str
    level: str
    level_label: Text
    look: str
    colour: str
    part: float | None
    gain: str
    customers: int


@require_GET
@guarded("see_models")
def board(request: HttpRequest) -> HttpResponse:
    """Every model, the active one's figures and drift, and its challengers."""
    with lend() as reader:
        found = registered(reader)
        lead = next((m for m in found if m.entry.state == "active"), None)
        seen = watch(reader, lead) if lead else None
        rivals = contest(reader) if found else None
        fought = duels(reader, lead) if lead else None
    context: dict[str, Any] = {
        "models": found,
        "lead": lead,
        "figures": _figures(lead) if lead else (),
        "whys": {m.entry.label: grounds_text(m.entry.grounds, locale()) for m in found},
        "state_labels": labels.MODEL_STATES,
        "contest": rivals,
        "role_labels": labels.MODEL_ROLES,
        "duels": [_shown(duel) for duel in fought.found] if fought else [],
        "first_duel": fought.first_on if fought else None,
        **(_drift(seen) if seen else {}),
    }
    return page(request, "console/models.html", "models", context)


@require_GET
@guarded("see_models")
def card(request: HttpRequest, name: str, version: str) -> HttpResponse:
    """The model card as it was written with the model, alone in a sandbox."""
    with lend() as reader:
        text = card_of(reader, name, version)
    if text is None:
        raise Http404
    return HttpResponse(text, headers={"Content-Security-Policy": CARD_POLICY, "X-Content-Type-Options": "nosniff"})


@dataclass(frozen=True, slots=True)
class Fought:
    """One comparison in words. look: of its notice; bounds: of the interval; whisker: the interval drawn."""

    duel: Duel
    look: str
    word: Text
    advice: Text
    difference: str
    bounds: str
    whisker: Whisker | None


def _shown(duel: Duel) -> Fought:
    look, word, advice = labels.VERDICTS[duel.verdict]
    gap = duel.difference
    return Fought(
        duel=duel,
        look=look,
        word=word,
        advice=advice,
        difference=_signed(gap.estimate) if gap else "—",
        bounds=f"{_signed(gap.low)} … {_signed(gap.high)}" if gap else "—",
        whisker=whisker(gap.low, gap.high, gap.estimate) if gap else None,
    )


def _signed(value: float) -> str:
    number = rounded(value, 3)
    return f"+{number}" if number > 0 else str(number).replace("-", "−")


def _figures(lead: Registered) -> list[tuple[Text, str]]:
    """AUC by group, the headline first."""
    auc = lead.judged.auc if lead.judged else {}
    return [(label, _three(auc[key])) for key, label in labels.AUC_GROUPS.items() if auc.get(key) is not None]


def _drift(seen: Watch) -> dict[str, Any]:
    look, sentence = labels.ADVICE[seen.proposal.advice]
    features = [_feature_line(row) for row in seen.features]
    return {
        "drift": seen,
        "advice": seen.proposal.advice,
        "advice_look": look,
        "advice_text": sentence,
        "grounds": [
            ground_text((kind, _title(name) if kind == "feature" else name, value), locale())
            for kind, name, value in seen.proposal.grounds[:_FIRST_GROUNDS]
        ],
        "more_grounds": max(0, len(seen.proposal.grounds) - _FIRST_GROUNDS),
        "features": features[:_FIRST_FEATURES],
        "more_features": features[_FIRST_FEATURES:],
        "others": [_other_line(row) for row in seen.others],
    }


def _title(name: str) -> str:
    """A feature in words; its code when the registry lost it."""
    feature = FEATURES.get(name)
    return name if feature is None else feature.en if locale() == "en" else feature.zh


def _feature_line(row: Mapping[str, Any]) -> Line:
    return _line(row, _title(row["name"]), rounded(row["reading"], 3), rounded(row["reference"] or 0, 2), bar=True)


def _other_line(row: Mapping[str, Any]) -> Line:
    name, kind = str(labels.DRIFT_KINDS[row["kind"]]), row["kind"]
    if kind == "label":
        return _line(row, name, share(row["reading"]), share(row["reference"]))
    reference = None if kind == "calibration" else row["reference"]
    return _line(row, name, _three(row["reading"]), _three(reference), bar=kind == "score")


def _line(row: Mapping[str, Any], name: str, reading: object, reference: object, *, bar: bool = False) -> Line:
    level = row["level"]
    return Line(
        name=name,
        code=row["name"],
        reading=str(reading),
        reference=str(reference),
        level=level,
        level_label=labels.DRIFT_LEVELS[level],
        look=labels.DRIFT_LOOKS[level],
        colour=labels.DRIFT_COLOURS[level],
        part=min(1.0, row["reading"] / _FULL_BAR) if bar else None,
        gain=share(row.get("gain")),
        customers=row["customers"],
    )


def _three(value: float | None) -> str:
    return "—" if value is None else str(rounded(value, 3))
