"""Which trained models there are and which one scores: folders `<models>/<name>/<version>/` and one JSON file.

A model's own folder is written once and never changed (learning/artefact); what may change, its state, stands in
`registry.json` beside, replaced in one step. A model is used only when its fingerprint is the registered one.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from liuke.errors import Place, YourMistake, did_you_mean
from liuke.insight.churn.grounds import BY_HAND_OFF, BY_HAND_ON, Ground, grounds_text, replaced
from liuke.insight.churn.learning.artefact import MANIFEST, Artefact, load

State = Literal["active", "candidate", "retired"]
FILE = "registry.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered model. active: it scores; one per name. candidate: it may watch in the shadow. since: of the
    state. reason: why the state is what it is, for people, in English; grounds: the same as codes with numbers, empty
    for entries of an older release.
    """

    name: str
    version: str
    state: State
    fingerprint: str
    since: str
    reason: str
    grounds: tuple[Ground, ...] = ()

    @property
    def label(self) -> str:
        """NAME/VERSION as typed on the command line."""
        return f"{self.name}/{self.version}"


def models(folder: Path) -> tuple[Entry, ...]:
    """Every registered model whose folder is there, by name, newest registration last."""
    return tuple(e for e in _read(folder) if (folder / e.name / e.version / MANIFEST).is_file())


def active(folder: Path, name: str | None = None) -> Artefact | None:
    """The model that scores under `name` (None: the only active one, the newest of several); None when there is none.

    Raises YourMistake when its files are not the registered ones.
    """
    found = [e for e in models(folder) if e.state == "active" and name in (None, e.name)]
    newest = max(found, key=lambda e: e.since, default=None)
    return open_model(folder, newest) if newest else None


def challengers(folder: Path, name: str) -> tuple[Artefact, ...]:
    """Candidates of that name, newest first: they score in the shadow."""
    waiting = [e for e in models(folder) if e.state == "candidate" and e.name == name]
    return tuple(open_model(folder, e) for e in reversed(waiting))


def open_model(folder: Path, entry: Entry) -> Artefact:
    """The registered model, its files checked against the registered fingerprint."""
    return load(folder / entry.name / entry.version, entry.fingerprint)


def register(folder: Path, entry: Entry) -> None:
    """Adds a model whose folder was just written; an active one retires its predecessor of the same name."""
    with _changing(folder) as entries:
        others = [e for e in entries if e.label != entry.label]
        entries[:] = [*_stood_down(others, entry), entry]


def activate(folder: Path, label: str, *, now: datetime, ground: Ground = BY_HAND_ON) -> Entry:
    """Lets a registered model score; the active one of its name retires. YourMistake when there is no such model."""
    return _set(folder, label, "active", now, ground)


def retire(folder: Path, label: str, *, now: datetime, ground: Ground = BY_HAND_OFF) -> Entry:
    """Stops a model from scoring, in the shadow too. Its files stay. YourMistake when there is no such model."""
    return _set(folder, label, "retired", now, ground)


def _set(folder: Path, label: str, state: State, now: datetime, ground: Ground) -> Entry:
    known = {e.label: e for e in models(folder)}
    if label not in known:
        raise YourMistake(
            f"no model is called '{label}'; {did_you_mean(label, known)}",
            place=Place(str(folder)),
            expected="NAME/VERSION as `liuke models` lists them",
            state="nothing was changed",
            then="liuke models",
        )
    since = now.isoformat(timespec="seconds")
    changed = replace(known[label], state=state, since=since, reason=grounds_text((ground,), "en"), grounds=(ground,))
    if state == "active":
        open_model(folder, changed)
    with _changing(folder) as entries:
        others = _stood_down([e for e in entries if e.label != label], changed)
        place = next(i for i, e in enumerate(entries) if e.label == label)
        entries[:] = [*others[:place], changed, *others[place:]]
    return changed


def _stood_down(others: list[Entry], newer: Entry) -> list[Entry]:
    if newer.state != "active":
        return others
    ground = replaced(newer.version)
    told = grounds_text((ground,), "en")
    return [
        replace(e, state="retired", since=newer.since, reason=told, grounds=(ground,))
        if e.name == newer.name and e.state == "active"
        else e
        for e in others
    ]


@contextmanager
def _changing(folder: Path) -> Iterator[list[Entry]]:
    """The entries, to be changed in place by one process at a time; written whole at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".registry.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        entries = list(_read(folder))
        yield entries
        text = json.dumps({"format": 1, "models": [asdict(e) for e in entries]}, ensure_ascii=False, indent=1)
        handle, beside = tempfile.mkstemp(prefix=f".{FILE}-", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as new:
            new.write(text)
        Path(beside).replace(folder / FILE)


def _read(folder: Path) -> tuple[Entry, ...]:
    path = folder / FILE
    if not path.is_file():
        return ()
    try:
        plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return tuple(Entry(**{**entry, "grounds": tuple(entry.get("grounds", ()))}) for entry in plain["models"])
    except (ValueError, TypeError, KeyError) as error:
        raise YourMistake(
            f"the list of models cannot be read ({type(error).__name__})",
            place=Place(str(path)),
            expected="the file as `liuke train` wrote it",
            state="no model was used or changed",
            then="restore the file from a backup; the models' own folders are untouched",
        ) from error
