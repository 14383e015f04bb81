"""Text messages 短信 over a provider's HTTP gateway, whose fields are mapped in the settings; or into a file."""

from __future__ import annotations

from liuke.act.channels.sms.channel import SmsChannel, open_sms
from liuke.act.channels.sms.settings import SmsSettings
from liuke.act.channels.sms.to_file import SmsFileSettings, open_sms_file

__all__ = ["SmsChannel", "SmsFileSettings", "SmsSettings", "open_sms", "open_sms_file"]
