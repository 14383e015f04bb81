"""Feishu 飞书: the robot of a group, and messages of the bank's own app to members."""

from __future__ import annotations

from liuke.act.channels.feishu.app import FeishuAppSettings, open_feishu_app
from liuke.act.channels.feishu.robot import FeishuRobotSettings, open_feishu_robot

__all__ = ["FeishuAppSettings", "FeishuRobotSettings", "open_feishu_app", "open_feishu_robot"]
