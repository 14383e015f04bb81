"""DingTalk 钉钉: the robot of a group, and work notifications to members."""

from __future__ import annotations

from liuke.act.channels.dingtalk.app import DingtalkApp, DingtalkAppSettings, open_dingtalk_app
from liuke.act.channels.dingtalk.robot import DingtalkRobot, DingtalkRobotSettings, open_dingtalk_robot

__all__ = [
    "DingtalkApp", "DingtalkAppSettings", "DingtalkRobot", "DingtalkRobotSettings", "open_dingtalk_app",
    "open_dingtalk_robot",
]  # fmt: skip
