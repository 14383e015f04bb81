"""Hillstrom's e-mail trial (64,000 customers): women's and men's e-mail against none, outcome visit, 2 × 5-fold.

Targets: women's Qini (scikit-uplift's definition, mean over held-out folds) at least 0.058 and "usable"; men's "no
usable heterogeneity". A third of the customers was to be in each arm, so of two arms a half.
"""

from __future__ import annotations

from benchmarks.section import Section, public_data
from benchmarks.uplift.asked import told, uplift

TARGET = 0.058


def run() -> Section:
    """Both trials by the same command; only the arms' names differ."""
    figures: dict[str, object] = {}
    ratios: dict[str, object] = {}
    for name, arm, verdict in (("women", "Womens E-Mail", "usable"), ("men", "Mens E-Mail", "none")):
        found = uplift(
            public_data() / "hillstrom" / "hillstrom.csv", treatment="segment", treated=arm, control="No E-Mail",
            outcome="visit", exclude="conversion,spend", propensity=0.5, folds=5, repeats=2,
        )  # fmt: skip
        figures |= {f"{name}.{key}": value for key, value in told(found).items()}
        ratios[f"{name}.verdict_as_expected"] = found["verdict"] == verdict
        if name == "women":
            ratios[f"women.qini_to_target_{TARGET}"] = round(found["qini"]["estimate"] / TARGET, 4)
    return Section(figures, ratios)
