"""How a text message gateway is spoken to: which of its fields holds what, in requests, answers and receipts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from liuke.act.outbox.channel import ChannelSettings
from liuke.act.outbox.secret import Secret
from liuke.errors import Wrong, guess
from liuke.yaml_file import Document

FACTS: Final = ("to", "text", "key", "secret", "account", "stamp")
"""Names a template may hold. stamp: seconds since 1970."""
_HOLE: Final = re.compile(r"\{([^{}]*)\}")


class AnswerRule(Document):
    """How an answer of 200 is read. field: dotted path; values: those that mean accepted; busy: those that ask to come
    again; id: path of the gateway's name for the message. Without `field` every 2xx is accepted.
    """

    field: str | None = None
    values: tuple[str, ...] = ("0",)
    busy: tuple[str, ...] = ()
    id: str | None = None


class ReceiptRule(Document):
    """How pushed receipts and replies are read; names are dotted paths within one item.

    items: path of the list in the body; '' when the body is the list. verify: `hmac`, our own kind of
    signature; `token`, a token in the address or as bearer, for gateways that cannot sign. delivered: values of status
    that mean delivered. phone, text: of replies.
    """

    verify: Literal["hmac", "token"] = "token"
    secret: Secret
    items: str = ""
    key: str | None = None
    id: str | None = None
    status: str | None = "status"
    delivered: tuple[str, ...] = ("DELIVRD", "DELIVERED", "true", "0")
    code: str | None = None
    phone: str | None = None
    text: str | None = None
    answer: str = '{"code":0,"msg":"OK"}'


class SignedSettings(ChannelSettings):
    """signature: the bank's name, put in front as 【…】. opt_out: how to refuse, put after marketing."""

    signature: str = Field(min_length=2, max_length=20)
    opt_out: str = Field("拒收请回复R", min_length=1)

    @field_validator("signature")
    @classmethod
    def _bare(cls, value: str) -> str:
        return value.strip("【】[] ")


class SmsSettings(SignedSettings):
    """A text message gateway. url, headers, fields: templates of {to}, {text}, {key}, {secret}, {account}, {stamp}.
    idempotent: the gateway knows a {key} it has seen.
    """

    kind: Literal["sms"]
    url: str = Field(pattern=r"^https?://")
    format: Literal["json", "form"] = "json"
    headers: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, Any] = Field(min_length=1)
    account: str = ""
    secret: Secret | None = None
    opt_out_words: tuple[str, ...] = ("R", "T", "TD", "退订", "N")
    idempotent: bool = False
    answer: AnswerRule = AnswerRule()
    receipts: ReceiptRule | None = None

    @model_validator(mode="after")
    def _known_holes(self) -> Self:
        named = [hole for text in _texts((self.url, self.headers, self.fields)) for hole in _HOLE.findall(text)]
        for name in named:
            if name not in FACTS:
                raise Wrong("unknown_hole", "unknown placeholder {{{name}}}; {hint}", name=name, **guess(name, FACTS))
        for needed in ("to", "text"):
            if needed not in named:
                raise Wrong("hole_missing", "no field holds {{{name}}}", name=needed)
        if "secret" in named and self.secret is None:
            raise Wrong("hole_secret", "{{secret}} is used and `secret` is not set")
        if self.idempotent and "key" not in named:
            raise Wrong("hole_key", "an idempotent gateway needs {{key}} in a field or header")
        return self


def filled(template: Any, facts: Mapping[str, str]) -> Any:
    """The template with its holes filled; lists and objects within too."""
    if isinstance(template, str):
        return _HOLE.sub(lambda hole: facts.get(hole[1], ""), template)
    if isinstance(template, Mapping):
        return {name: filled(value, facts) for name, value in template.items()}
    return [filled(value, facts) for value in template] if isinstance(template, list | tuple) else template


def _texts(template: Any) -> Iterator[str]:
    if isinstance(template, str):
        yield template
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from _texts(value)
    elif isinstance(template, list | tuple):
        for value in template:
            yield from _texts(value)
