"""Trigger rules 触发规则 over the stream of events: the language, what it means (docs/triggers.md), the engine."""
