"""The rule language: boolean trees over attributes, features, tags, events and other segments, in YAML."""

from __future__ import annotations
