"""Campaigns 活动: whom to tell what, how fast, for how much (`campaigns/*.yaml`, docs/campaigns.md)."""

from __future__ import annotations
