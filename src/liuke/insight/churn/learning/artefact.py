"""A model on disk: JSON and LightGBM's text, with the SHA-256 of every file. Never pickle.

A folder is written whole or not at all, and read only when every file in it is one we wrote, unchanged.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from liuke import __version__
from liuke.errors import Place, YourMistake
from liuke.insight.churn.learning.model import Model
from liuke.insight.churn.learning.preparation import Preparation
from liuke.stats.calibration import calibration_from
from liuke.stats.drift import Reference

FORMAT = 1
MANIFEST, CALIBRATION, REFERENCES, PREPARATION, CARD = (
    "manifest.json",
    "calibration.json",
    "references.json",
    "preparation.json",
    "card.html",
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a model comes from, so that it can be made again.

    data: id of the data snapshot (a content hash or lake version). features: version of the feature registry.
    parameters: all settings and what the search chose. facts: anything else for the reader, plain JSON values.
    """

    name: str
    version: str
    data: str
    features: str
    seed: int
    parameters: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Artefact:
    """A model as read from disk, with its origin and the manifest's own hash (its fingerprint)."""

    model: Model
    origin: Origin
    libraries: Mapping[str, str]
    fingerprint: str


def save(model: Model, folder: Path, origin: Origin, card: str | None = None) -> str:
    """Writes the model to a new `folder` and returns its fingerprint; YourMistake when the folder exists.

    Everything is written beside and moved into place at the end: a crash leaves nothing at `folder`.
    """
    if folder.exists():
        raise YourMistake(
            "a model of this version is there already",
            place=Place(str(folder)),
            expected="a new version: models are never overwritten",
            then="name another folder or remove the old one first",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    texts = _texts(model, card)
    texts[MANIFEST] = _json(_manifest(model, origin, texts))
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, text in texts.items():
            (beside / name).write_bytes(text.encode())
        beside.chmod(0o755)
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return _sha(texts[MANIFEST].encode())


def load(folder: Path, fingerprint: str | None = None) -> Artefact:
    """The model at `folder`, after every file was checked; nothing is executed while reading.

    Raises YourMistake when the manifest is missing or of another format, a file was changed, is missing or is not
    listed (a pickle someone put there), or the fingerprint is not the expected one.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise YourMistake("there is no model here", place=Place(str(folder)), expected=f"a folder with {MANIFEST}")
    raw = path.read_bytes()
    if fingerprint is not None and _sha(raw) != fingerprint:
        raise _spoiled(path, "the manifest is not the one that was registered")
    manifest = _plain(path, raw)
    if manifest.get("format") != FORMAT or not isinstance(manifest.get("files"), dict):
        raise _spoiled(path, f"format {manifest.get('format')} is not {FORMAT}")
    texts = _verified(folder, manifest["files"])
    try:
        return Artefact(_model(manifest, texts), Origin(**manifest["origin"]), manifest["libraries"], _sha(raw))
    except (KeyError, TypeError, ValueError) as error:
        raise _spoiled(path, f"its parts do not fit together ({type(error).__name__})") from error


def libraries() -> dict[str, str]:
    """Versions of what a model's numbers depend on."""
    used = {name: version(name) for name in ("lightgbm", "numpy", "scipy", "scikit-learn")}
    return {"liuke": __version__, "python": platform.python_version(), **used}


def _texts(model: Model, card: str | None) -> dict[str, str]:
    texts = {f"model_{k}.txt": text for k, text in enumerate(model.members)}
    texts[CALIBRATION] = _json(model.calibration.as_dict())
    texts[PREPARATION] = _json(model.preparation.as_dict())
    score = model.score_reference.as_dict() if model.score_reference else None
    texts[REFERENCES] = _json({"score": score, "features": {k: r.as_dict() for k, r in model.references.items()}})
    if card is not None:
        texts[CARD] = card
    return texts


def _manifest(model: Model, origin: Origin, texts: Mapping[str, str]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "origin": asdict(origin),
        "names": list(model.names),
        "weights": list(model.weights),
        "libraries": libraries(),
        "files": {name: _sha(text.encode()) for name, text in sorted(texts.items())},
    }


def _verified(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    there = {p.name for p in folder.iterdir()} - {MANIFEST}
    strange, missing = sorted(there - set(files)), sorted(set(files) - there)
    if strange:
        raise _spoiled(folder / strange[0], "the manifest does not list this file")
    if missing:
        raise _spoiled(folder / missing[0], "the file is missing")
    texts = {}
    for name, expected in files.items():
        path = folder / name
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        if _sha(content) != expected:
            raise _spoiled(path, "the file is not the one that was written")
        texts[name] = content.decode()
    return texts


def _model(manifest: Mapping[str, Any], texts: Mapping[str, str]) -> Model:
    stored = json.loads(texts[REFERENCES])
    weights = tuple(float(w) for w in manifest["weights"])
    model = Model(
        Preparation.from_dict(json.loads(texts[PREPARATION])),
        tuple(texts[f"model_{k}.txt"] for k in range(len(weights))),
        weights,
        calibration_from(json.loads(texts[CALIBRATION])),
        {name: _reference(plain) for name, plain in stored["features"].items()},
        _reference(stored["score"]) if stored["score"] else None,
    )
    if list(model.names) != manifest["names"]:
        raise ValueError("names")
    return model


def _reference(plain: Mapping[str, Any]) -> Reference:
    return Reference(tuple(plain["edges"]), tuple(plain["shares"]), plain["null"], plain["people"])


def _plain(path: Path, raw: bytes) -> dict[str, Any]:
    try:
        plain = json.loads(raw)
    except ValueError as error:
        raise _spoiled(path, "it is not JSON") from error
    return cast("dict[str, Any]", plain if isinstance(plain, dict) else {})


def _spoiled(path: Path, why: str) -> YourMistake:
    return YourMistake(
        f"this model cannot be trusted: {why}",
        place=Place(str(path)),
        expected="the files as `liuke train` wrote them",
        state="nothing was loaded",
        then="restore the folder from a backup or train the model again",
    )


def _json(plain: object) -> str:
    return json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True, default=str)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
