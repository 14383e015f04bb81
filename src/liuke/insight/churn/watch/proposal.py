"""What to do about drift: leave it, look, train anew, or let the challenger take over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from liuke.insight.amounts import Locale, percent

FEATURE_SHARE = 0.1
"""Train anew when features that carry at least this share of the model's gain have shifted."""
Advice = Literal["keep", "look", "retrain"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """advice with its grounds: (code, name, reading) each, e.g. ("label", "2026-06-30", 0.031)."""

    advice: Advice
    grounds: tuple[tuple[str, str, float], ...]


def proposal(readings: Iterable[Mapping[str, Any]], importance: Mapping[str, float]) -> Proposal:
    """From DRIFT rows of one model's latest day. importance: share of the model's gain by feature, adding up to 1.

    Retraining is proposed when the score, the rate of loss, the calibration or the ranking alerts, or features
    that carry a tenth of the gain do. Anything else that is not ok is worth a look.
    """
    rows = list(readings)
    loud = [r for r in rows if r["level"] == "alert"]
    shifted = [r for r in loud if r["kind"] == "feature"]
    carried = sum(importance.get(r["name"], 0.0) for r in shifted)
    grave = [r for r in loud if r["kind"] != "feature"] + (shifted if carried >= FEATURE_SHARE else [])
    if grave:
        return Proposal("retrain", _grounds(grave))
    uneasy = [
        r for r in rows if r["level"] != "ok" and (r["kind"] != "feature" or importance.get(r["name"], 0.0) > 0.01)
    ]
    return Proposal("look", _grounds(uneasy)) if uneasy else Proposal("keep", ())


def _grounds(rows: list[Mapping[str, Any]]) -> tuple[tuple[str, str, float], ...]:
    return tuple((r["kind"], r["name"], r["reading"]) for r in sorted(rows, key=lambda r: (r["kind"], -r["reading"])))


_WORDS: dict[str, tuple[str, str]] = {
    "feature": ("特征 {name} 分布偏移 PSI {value:.2f}", "feature {name} has shifted, PSI {value:.2f}"),
    "score": ("评分分布偏移 PSI {value:.2f}", "the scores have shifted, PSI {value:.2f}"),
    "label": ("{name} 的客户流失率变为 {share}", "customers of {name}: rate of loss is now {share}"),
    "calibration": ("{name} 的概率校准误差 {value:.3f}", "calibration error {value:.3f} for {name}"),
    "ranking": ("{name} 的 AUC 降至 {value:.3f}", "AUC for {name} is down to {value:.3f}"),
}


def ground_text(ground: tuple[str, str, float], locale: Locale = "zh-hans") -> str:
    """One ground as a clause.

    >>> ground_text(("score", "probability", 0.31))
    '评分分布偏移 PSI 0.31'
    """
    kind, name, value = ground
    return _WORDS[kind][locale == "en"].format(name=name, value=value, share=percent(value))
