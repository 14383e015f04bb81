"""Long work on the terminal: what it does now, and for how long already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def shown_steps() -> Iterator[Callable[[str], None]]:
    """For a block: a function that is told each step as it begins; the line is gone after the block."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("")
        yield lambda step: shown.update(task, description=step)
