"""`tags/*.yaml`: a group of tags, each with its words, use and rule."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from liuke.errors import Wrong
from liuke.insight.conditions import RuleNode
from liuke.insight.content_hash import content_hash
from liuke.settings import Name
from liuke.yaml_file import Document

Purpose = Literal["service", "retention", "marketing", "risk"]
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")


class TagSpec(Document):
    """One tag. owner and purpose: those of the file unless stated. sensitivity: never below what its rule reads."""

    name: Name
    description: Name
    rule: RuleNode
    owner: str | None = None
    purpose: Purpose | None = None
    sensitivity: Literal["C1", "C2"] | None = None

    @property
    def version(self) -> str:
        """First 12 hex digits of SHA-256 over the canonical JSON: equal exactly when the content is equal."""
        return content_hash(self.model_dump(mode="json", by_alias=True))


class TagFile(Document):
    """The file: a group of tags by code. version: the owner's own numbering, for people."""

    group: Name
    owner: str = Field(min_length=1)
    version: str = "1"
    purpose: Purpose
    tags: dict[str, TagSpec] = Field(min_length=1)

    @field_validator("tags")
    @classmethod
    def _codes(cls, value: dict[str, TagSpec]) -> dict[str, TagSpec]:
        for code in value:
            if not _CODE.fullmatch(code):
                template = "'{name}' is no code: small letters, digits and _, beginning with a letter"
                raise Wrong("no_tag_code", template, name=code)
        return value
