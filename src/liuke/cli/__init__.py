"""The command line: each command parses, makes one library call, renders."""

from __future__ import annotations

from liuke.cli.app import main

__all__ = ["main"]
