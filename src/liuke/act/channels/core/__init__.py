"""Requests to the bank's core systems: a limit, points, a coupon. They decide; Liuke only asks."""

from __future__ import annotations

from liuke.act.channels.core.channel import CoreChannel, CoreSettings, open_core

__all__ = ["CoreChannel", "CoreSettings", "open_core"]
