"""Orders for relationship managers: the way out that leads to a person of the bank."""

from __future__ import annotations

from liuke.act.channels.rm_order.channel import RmOrderChannel, RmOrderSettings, open_rm_order

__all__ = ["RmOrderChannel", "RmOrderSettings", "open_rm_order"]
