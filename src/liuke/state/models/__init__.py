"""The rows people edit or read: log-ins, orders, people, rules, campaigns, outbox, audit, runs. App label `state`."""

from __future__ import annotations

from liuke.state.models.analysis import AnalysisView, AnalysisViewVersion
from liuke.state.models.applications import Application, ApplicationStep, GuessGuard
from liuke.state.models.audit import AuditEntry
from liuke.state.models.campaigns import CampaignState
from liuke.state.models.experiments import ExperimentState
from liuke.state.models.exports import LongExport
from liuke.state.models.keys import ApiKeyRow
from liuke.state.models.offers import OfferApproval
from liuke.state.models.orders import OrderEvent, OrderLoop, WorkOrder
from liuke.state.models.organisation import Branch, Staff, TeamMember
from liuke.state.models.outbox import ChannelPace, ChannelRefusal, LakeBatch, OutboxMessage, OutboxReceipt
from liuke.state.models.partitions import StreamPartition
from liuke.state.models.people import StaffLeave, StaffShift, StaffSkill, Transfer
from liuke.state.models.rules import RuleChange, RuleReplay
from liuke.state.models.runs import Run
from liuke.state.models.second_factors import RecoveryCode, SecondFactor
from liuke.state.models.sign_ins import SignIn
from liuke.state.models.sso import SsoLink
from liuke.state.models.texts import TextChange
from liuke.state.models.triggers import DecisionBatch, TriggerMatch
from liuke.state.models.users import User

__all__ = [
    "AnalysisView", "AnalysisViewVersion", "ApiKeyRow", "Application", "ApplicationStep", "AuditEntry", "Branch",
    "CampaignState", "ChannelPace", "ChannelRefusal", "DecisionBatch", "ExperimentState", "GuessGuard", "LakeBatch",
    "LongExport", "OfferApproval", "OrderEvent", "OrderLoop", "OutboxMessage", "OutboxReceipt", "RecoveryCode",
    "RuleChange", "RuleReplay", "Run", "SecondFactor", "SignIn", "SsoLink", "Staff", "StaffLeave", "StaffShift",
    "StaffSkill", "StreamPartition", "TeamMember", "TextChange", "Transfer", "TriggerMatch", "User", "WorkOrder",
]  # fmt: skip
