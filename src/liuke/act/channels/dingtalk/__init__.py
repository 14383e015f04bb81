"""DingTalk 钉钉: the robot of a group, and work notifications to members."""

from __future__ import annotations

from liuke.act.channels.dingtalk.app import DingtalkAppSettings, open_dingtalk_app
from liuke.act.channels.dingtalk.robot import DingtalkRobotSettings, open_dingtalk_robot

__all__ = ["DingtalkAppSettings", "DingtalkRobotSettings", "open_dingtalk_app", "open_dingtalk_robot"]
