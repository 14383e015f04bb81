"""Runs every benchmark, or the ones named; each in a process of its own, so that its memory is its own.

Prints each benchmark's figures as a Markdown table and writes its JSON to bench-out/<name>.json.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOT_BENCHMARKS = {
    "feature_peers",
    "trigger_stream",
    "trigger_bytewax",
    "trigger_spark",
    "clickhouse_behaviour",
    "featuretools_slice",
    "__init__",
    "__main__",
    "machine",
    "section",
    "simulated_home",
    "stopwatch",
}


def names() -> list[str]:
    """Every benchmark, by file name."""
    return sorted(p.stem for p in HERE.glob("*.py") if p.stem not in NOT_BENCHMARKS)


def run(name: str) -> dict[str, object]:
    """Runs one benchmark, showing what it prints; its last line is one JSON object."""
    lines: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{name}"], stdout=subprocess.PIPE, text=True, cwd=HERE.parent
    ) as process:
        for line in process.stdout or ():
            sys.stdout.write(line if not line.startswith("{") else "")
            lines.append(line)
    if process.returncode:
        sys.exit(f"benchmark {name} failed with exit code {process.returncode}")
    result: dict[str, object] = json.loads(lines[-1])
    return result


def table(name: str, result: dict[str, object]) -> str:
    """Ratios first, then figures, then the machine."""
    rows = [(k, v) for part in ("ratios", "figures") for k, v in dict(result.get(part) or {}).items()]  # type: ignore[call-overload]
    body = "\n".join(f"| {key} | {value} |" for key, value in rows)
    return f"\n### {name}\n\n| what | value |\n|---|---|\n{body}\n\nmachine: {json.dumps(result.get('machine'))}\n"


def main() -> None:
    """Runs what was named, or everything."""
    wanted = sys.argv[1:] or names()
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        sys.exit(f"no benchmark named {', '.join(unknown)}; there are: {', '.join(names())}")
    out = HERE.parent / "bench-out"
    out.mkdir(exist_ok=True)
    for name in wanted:
        result = run(name)
        (out / f"{name}.json").write_text(json.dumps(result, indent=2), encoding="utf-8")
        sys.stdout.write(table(name, result))


main()
