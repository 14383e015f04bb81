"""The rule language as files of the bank may use it: with every kind of question about behaviour.

A new kind is a `Question` (rules/questions.py) in the package that answers it, and a word here.
"""

from __future__ import annotations

from liuke.insight.funnel.condition import FunnelCondition
from liuke.insight.journey.condition import JourneyCondition
from liuke.insight.retention.assets_condition import KeptAssetsCondition
from liuke.insight.retention.condition import RetentionCondition
from liuke.insight.rules.questions import know
from liuke.insight.rules.tree import RuleNode

know(
    funnel=FunnelCondition, retention=RetentionCondition, kept_assets=KeptAssetsCondition, journey=JourneyCondition
)  # fmt: skip

__all__ = ["RuleNode"]
