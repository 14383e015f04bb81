"""What a model card tells, as values; `page.render` makes the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from liuke.insight.churn.learning.checks import Finding
from liuke.insight.churn.learning.evaluate import Evaluation
from liuke.stats.drift import Reference


@dataclass(frozen=True, slots=True)
class Text:
    """The same in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class FeatureLine:
    """One of the top features. share: of all gain (0..1)."""

    name: str
    title: Text
    share: float


@dataclass(frozen=True, slots=True)
class Headline:
    """The one figure above the fold and what it was measured on (e.g. later months, customers not yet fallen)."""

    value: str
    note: Text


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Everything on the card.

    title, purpose, protocol: what the model is for and how it was judged. data: rows of label and value.
    evaluation: on examples the model never learned from. limits: what it must not be used for. references: of each
    feature, for drift; score_reference: of the probability. facts: parameters and versions, as they are.
    slice_titles, group_titles: names of the slicings of `evaluation` in both languages (default: the name itself).
    small_group: of a group with fewer people no figure is shown.
    """

    title: Text
    version: str
    made: str
    purpose: Text
    protocol: Text
    headline: tuple[Headline, ...]
    data: tuple[tuple[Text, str | Text], ...]
    evaluation: Evaluation
    features: tuple[FeatureLine, ...]
    findings: tuple[Finding, ...]
    limits: tuple[Text, ...]
    references: Mapping[str, Reference]
    score_reference: Reference | None
    facts: Mapping[str, str] = field(default_factory=dict)
    slice_titles: Mapping[str, Text] = field(default_factory=dict)
    group_titles: Mapping[str, Text] = field(default_factory=dict)
    small_group: int = 10
