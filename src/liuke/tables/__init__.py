"""Typed tables: the contracts banks deliver and the tables Liuke derives. One definition, read by all."""

from __future__ import annotations

from liuke.tables.audience import (
    CLUSTER_MEAN,
    CLUSTER_SIZE,
    CUSTOMER_CLUSTER,
    CUSTOMER_TAG,
    CUSTOMER_TRANSACTION,
    EVENT_DAY,
    SEGMENT_MEMBER,
    SEGMENT_SNAPSHOT,
    TAG_COVERAGE,
)
from liuke.tables.customers import ACCOUNT, CUSTOMER, HOLDING
from liuke.tables.derived import CUSTOMER_SNAPSHOT, DECISION, LOAD_LOG, OUTCOME, QUARANTINE, SIGNAL
from liuke.tables.experiments import EXPERIMENT_READING
from liuke.tables.facts import BALANCE_DAILY, COMPLAINT, CONTACT, EVENT, TRANSACTION
from liuke.tables.fates import CANDIDATE_FATE, FATES, GATES
from liuke.tables.identity import CONTACT_POINT, IDENTITY_LINK
from liuke.tables.organisation import ASSIGNMENT, BRANCH, PRODUCT, STAFF
from liuke.tables.schema import Column, Table
from liuke.tables.scores import CONTEST, DRIFT, LOST_CONTACT, SCORE
from liuke.tables.value import CUSTOMER_VALUE
from liuke.tables.voice import CONSENT, CONSENT_PURPOSES, HOLD, HOLD_KINDS, INTERACTION, SURVEY_RESPONSE

CONTRACTS: dict[str, Table] = {
    t.name: t
    for t in (
        BRANCH, STAFF, PRODUCT, CUSTOMER, ASSIGNMENT, ACCOUNT, HOLDING,
        BALANCE_DAILY, TRANSACTION, EVENT, COMPLAINT, CONTACT, INTERACTION, SURVEY_RESPONSE, CONSENT, HOLD,
        IDENTITY_LINK, CONTACT_POINT,
    )
}  # fmt: skip
"""Contract tables in load order: a table stands after those it references."""

DERIVED: dict[str, Table] = {
    t.name: t
    for t in (
        LOAD_LOG, QUARANTINE, SIGNAL, CUSTOMER_SNAPSHOT, DECISION, OUTCOME, CANDIDATE_FATE, EXPERIMENT_READING,
        SCORE, LOST_CONTACT, DRIFT, CONTEST,
        CUSTOMER_TAG, TAG_COVERAGE, SEGMENT_MEMBER, SEGMENT_SNAPSHOT, EVENT_DAY, CUSTOMER_TRANSACTION,
        CUSTOMER_CLUSTER, CLUSTER_SIZE, CLUSTER_MEAN,
        CUSTOMER_VALUE,
    )
}  # fmt: skip

TABLES: dict[str, Table] = CONTRACTS | DERIVED

__all__ = [
    "CLUSTER_MEAN", "CLUSTER_SIZE",
    "CUSTOMER_CLUSTER", "CUSTOMER_TAG", "CUSTOMER_TRANSACTION", "EVENT_DAY", "SEGMENT_MEMBER", "SEGMENT_SNAPSHOT",
    "TAG_COVERAGE",
    "ACCOUNT", "ASSIGNMENT", "BALANCE_DAILY", "BRANCH", "CANDIDATE_FATE", "COMPLAINT", "CONSENT",
    "CONSENT_PURPOSES", "CONTACT",
    "CONTACT_POINT", "CONTEST",
    "CONTRACTS", "CUSTOMER", "CUSTOMER_SNAPSHOT", "CUSTOMER_VALUE", "Column", "DECISION", "DERIVED", "DRIFT", "EVENT",
    "EXPERIMENT_READING", "FATES",
    "GATES", "HOLD", "HOLDING", "HOLD_KINDS", "IDENTITY_LINK", "INTERACTION", "LOAD_LOG", "LOST_CONTACT", "OUTCOME",
    "PRODUCT", "QUARANTINE", "SCORE", "SIGNAL", "STAFF", "SURVEY_RESPONSE", "TABLES", "TRANSACTION", "Table",
]  # fmt: skip
