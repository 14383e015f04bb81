"""Every kind of channel, and `channels.yaml`, which names those of a bank."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import Discriminator, Field, Tag, model_validator

from liuke.act.channels.core import CoreSettings, open_core
from liuke.act.channels.dingtalk import (
    DingtalkAppSettings,
    DingtalkRobotSettings,
    open_dingtalk_app,
    open_dingtalk_robot,
)
from liuke.act.channels.email import EmailSettings, open_email
from liuke.act.channels.feishu import FeishuAppSettings, FeishuRobotSettings, open_feishu_app, open_feishu_robot
from liuke.act.channels.push import PushSettings, open_push
from liuke.act.channels.rm_order import RmOrderSettings, open_rm_order
from liuke.act.channels.sms import SmsFileSettings, SmsSettings, open_sms, open_sms_file
from liuke.act.channels.wecom import WecomAppSettings, WecomRobotSettings, open_wecom_app, open_wecom_robot
from liuke.act.outbox.channel import Channel, ChannelSettings, Means
from liuke.act.outbox.message import CONSENT_CHANNEL, Medium
from liuke.errors import Wrong
from liuke.yaml_file import Document, load_yaml

FILE: Final = "channels.yaml"
OPENERS: Final[Mapping[str, Callable[[Any, Means], Channel]]] = {
    "sms": open_sms,
    "sms_file": open_sms_file,
    "email": open_email,
    "wecom_robot": open_wecom_robot,
    "wecom_app": open_wecom_app,
    "dingtalk_robot": open_dingtalk_robot,
    "dingtalk_app": open_dingtalk_app,
    "feishu_robot": open_feishu_robot,
    "feishu_app": open_feishu_app,
    "push": open_push,
    "rm_order": open_rm_order,
    "core": open_core,
}
"""How a channel of each kind is opened."""
MEDIUM_OF: Final[Mapping[str, Medium]] = {
    "sms": "sms",
    "sms_file": "sms",
    "email": "email",
    "wecom_app": "wecom",
    "dingtalk_app": "dingtalk",
    "feishu_app": "feishu",
    "push": "push",
}
"""The medium by which a kind of channel reaches one person; the others reach a group, a desk or a system."""


def _kind(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, Mapping) else getattr(value, "kind", None)
    return f"<{kind}>" if kind in OPENERS else None


AnyChannel = Annotated[
    Annotated[SmsSettings, Tag("<sms>")]
    | Annotated[SmsFileSettings, Tag("<sms_file>")]
    | Annotated[EmailSettings, Tag("<email>")]
    | Annotated[WecomRobotSettings, Tag("<wecom_robot>")]
    | Annotated[WecomAppSettings, Tag("<wecom_app>")]
    | Annotated[DingtalkRobotSettings, Tag("<dingtalk_robot>")]
    | Annotated[DingtalkAppSettings, Tag("<dingtalk_app>")]
    | Annotated[FeishuRobotSettings, Tag("<feishu_robot>")]
    | Annotated[FeishuAppSettings, Tag("<feishu_app>")]
    | Annotated[PushSettings, Tag("<push>")]
    | Annotated[RmOrderSettings, Tag("<rm_order>")]
    | Annotated[CoreSettings, Tag("<core>")],
    Discriminator(
        _kind,
        custom_error_type="channel_kind",
        custom_error_message="every channel says its `kind`: " + ", ".join(OPENERS),
    ),
]


class ChannelsFile(Document):
    """`channels.yaml`. proxy: through which gateways are reached, http://host:port.

    staff: a file of colleagues' addresses (staff_id,medium,address), relative to the bank home.
    """

    proxy: str | None = Field(None, pattern=r"^http://[^/\s]+$")
    staff: Path | None = None
    channels: dict[str, AnyChannel] = Field(min_length=1)

    @model_validator(mode="after")
    def _plain_names(self) -> Self:
        for name in self.channels:
            if not name.replace("_", "").isalnum() or not name.isascii() or len(name) > 32:
                raise Wrong("channel_name", "'{name}' is no name: letters, digits and _, at most 32", name=name)
        return self


def read_channels(home: Path) -> ChannelsFile:
    """`channels.yaml` of a bank home. Raises YourMistake."""
    return load_yaml(home / FILE, ChannelsFile)


def contact_channels(file: ChannelsFile) -> dict[str, str]:
    """The contact contract's channel of each channel that reaches customers, by its name."""
    return {
        name: CONSENT_CHANNEL[MEDIUM_OF[settings.kind]]
        for name, settings in file.channels.items()
        if settings.kind in MEDIUM_OF
    }


def open_channel(settings: ChannelSettings, means: Means) -> Channel:
    """The channel with its secrets read. Raises YourMistake when one is missing."""
    return OPENERS[getattr(settings, "kind", "")](settings, means)
