"""WeCom 企业微信: the robot of a group, and messages of the bank's own app to members."""

from __future__ import annotations

from liuke.act.channels.wecom.app import WecomAppSettings, open_wecom_app
from liuke.act.channels.wecom.robot import WecomRobotSettings, open_wecom_robot

__all__ = ["WecomAppSettings", "WecomRobotSettings", "open_wecom_app", "open_wecom_robot"]
