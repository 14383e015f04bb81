"""The command line: each command parses, makes one library call, renders."""

from __future__ import annotations

from liuke.cli import backtest as _backtest  # noqa: F401 - registers its command
from liuke.cli import effect as _effect  # noqa: F401 - registers its command
from liuke.cli import load as _load  # noqa: F401 - registers its command
from liuke.cli import simulate as _simulate  # noqa: F401 - registers its command
from liuke.cli.app import main

__all__ = ["main"]
