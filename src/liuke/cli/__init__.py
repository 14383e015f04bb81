"""The command line: each command parses, makes one library call, renders."""

from __future__ import annotations

from liuke.cli import backtest as _backtest  # noqa: F401 - registers its command
from liuke.cli import effect as _effect  # noqa: F401 - registers its command
from liuke.cli import init as _init  # noqa: F401 - registers its command
from liuke.cli import load as _load  # noqa: F401 - registers its command
from liuke.cli import schema as _schema  # noqa: F401 - registers its command
from liuke.cli import serve as _serve  # noqa: F401 - registers its command
from liuke.cli import simulate as _simulate  # noqa: F401 - registers its command
from liuke.cli import users as _users  # noqa: F401 - registers its command
from liuke.cli.app import main

__all__ = ["main"]
