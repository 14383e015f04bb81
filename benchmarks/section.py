"""Benchmarks on several data sets: a section per data set, all printed as one JSON object."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from benchmarks.machine import children_peak_memory_mb, machine, peak_memory_mb


@dataclass(frozen=True)
class Section:
    """What a section hands back. figures: as measured. ratios: against the target or a peer. Names without the data
    set's name.
    """

    figures: dict[str, object]
    ratios: dict[str, object]


def public_data() -> Path:
    """LIUKE_DATA, or shared/data beside the repository."""
    return Path(os.environ.get("LIUKE_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


def run_sections(name: str, package: str, sections: Sequence[str]) -> None:
    """Runs `<package>.<section>.run() -> Section` one after the other and prints one JSON object.

    LIUKE_BENCH_SECTIONS: names separated by commas; default all.
    """
    described = machine()
    named = os.environ.get("LIUKE_BENCH_SECTIONS")
    wanted = named.split(",") if named else list(sections)
    unknown = sorted(set(wanted) - set(sections))
    if unknown:
        sys.exit(f"no section named {', '.join(unknown)}; there are: {', '.join(sections)}")
    figures: dict[str, object] = {}
    ratios: dict[str, object] = {}
    for section in wanted:
        found: Section = import_module(f"{package}.{section}").run()
        print(f"{section}: {json.dumps(found.figures, ensure_ascii=False)}".replace("{", " ", 1), flush=True)
        figures |= {f"{section}.{key}": value for key, value in found.figures.items()}
        ratios |= {f"{section}.{key}": value for key, value in found.ratios.items()}
    figures["peak_memory_mb"] = max(peak_memory_mb(), children_peak_memory_mb())
    print(json.dumps({"name": name, "ratios": ratios, "figures": figures, "machine": described}))
