"""Text messages 短信 over a provider's HTTP gateway, whose fields are mapped in the settings."""

from __future__ import annotations

from liuke.act.channels.sms.channel import SmsChannel, open_sms
from liuke.act.channels.sms.settings import SmsSettings

__all__ = ["SmsChannel", "SmsSettings", "open_sms"]
