"""Fitted cluster models on disk: `<home>/clusters/<version>.json`, and `registry.json` beside them. Never pickle.

A model's file is written once; what may change, which model is in use, stands in the registry, replaced in one step.
A model is used only when its file is the one that was registered and its version is the hash of what it says.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from liuke.errors import Place, YourMistake, coded, did_you_mean
from liuke.insight.clusters.model import ClusterModel

State = Literal["active", "retired"]
FILE = "registry.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered model. active: it assigns customers; at most one. since: of the state, ISO."""

    version: str
    state: State
    fingerprint: str
    since: str


def models(folder: Path) -> tuple[Entry, ...]:
    """Every registered model whose file is there, the newest registration last."""
    return tuple(e for e in _read(folder) if _path(folder, e.version).is_file())


def active(folder: Path) -> ClusterModel | None:
    """The model that assigns customers; None when there is none. YourMistake when its file was changed."""
    entry = next((e for e in models(folder) if e.state == "active"), None)
    return open_model(folder, entry) if entry else None


def open_model(folder: Path, entry: Entry) -> ClusterModel:
    """The registered model, its file checked against the registered fingerprint."""
    path = _path(folder, entry.version)
    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != entry.fingerprint:
        raise _spoiled(path, "the file is not the one that was registered")
    try:
        model = ClusterModel.from_plain(json.loads(raw))
    except (ValueError, TypeError, KeyError) as error:
        raise _spoiled(path, f"its parts do not fit together ({type(error).__name__})") from error
    if model.version != entry.version or model.version != model.said:
        raise _spoiled(path, "its version is not the hash of what it says")
    return model


def keep(folder: Path, model: ClusterModel, now: datetime) -> Entry:
    """Writes and registers a model, which then assigns customers; the one before retires. Twice is as once."""
    folder.mkdir(parents=True, exist_ok=True)
    raw = json.dumps(model.plain(), ensure_ascii=False, indent=1, sort_keys=True, default=str).encode()
    path = _path(folder, model.version)
    if not path.is_file():
        _replace(path, raw)
    entry = Entry(model.version, "active", hashlib.sha256(path.read_bytes()).hexdigest(), _stamp(now))
    with _changing(folder) as entries:
        others = [e for e in entries if e.version != model.version]
        entries[:] = [*(_stood_down(e, entry.since) for e in others), entry]
    return entry


def use(folder: Path, version: str, now: datetime) -> Entry:
    """Lets a registered model assign customers from the next run on. YourMistake when there is no such model."""
    known = {e.version: e for e in models(folder)}
    if version not in known:
        raise YourMistake(
            f"no cluster model is called '{version}'; {did_you_mean(version, known)}",
            place=Place(str(folder)),
            state="nothing was changed",
            then="liuke clusters list",
        )
    open_model(folder, known[version])
    chosen = replace(known[version], state="active", since=_stamp(now))
    with _changing(folder) as entries:
        entries[:] = [chosen if e.version == version else _stood_down(e, chosen.since) for e in entries]
    return chosen


def _stood_down(entry: Entry, since: str) -> Entry:
    return replace(entry, state="retired", since=since) if entry.state == "active" else entry


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="seconds")


def _path(folder: Path, version: str) -> Path:
    return folder / f"{version}.json"


@contextmanager
def _changing(folder: Path) -> Iterator[list[Entry]]:
    """The entries, to be changed in place by one process at a time; written whole at the end."""
    with (folder / ".registry.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        entries = list(_read(folder))
        yield entries
        text = json.dumps({"format": 1, "models": [asdict(e) for e in entries]}, indent=1)
        _replace(folder / FILE, text.encode())


def _replace(path: Path, content: bytes) -> None:
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(handle, "wb") as new:
        new.write(content)
    Path(beside).replace(path)


def _read(folder: Path) -> tuple[Entry, ...]:
    path = folder / FILE
    if not path.is_file():
        return ()
    try:
        plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return tuple(Entry(**entry) for entry in plain["models"])
    except (ValueError, TypeError, KeyError) as error:
        raise _spoiled(path, f"the list cannot be read ({type(error).__name__})") from error


def _spoiled(path: Path, why: str) -> YourMistake:
    return YourMistake(
        coded("clusters_spoiled", "the cluster model cannot be used: {why}", why=why),
        place=Place(str(path)),
        expected="the file as `liuke clusters fit` wrote it",
        state="nobody was assigned",
        then="restore it from a backup, or fit anew: liuke clusters fit",
    )
