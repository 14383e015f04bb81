"""`liuke uplift` asked as a user would, and the figures of its answer."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def uplift(table: Path, **options: object) -> dict[str, Any]:
    """The command's JSON, with `seconds`; options by name, `_` for `-`."""
    flags = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    command = [sys.executable, "-m", "liuke", "uplift", "--table", str(table), *flags, "--json"]
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed with exit code {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found | {"seconds": round(time.perf_counter() - started, 1)}


def shown(interval: dict[str, float] | None, digits: int = 4) -> str | None:
    """estimate [low, high]."""
    if interval is None:
        return None
    return f"{interval['estimate']:.{digits}f} [{interval['low']:.{digits}f}, {interval['high']:.{digits}f}]"


def told(found: dict[str, Any]) -> dict[str, object]:
    """Verdict, effect, test, every ranking, calibration and policies."""
    arms, tested = found["arms"], found["heterogeneity"]
    figures: dict[str, object] = {
        "verdict": found["verdict"],
        "people": found["people"],
        "difference": shown(arms["difference"], 5),
        "effect_doubly_robust": shown(found["effect"], 5),
        "srm_p": found["ratio"] and round(found["ratio"]["p_value"], 5),
        "findings": "; ".join(f"{f['about']} {f['kind']} {f['detail']}".strip() for f in found["findings"]),
        "seconds": found["seconds"],
    }
    if tested is None:
        return figures
    figures |= {
        "heterogeneity_z": round(tested["z"], 2),
        "heterogeneity_p": float(f"{tested['p_value']:.2g}"),
        "heterogeneity_z_by_order": [round(z, 2) for z in tested["by_order"]],
        "learner": found["settings"]["learner"],
        "qini": shown(found["qini"]),
        "qini_beyond_response": shown(found["lead"]),
        "gap_fifths": shown(found["gap"]),
        "calibration_slope": shown(found["calibration"]["slope"], 2),
        "calibration_error": round(found["calibration"]["error"], 4),
        "uplift_beyond_response_at_budget": shown(found["ahead"], 5),
    }
    for name, one in found["rankings"].items():
        figures[f"qini.{name}"] = one["qini_mean"] and round(one["qini_mean"], 4)
        figures[f"auuc.{name}"] = one["auuc_mean"] and round(one["auuc_mean"], 4)
        figures |= {f"uplift_at_{share}.{name}": round(value, 4) for share, value in one["at"].items()}
    for name, one in found["policies"].items():
        figures[f"policy.{name}"] = (
            f"share {one['share']:.2f}, value {shown(one['robust'])}, IPW {shown(one['plain'])}, "
            f"over lot {shown(one['over_lot'])}"
        )
    return figures
