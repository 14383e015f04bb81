"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import resource
import sys
from pathlib import Path

import psutil


def machine() -> dict[str, object]:
    """Processor, cores, memory, system, Python: the description beside every figure."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.platform(terse=True),
        "python": sys.version.split()[0],
    }


def peak_memory_mb() -> int:
    """The largest resident memory of this program so far; getrusage tells that of the process it was forked from, if
    it was larger.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return int(status.read_text(encoding="utf-8").split("VmHWM:")[1].split()[0]) // 1024


def children_peak_memory_mb() -> int:
    """The largest resident memory of any finished child process."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
