"""Segments: customers that a rule picks out, their size, members by day, and why they change."""

from __future__ import annotations
