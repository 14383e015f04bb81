"""Names of clusters: what sets each apart from the rest, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from liuke.insight.clusters.fit import Labels
from liuke.insight.clusters.scaling import Matrix
from liuke.insight.features.registry import FEATURES
from liuke.settings import Name

TELLING = 0.3
"""Differences below this many standard deviations name nothing."""
WORDS: dict[str, tuple[str, str]] = {
    "aum_mean_90": ("余额", "balance"),
    "own_count_90": ("活跃", "activity"),
    "app_days_90": ("线上", "online use"),
    "in_amount_90": ("转入", "money in"),
    "out_amount_90": ("转出", "money out"),
    "salary_amount_90": ("工资", "salary"),
    "wealth_out_90": ("理财", "investing"),
    "card_count_90": ("刷卡", "card use"),
    "branch_count_90": ("柜面", "branch use"),
    "cash_count_90": ("现金", "cash use"),
    "elsewhere_share_90": ("他行外流", "outflow elsewhere"),
    "tenure_days": ("资历", "tenure"),
    "products": ("产品数", "products"),
    "complaint_count_180": ("投诉", "complaints"),
}
"""Short words of the features that clusters are made of by default; others take theirs from the registry."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a cluster differs in one feature: mean of the cluster minus mean of the rest, in standard deviations."""

    feature: str
    standard_deviations: float


def differences(sample: Matrix, labels: Labels, features: tuple[str, ...], cluster: int) -> tuple[Difference, ...]:
    """All features of a cluster, the most telling first."""
    inside = labels == cluster
    gaps = sample[inside].mean(axis=0) - (sample[~inside].mean(axis=0) if (~inside).any() else 0.0)
    found = [Difference(f, round(float(g), 3)) for f, g in zip(features, gaps, strict=True)]
    return tuple(sorted(found, key=lambda d: (-abs(d.standard_deviations), d.feature)))


def named(ranked: list[tuple[Difference, ...]]) -> tuple[Name, ...]:
    """A name per cluster from its most telling differences: two words, more where two clusters would share a name.

    高余额·低活跃 / high balance · low activity. A cluster without a telling difference is 中间客群 / middle.
    """
    lengths = [2] * len(ranked)
    while True:
        names = [_name(found, n) for found, n in zip(ranked, lengths, strict=True)]
        twins = [i for i, name in enumerate(names) if names.count(name) > 1]
        longer = [i for i in twins if lengths[i] < len(_telling(ranked[i]))]
        if not longer:
            break
        for i in longer:
            lengths[i] += 1
    for i in twins:
        nth = names[: i + 1].count(names[i])
        names[i] = Name(zh=f"{names[i].zh} {nth}", en=f"{names[i].en} {nth}") if nth > 1 else names[i]
    return tuple(names)


def _name(found: tuple[Difference, ...], words: int) -> Name:
    telling = _telling(found)[:words]
    if not telling:
        return Name(zh="中间客群", en="middle")
    parts = [(d.standard_deviations > 0, *_word(d.feature)) for d in telling]
    zh = "·".join(("高" if up else "低") + word for up, word, _ in parts)
    return Name(zh=zh, en=" · ".join(("high " if up else "low ") + word for up, _, word in parts))


def _telling(found: tuple[Difference, ...]) -> list[Difference]:
    return [d for d in found if abs(d.standard_deviations) >= TELLING]


def _word(feature: str) -> tuple[str, str]:
    if feature in WORDS or feature not in FEATURES:
        return WORDS.get(feature, (feature, feature))
    known = FEATURES[feature]
    zh = re.sub(r"^近\d+天", "", known.zh)
    return zh, re.sub(r"\s*(?:in|over)? ?\d+ days$", "", known.en).lower()
