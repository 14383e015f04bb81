"""Where a secret stands: in the environment or in a file, named in the settings; never in the settings themselves."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from pydantic import model_validator

from liuke.errors import Place, Wrong, YourMistake
from liuke.yaml_file import Document


class Secret(Document):
    """`{env: NAME}` or `{file: PATH}` (relative to the bank home); exactly one."""

    env: str | None = None
    file: Path | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise Wrong("secret_place", "a secret is named by either `env` or `file`")
        return self

    def read(self, home: Path) -> str:
        """The secret. Raises YourMistake, naming the place and never the value."""
        text = os.environ.get(self.env, "") if self.env else _text(home / self.file) if self.file else ""
        if not text.strip():
            where = f"the environment variable {self.env}" if self.env else f"the file {self.file}"
            raise YourMistake(
                f"{where} holds no secret",
                place=Place(str(home / "channels.yaml")),
                state="nothing was sent",
                then="set it for the user that sends, then start again",
            )
        return text.strip()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
