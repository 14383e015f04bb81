"""App push over the bank's own push service: a signed webhook."""

from __future__ import annotations

from liuke.act.channels.push.channel import PushChannel, PushSettings, open_push

__all__ = ["PushChannel", "PushSettings", "open_push"]
