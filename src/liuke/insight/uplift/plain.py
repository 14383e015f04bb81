"""A study as plain values for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from liuke.insight.uplift.qini import FORMULA
from liuke.insight.uplift.study import Study
from liuke.insight.uplift.words import finding_text, verdict_text


def as_dict(found: Study) -> dict[str, Any]:
    """Verdict and effect first; an interval is {estimate, low, high, level}."""
    said = verdict_text(found)
    plain = asdict(found)
    plain["rankings"] = {r.name: asdict(r) | _means(r) for r in found.rankings}
    plain["policies"] = {w.name: asdict(w) for w in found.policies}
    plain["findings"] = [asdict(f) | {"zh": finding_text(f).zh, "en": finding_text(f).en} for f in found.findings]
    tested = found.heterogeneity
    if tested is not None:
        plain["heterogeneity"]["usable"] = tested.usable
    return {"verdict": found.verdict, "zh": said.zh, "en": said.en, "formula": FORMULA} | plain


def _means(ranking: Any) -> dict[str, Any]:
    return {
        "qini_mean": ranking.qini_mean,
        "auuc_mean": ranking.auuc_mean,
        "gain_mean": ranking.gain_mean,
        "at": {f"{share:g}": value for share, value in ranking.at.items()},
    }
