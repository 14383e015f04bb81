"""The whole picture of one customer: who, what they hold, how they behave, what they need, when to call."""

from __future__ import annotations

from liuke.insight.profile.hours import BestSpan, ContactHours, ContactWindow
from liuke.insight.profile.person import CurvePoint, HeldAccount, Identity
from liuke.insight.profile.portrait import BehaviourBlock, Fact, Need, RiskBlock
from liuke.insight.profile.reading import Consent, CustomerFile, ModelRisk, Profile, profile
from liuke.insight.profile.worth import Part, Standing, Worth, column_of

__all__ = [
    "BehaviourBlock", "BestSpan", "Consent", "ContactHours", "ContactWindow", "CurvePoint", "CustomerFile", "Fact",
    "HeldAccount", "Identity", "ModelRisk", "Need", "Part", "Profile", "RiskBlock", "Standing", "Worth", "column_of",
    "profile",
]  # fmt: skip
