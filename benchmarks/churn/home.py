"""A bank home made, filled and trained through the product's own commands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

TARGET_GAP = "to_target"


def liuke(*arguments: object) -> str:
    """Runs one command of the product; its standard output. Ends the benchmark when it fails."""
    command = [sys.executable, "-m", "liuke", *(str(a) for a in arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"liuke {' '.join(str(a) for a in arguments)} failed with exit code {done.returncode}")
    return done.stdout


def define(home: Path, definition: dict[str, Any], training: dict[str, Any]) -> None:
    """Writes policies/churn.yaml: the label's definition is all that a data set brings of its own."""
    text = yaml.safe_dump({"use": "lost", "definitions": {"lost": definition}, "training": training})
    (home / "policies" / "churn.yaml").write_text(text, encoding="utf-8")


def train(home: Path, *options: object) -> dict[str, Any]:
    """`liuke train --json` in that home."""
    result: dict[str, Any] = json.loads(liuke("train", "--home", home, "--json", *options).splitlines()[-1])
    return result


def told(result: dict[str, Any]) -> dict[str, object]:
    """Figures of a training: per group AUC with interval, lead time and every baseline's AUC."""
    made: dict[str, object] = {
        "test_days": f"{result['test_days'][0]} … {result['test_days'][-1]} ({len(result['test_days'])})",
        "train_days": f"{result['train_days'][0]} … {result['train_days'][-1]} ({len(result['train_days'])})",
        "state": result["state"],
    }
    for group, found in result["figures"].items():
        auc = found["auc"] or {"estimate": float("nan"), "low": float("nan"), "high": float("nan")}
        made[f"{group}.auc"] = f"{auc['estimate']:.4f} [{auc['low']:.4f}, {auc['high']:.4f}]"
        made[f"{group}.people"], made[f"{group}.lost"] = found["people"], found["lost"]
        made[f"{group}.lead_days_median"] = found["lead_days_median"]
        made[f"{group}.calibration_error"] = found["calibration_error"]
        made |= {f"{group}.auc of {name}": round(auc, 4) for name, auc in found["baselines"].items() if auc}
    return made


def auc_of(result: dict[str, Any], group: str) -> float:
    """The model's AUC in a group; NaN when it has none."""
    found = result["figures"].get(group, {}).get("auc")
    return float(found["estimate"]) if found else float("nan")
