"""`liuke train` in a bank home: past snapshots × features × fates → a judged, registered model.

Everything is computed first and written last: a run that fails or is stopped leaves nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from liuke.clock import AsOf
from liuke.engine import Engine
from liuke.errors import Place, YourMistake
from liuke.insight.churn.dataset import Asked, Drawn, Material, Snapshots, cases, draw, learning_view, snapshots
from liuke.insight.churn.definition import ChurnDefinition, ChurnPolicy, TrainingRule
from liuke.insight.churn.judgement import (
    Part,
    Verdict,
    age_bands,
    aum_bands,
    flags,
    headline,
    judge,
    months,
    one_liners,
    verdict,
)
from liuke.insight.churn.learning.artefact import Origin, save
from liuke.insight.churn.learning.baselines import score_baselines
from liuke.insight.churn.learning.checks import told_of
from liuke.insight.churn.learning.evaluate import Evaluation, evaluate
from liuke.insight.churn.learning.settings import TrainSettings
from liuke.insight.churn.learning.train import Trained
from liuke.insight.churn.learning.train import train as learn
from liuke.insight.churn.registry import Entry, State, register
from liuke.insight.churn.splits import Plan, snapshot_days, split_by_time
from liuke.insight.churn.warning_policy import WarningPolicy
from liuke.insight.features.delivered import delivered_columns
from liuke.insight.features.registry import FEATURES, REGISTRY_VERSION, available, feature
from liuke.insight.known import Rows
from liuke.lake import Lake
from liuke.tables import BALANCE_DAILY, CONTRACTS, CUSTOMER, TRANSACTION

Progress = Callable[[str], None]
BANK = TrainSettings(learning_rate=0.05, max_rounds=500, patience=40, inner_folds=3, search_rows=100_000)
"""Hundreds of features and many snapshots of the same customers: larger steps and a search on a sample, so that a
training of some hundred thousand examples takes minutes on two cores.
"""
POLICY = "policies/churn.yaml"
RECENCY_FEATURE = "days_since_active"


@dataclass(frozen=True, slots=True)
class Bank:
    """Whose data it is: where they lie, in which zone, under which key for pseudonyms, and what time it is now."""

    engine: Engine
    lake: Lake
    zone: ZoneInfo
    key: str
    now: datetime

    def rows(self) -> Rows:
        """The lake's tables at the versions of this moment."""
        return lambda table: self.lake.scan(self.engine, table)


@dataclass(frozen=True, slots=True)
class Wish:
    """What to train. definition: name in churn.yaml, None for the one in force. until: data after it do not enter.

    known_now: features of past days from everything known today, for history that was delivered late.
    """

    policy: ChurnPolicy
    warning: WarningPolicy
    definition: str | None = None
    until: date | None = None
    known_now: bool = False
    settings: TrainSettings | None = None

    @property
    def name(self) -> str:
        """The definition's name, which is the model's."""
        return self.definition or self.policy.use


@dataclass(frozen=True, slots=True)
class Judged:
    """A model, judged, not yet written."""

    name: str
    definition: ChurnDefinition
    plan: Plan
    drawn: Drawn
    asked: Asked
    trained: Trained
    parts: tuple[Part, ...]
    evaluation: Evaluation
    verdict: Verdict
    data: Mapping[str, int]

    @property
    def headline(self) -> Part:
        """The figure to quote: the not yet fallen, where the definition is about money."""
        return headline(self.parts)


@dataclass(frozen=True, slots=True)
class Registered:
    """A judged model, written and registered: active when it passed, else a candidate."""

    judged: Judged
    entry: Entry
    folder: Path


def train_bank(bank: Bank, wish: Wish, progress: Progress | None = None) -> Judged:
    """Learns and judges; writes nothing.

    Raises YourMistake for an unknown definition or feature, history too short, nobody lost, and what the learner
    refuses (learning/checks).
    """
    tell = progress or (lambda _: None)
    definition = wish.policy.definition(wish.name)
    rule = wish.policy.training.paced(_customers(bank))
    data = {name: version for name in CONTRACTS if (version := bank.lake.version(CONTRACTS[name])) is not None}
    first, last = _span(bank, wish.until)
    plan = split_by_time(snapshot_days(first, last, definition, rule), definition, rule)
    asked = _asked(bank, rule)
    tell(f"features and fates of {len(plan.days)} snapshots ({plan.days[0]} – {plan.days[-1]})")
    material = _material(bank, wish, plan, last)
    known = cases(material, definition, wish.warning)
    drawn = draw(bank.engine, known, plan, rule.sample_rows)
    view = learning_view(material, known, plan, drawn, asked)
    train, test = snapshots(bank.engine, view, plan, drawn, asked)
    for used in (known, view):
        bank.engine.release(used)
    tell(f"learning from {len(train.examples):,} examples, {train.examples.positives:,} lost")
    settings = replace(wish.settings or BANK, purge_days=definition.gap_days + definition.horizon_days)
    with told_of(Place(POLICY, column="training"), f"add {{names}} to training.exclude in {POLICY}, then train again"):
        trained = learn(train.examples, test.examples, seed=rule.seed, settings=settings)
    tell(f"judging on {len(test.examples):,} later examples, {test.examples.positives:,} lost")
    parts, evaluation = _judged(train, test, trained, definition, rule)
    return Judged(wish.name, definition, plan, drawn, asked, trained, parts, evaluation, verdict(parts), data)


def write(judged: Judged, folder: Path, *, now: datetime, card: str | None = None) -> Registered:
    """Writes the model under `folder`/name/version and registers it. YourMistake when this version is there already.

    The version is the last snapshot and a hash of data, definition, features, settings and seed: equal inputs have
    an equal version.
    """
    origin = origin_of(judged)
    place = folder / origin.name / origin.version
    fingerprint = save(judged.trained.model, place, origin, card)
    state: State = "active" if judged.verdict.passed else "candidate"
    since, found = now.isoformat(timespec="seconds"), judged.verdict
    entry = Entry(origin.name, origin.version, state, fingerprint, since, found.reason, found.grounds)
    register(folder, entry)
    return Registered(judged, entry, place)


def origin_of(judged: Judged) -> Origin:
    """Everything needed to make the model again, and the figures it was judged by."""
    data = _hashed(judged.data)
    settings = json.loads(json.dumps(asdict(judged.trained.settings), default=str))
    chosen = next(c for c in judged.trained.search if c.chosen)
    made_of = {
        "data": data, "definition": judged.definition.version, "features": REGISTRY_VERSION, "settings": settings,
        "days": [str(d) for d in judged.plan.days], "names": judged.asked.features, "seed": judged.trained.seed,
    }  # fmt: skip
    return Origin(
        name=judged.name,
        version=f"{judged.plan.days[-1]:%Y%m%d}-{_hashed(made_of)[:8]}",
        data=data,
        features=REGISTRY_VERSION,
        seed=judged.trained.seed,
        parameters={"settings": settings, "candidate": chosen.candidate, "rounds": chosen.rounds},
        facts={
            "lake_versions": dict(judged.data),
            "definition": judged.definition.model_dump(mode="json"),
            "definition_version": judged.definition.version,
            "train_days": [str(d) for d in judged.plan.train],
            "test_days": [str(d) for d in judged.plan.test],
            "auc": {p.group: p.model.auc.estimate if p.model.auc else None for p in judged.parts},
            "test_people": judged.parts[0].model.people,
            "test_lost": judged.parts[0].model.positives,
            "verdict": judged.verdict.reason,
        },
    )


def _customers(bank: Bank) -> int:
    return bank.engine.count(bank.rows()(CUSTOMER).select("customer_id").distinct())


def _span(bank: Bank, until: date | None) -> tuple[date, date]:
    """First and last business day of the bank's data, of transactions where there are any, cut at `until`."""
    for table in (TRANSACTION, BALANCE_DAILY):
        rows = bank.rows()(table)
        [span] = bank.engine.arrow(
            rows.aggregate(first=rows.business_date.min(), last=rows.business_date.max())
        ).to_pylist()
        if span["first"]:
            return span["first"], min(span["last"], until) if until else span["last"]
    raise YourMistake(
        "there is no history to learn from: the lake has neither transactions nor balances",
        state="nothing was trained or written",
        then="liuke load SOURCE",
    )


def _asked(bank: Bank, rule: TrainingRule) -> Asked:
    """The features that can be built from what the bank delivers, protected ones beside unless allowed."""
    with told_of(Place(POLICY, column="training.exclude")):
        left_out = {feature(name).name for name in rule.exclude}
    every = available(delivered_columns(bank.engine, bank.rows()))
    protected = tuple(name for name in every if FEATURES[name].sensitivity == "protected")
    seen = tuple(n for n in every if n not in left_out and (rule.allow_protected or n not in protected))
    if not seen:
        raise YourMistake(
            "no feature can be built from what was loaded, or all are excluded",
            place=Place(POLICY, column="training.exclude"),
            state="nothing was trained or written",
            then="load transactions or balances, or shorten the list",
        )
    recency = (RECENCY_FEATURE,) if RECENCY_FEATURE in every else ()
    return Asked(seen, (*protected, *recency))


def _material(bank: Bank, wish: Wish, plan: Plan, last: date) -> Material:
    moments = tuple(AsOf(d, bank.now) if wish.known_now else AsOf.end_of(d, bank.zone) for d in plan.days)
    return Material(bank.engine, bank.rows(), bank.zone, moments, AsOf(last, bank.now), bank.key)


def _judged(
    train: Snapshots, test: Snapshots, trained: Trained, definition: ChurnDefinition, rule: TrainingRule
) -> tuple[tuple[Part, ...], Evaluation]:
    score = trained.valid_score
    assert score is not None
    recency = RECENCY_FEATURE if RECENCY_FEATURE in test.beside else None
    simple = score_baselines(train.examples, test.examples, one_liners(test, recency), seed=trained.seed)
    parts = judge(test, score, simple, not_fallen_share=rule.not_fallen_share, money=definition.looks_at_money)
    slices = {"month": months(test), "aum": aum_bands(test)}
    evaluation = evaluate(test.examples.label, score, slices=slices, groups=_groups(test), baselines=parts[0].baselines)
    return parts, evaluation


def _groups(test: Snapshots) -> Mapping[str, NDArray[np.str_]]:
    """Groups for the fairness table, from features that stand beside and are never learned from."""
    made: dict[str, NDArray[np.str_]] = {}
    if "age" in test.beside:
        made["age"] = age_bands(test.beside["age"])
    if "is_female" in test.beside:
        made["sex"] = flags(test.beside["is_female"], "female", "male")
    return made


def _hashed(plain: object) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()[:16]
