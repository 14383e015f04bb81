"""What an engine may take of the machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Room:
    """Compiled loops beside the engine keep to it, too. spill: directory for what does not fit into memory."""

    threads: int
    memory_mb: int
    spill: Path
