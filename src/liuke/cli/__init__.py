"""The command line: each command parses, makes one library call, renders."""

from __future__ import annotations

from liuke.cli import (
    backtest,
    clusters,
    collect,
    effect,
    features,
    feed,
    forward,
    gates,
    init,
    keys,
    load,
    publish,
    replay,
    run,
    schema,
    segments,
    send,
    serve,
    simulate,
    stream,
    tags,
    train,
    users,
)
from liuke.cli.app import main
from liuke.cli.demo import command as demo

COMMANDS = (
    init,
    simulate,
    keys,
    load,
    run,
    backtest,
    effect,
    demo,
    features,
    train,
    serve,
    schema,
    users,
    tags,
    segments,
    clusters,
    gates,
    collect,
    forward,
    feed,
    publish,
    stream,
    replay,
    send,
)
"""Importing a command's module registers it with the program."""

__all__ = ["COMMANDS", "main"]
