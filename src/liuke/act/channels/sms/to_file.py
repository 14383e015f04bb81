"""Text messages that are written to a file instead of being sent: for a demo, and for trying campaigns out."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from liuke.act.channels.sms.channel import worded
from liuke.act.channels.sms.settings import SignedSettings
from liuke.act.outbox.address import plain_number
from liuke.act.outbox.channel import Incoming, Means, Taken, no_receipts
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.result import Accepted, Result, Retry
from liuke.govern.masking import mask_value


class SmsFileSettings(SignedSettings):
    """Nothing leaves this machine. path: of the file, relative to the bank home."""

    kind: Literal["sms_file"]
    path: Path = Path("sent_messages.jsonl")
    per_second: float | None = Field(None, gt=0, le=10_000)


@dataclass(frozen=True, slots=True)
class SmsFileChannel:
    """Each message is a line of JSON: at, key, to (masked), text as a gateway would have had it.

    A line that a sender which died wrote twice bears the same key: to whoever reads the file it is one message.
    """

    settings: SmsFileSettings
    file: Path
    medium: ClassVar[Medium | None] = "sms"
    idempotent: ClassVar[bool] = True

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """One line."""
        told = {
            "at": now.isoformat(), "key": message.key, "to": mask_value(plain_number(address), "phone"),
            "text": worded(message, self.settings),
        }  # fmt: skip
        line = (json.dumps(told, ensure_ascii=False) + "\n").encode()
        try:
            handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, line)
            finally:
                os.close(handle)
        except OSError:
            return Retry("no_file", down=True)
        return Accepted()

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """None come: a file answers nothing."""
        raise no_receipts("sms_file")


def open_sms_file(settings: SmsFileSettings, means: Means) -> SmsFileChannel:
    """The file is made when the first message comes."""
    return SmsFileChannel(settings, means.home / settings.path)
