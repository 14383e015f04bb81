"""Trigger rules 触发规则 over the stream of events: the language, what it means (docs/triggers.md), the engine.

    rules = read_triggers(home, catalogue)              # triggers/*.yaml, checked; catalogue.SHIPPED or the bank's own
    core = Core.start(rules, zone)                      # lateness=, ahead= in microseconds; room_gb=
    core = Core.load(path, rules)                       # or go on from a snapshot; core.position is that of `save`
    core.feed(batch_bytes | json_lines | events)        # → list[Match], in order of arrival
    core.feed_documents(documents, devices)             # batches of the log; devices: who is who
    core.advance(now_us)                                # → list[Match] of the clock, while the stream is silent
    core.save(path, position)                           # durable when it returns; old or new, never half
    core.change(rules)                                  # hot reload; unchanged meaning keeps its customers
    core.counters["prepay_search"], core.totals, core.clock, core.watermark
    check_reach(rule, people, customers)                # refuses a rule that would match more than max_share
    warm()                                              # compiles, or loads what was compiled; once per process

To lose nothing and double nothing: read the log from `core.position`, feed, write orders under `Match.key` (the same
match has the same key whenever the log is read), then `save(path, position)`. Call `advance(now)` only when everything
received before `now` was fed. A log is read again from the snapshot's position; matches made twice have equal keys.

    durations catalogue values patterns conditions    the language's words
    rule_file ruleset                                 one file, all files
    event match periods                               what goes in, what comes out, calendar
    looking reference                                 the slow evaluator that defines the meaning
    lowering scanner decode devices kernels/ core snapshot
                                                      the fast core: rules and events as arrays, loops, state on disk
    reach                                             whether a rule is too wide
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from liuke.act.triggers.event import Event
from liuke.act.triggers.match import Match
from liuke.act.triggers.reach import check_reach
from liuke.act.triggers.reference import Reference
from liuke.act.triggers.ruleset import Rule, RuleSet, parse_trigger, read_triggers, rule_set

if TYPE_CHECKING:
    from liuke.act.triggers.core import Core, RuleCounters, Totals, warm


def __getattr__(name: str) -> object:
    """Core and what belongs to it, when first asked for: its compiler takes half a second to import."""
    if name in ("Core", "RuleCounters", "Totals", "warm"):
        from liuke.act.triggers import core

        return getattr(core, name)
    raise AttributeError(name)


__all__ = [
    "Core",
    "Event",
    "Match",
    "Reference",
    "Rule",
    "RuleCounters",
    "RuleSet",
    "Totals",
    "check_reach",
    "parse_trigger",
    "read_triggers",
    "rule_set",
    "warm",
]
