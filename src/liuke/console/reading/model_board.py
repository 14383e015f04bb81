"""The churn models: what is registered, how it was judged, whether it still fits, and who would follow it.

All of it is about models, none about single customers: readings and counts are of the whole bank, as the daily run
made them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import ibis

from liuke.console.reading.lending import Reader
from liuke.errors import YourMistake
from liuke.insight.churn.learning.artefact import CARD
from liuke.insight.churn.registry import Entry, models, open_model
from liuke.insight.churn.scoring import typical_values
from liuke.insight.churn.watch.proposal import Proposal, proposal
from liuke.tables import DRIFT, SCORE

_MATURED: Final = ("label", "calibration", "ranking")
_MATURED_SHOWN: Final = 60
_LEVELS: Final = ("alert", "watch", "ok")


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model's own files say. auc: by group; importance: share of the gain by feature; typical: medians."""

    facts: Mapping[str, Any]
    seed: int
    features: str
    libraries: Mapping[str, str]
    importance: Mapping[str, float]
    typical: Mapping[str, float | None]

    @property
    def auc(self) -> Mapping[str, float | None]:
        """AUC on later snapshots by group of customers."""
        return dict(self.facts.get("auc") or {})


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered model; judged is None when its files are not the ones that were registered."""

    entry: Entry
    judged: Judged | None
    has_card: bool


@dataclass(frozen=True, slots=True)
class Watch:
    """The newest readings of one model: features and score of `day`, and the newest of each matured kind."""

    day: date
    features: tuple[Mapping[str, Any], ...]
    others: tuple[Mapping[str, Any], ...]
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Contender:
    """One model's scores of a day, and what the newest matured outcomes said of older ones (None before they do)."""

    role: str
    model: str
    version: str
    customers: int
    mean_probability: float
    tiers: Mapping[str, int]
    auc: float | None
    auc_of: str | None
    calibration_error: float | None


@dataclass(frozen=True, slots=True)
class Contest:
    """Champion first, then the challengers, on the newest scored day."""

    day: date
    contenders: tuple[Contender, ...]


def registered(reader: Reader) -> tuple[Registered, ...]:
    """Every registered model, those in use first, then newest first."""
    folder = reader.house.models
    order = {"active": 0, "candidate": 1, "retired": 2}
    found = sorted(models(folder), key=lambda e: e.since, reverse=True)
    return tuple(
        Registered(e, judged_of(folder, e), (folder / e.name / e.version / CARD).is_file())
        for e in sorted(found, key=lambda e: order[e.state])
    )


def judged_of(folder: Path, entry: Entry) -> Judged | None:
    """What the model's files say, read once per fingerprint; None when they are not the registered ones."""
    stamp = (folder / entry.name / entry.version).stat().st_mtime_ns
    return _judged(folder, entry.label, entry.fingerprint, stamp)


@lru_cache(maxsize=64)
def _judged(folder: Path, label: str, fingerprint: str, _stamp: int) -> Judged | None:
    name, version = label.split("/", 1)
    try:
        made = open_model(folder, Entry(name, version, "retired", fingerprint, "", ""))
    except YourMistake:
        return None
    model, origin = made.model, made.origin
    gain = dict(zip(model.names, (float(v) for v in model.importance), strict=True))
    return Judged(origin.facts, origin.seed, origin.features, made.libraries, gain, typical_values(model))


def card_of(reader: Reader, name: str, version: str) -> str | None:
    """The model's card as HTML; None when no such model is registered, it has none, or its files were changed."""
    folder = reader.house.models
    entry = next((e for e in models(folder) if (e.name, e.version) == (name, version)), None)
    if entry is None:
        return None
    place = folder / entry.name / entry.version / CARD
    try:
        open_model(folder, entry)  # checks every file of the folder, the card's too, against what was registered
    except YourMistake:
        return None
    return place.read_text(encoding="utf-8") if place.is_file() else None


def watch(reader: Reader, model: Registered) -> Watch | None:
    """The newest readings of a model; None before the first run that scored with it."""
    name, version = model.entry.name, model.entry.version
    rows = reader.house.lake.scan(reader.engine, DRIFT)
    mine = rows.filter(rows.model == name, rows.version == version)
    day = reader.engine.arrow(mine.aggregate(day=mine.as_of.max()))["day"][0].as_py()
    if day is None:
        return None
    today = reader.engine.arrow(mine.filter(mine.as_of == ibis.literal(day))).to_pylist()
    old = mine.filter(mine.kind.isin(_MATURED)).order_by(ibis.desc("as_of"), "kind", "name").limit(_MATURED_SHOWN)
    matured: dict[str, Mapping[str, Any]] = {}
    for row in reader.engine.arrow(old).to_pylist():
        matured.setdefault(row["kind"], row)
    scores = [r for r in today if r["kind"] == "score"]
    features = [r for r in today if r["kind"] == "feature"]
    newest = [*features, *scores, *matured.values()]
    importance = model.judged.importance if model.judged else {}
    ranked = sorted(features, key=lambda r: (_LEVELS.index(r["level"]), -r["reading"], r["name"]))
    return Watch(
        day,
        tuple(r | {"gain": importance.get(r["name"])} for r in ranked),
        (*scores, *(matured[kind] for kind in _MATURED if kind in matured)),
        proposal(newest, importance),
    )


def contest(reader: Reader) -> Contest | None:
    """The models that scored on the newest scored day; None before any did."""
    rows = reader.house.lake.scan(reader.engine, SCORE)
    day = reader.engine.arrow(rows.aggregate(day=rows.as_of.max()))["day"][0].as_py()
    if day is None:
        return None
    today = rows.filter(rows.as_of == ibis.literal(day))
    sums = today.group_by("role", "model", "version", "tier").aggregate(n=today.count(), p=today.probability.sum())
    by_model: dict[tuple[str, str, str], dict[str, tuple[int, float]]] = {}
    for r in reader.engine.arrow(sums).to_pylist():
        by_model.setdefault((r["role"], r["model"], r["version"]), {})[r["tier"]] = (r["n"], r["p"])
    later = _matured_readings(reader)
    return Contest(day, tuple(_contender(key, tiers, later) for key, tiers in sorted(by_model.items())))


def _matured_readings(reader: Reader) -> Mapping[tuple[str, str, str], Mapping[str, Any]]:
    """The newest ranking and calibration reading by (model, version, kind)."""
    rows = reader.house.lake.scan(reader.engine, DRIFT)
    old = rows.filter(rows.kind.isin(("ranking", "calibration")))
    found: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    for r in reader.engine.arrow(old.order_by(ibis.desc("as_of")).limit(500)).to_pylist():
        found.setdefault((r["model"], r["version"], r["kind"]), r)
    return found


def _contender(
    key: tuple[str, str, str],
    tiers: Mapping[str, tuple[int, float]],
    later: Mapping[tuple[str, str, str], Mapping[str, Any]],
) -> Contender:
    role, model, version = key
    people = sum(n for n, _p in tiers.values())
    ranking, calibration = (later.get((model, version, kind)) for kind in ("ranking", "calibration"))
    return Contender(
        role=role,
        model=model,
        version=version,
        customers=people,
        mean_probability=sum(p for _n, p in tiers.values()) / max(people, 1),
        tiers={tier: tiers.get(tier, (0, 0.0))[0] for tier in ("red", "orange", "yellow")},
        auc=ranking["reading"] if ranking else None,
        auc_of=ranking["name"] if ranking else None,
        calibration_error=calibration["reading"] if calibration else None,
    )
