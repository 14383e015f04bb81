"""Segment's messages → events and changes of identity. RudderStack's are the same with a few more fields."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import msgspec

from liuke.collect.tracking.event import ANONYMOUS
from liuke.collect.tracking.gathering import Bad, Gathering, identifier
from liuke.collect.tracking.moments import CLAIMED, micros, read_moment

Id = str | int | None
_OS: Final = {"ios": "app", "android": "app", "harmonyos": "app", "web": "web"}


class Named(msgspec.Struct, gc=False):
    """Anything of a context that has a name or a type."""

    name: str | None = None
    type: str | None = None


class Context(msgspec.Struct, rename="camel", gc=False):
    """The parts of a context that are read; the rest is not kept: it is about the device, not the deed."""

    library: Named | None = None
    device: Named | None = None
    os: Named | None = None
    session_id: Id = None


class Message(msgspec.Struct, rename="camel", gc=False):
    """One message. Times are datetimes here; `Loose` takes what is not."""

    type: str = ""
    message_id: Id = None
    event: str | None = None
    name: str | None = None
    user_id: Id = None
    anonymous_id: Id = None
    previous_id: Id = None
    group_id: Id = None
    timestamp: datetime | None = None
    original_timestamp: datetime | None = None
    properties: dict[str, Any] | None = None
    context: Context | None = None


class Loose(msgspec.Struct, rename="camel", gc=False):
    """The same, taking whatever stands in fields that do not decide whether the message can be kept."""

    type: Any = ""
    message_id: Any = None
    event: Any = None
    name: Any = None
    user_id: Any = None
    anonymous_id: Any = None
    previous_id: Any = None
    group_id: Any = None
    timestamp: Any = None
    original_timestamp: Any = None
    properties: dict[str, Any] | None = None
    context: Any = None


class Batch(msgspec.Struct, rename="camel"):
    """The body of /v1/batch."""

    batch: list[Message]
    sent_at: datetime | None = None
    write_key: str | None = None


class LooseBatch(msgspec.Struct, rename="camel"):
    """The same with messages left as they are, to be read one by one."""

    batch: list[msgspec.Raw]
    sent_at: Any = None
    write_key: Any = None


MESSAGE: Final = msgspec.json.Decoder(Message)
LOOSE: Final = msgspec.json.Decoder(Loose)


def take(message: Message, line: int, to: Gathering, raw: object = None) -> None:
    """Adds a message. raw: as it was sent, for an id of its own where it has none. Raises Bad."""
    sender, context = to.sender, message.context
    user = identifier(message.user_id, "userId")
    anonymous = identifier(message.anonymous_id, "anonymousId")
    who = sender.who(user, anonymous)
    moment = message.original_timestamp or message.timestamp
    claimed = micros(moment, sender.zone) if moment is not None else None
    match message.type:
        case "track":
            name = message.event
        case "page" | "screen" | "group":
            name = message.type
        case "identify" | "alias":
            _identify(message, who, claimed, to)
            return
        case _:
            raise Bad("kind", "type", message.type)
    if not name:
        raise Bad("no_name", "event")
    properties = message.properties or {}
    if message.type != "track":
        properties = {**properties, **_more(message)}
    session = context.session_id if context else None
    to.add(
        line, identifier(message.message_id, "messageId") or own_id(message if raw is None else raw), name,
        claimed=claimed, who=who, channel=channel_of(context) if context else None,
        session=str(session) if session is not None else None, properties=properties,
    )  # fmt: skip


def take_raw(raw: msgspec.Raw | bytes, line: int, to: Gathering, kind: str = "") -> None:
    """Adds a message that may be wrong in places; what cannot be taken is rejected. kind: where the path tells it."""
    try:
        try:
            message = MESSAGE.decode(raw)
        except msgspec.DecodeError:
            message = _tightened(LOOSE.decode(raw), to)
        if kind:
            message.type = kind
        take(message, line, to, bytes(raw))
    except Bad as bad:
        to.reject(line, bad, raw)
    except (msgspec.ValidationError, TypeError) as error:
        to.reject(line, Bad("shape", None, error), raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        to.reject(line, Bad("json", None, error), raw)


def _tightened(loose: Loose, to: Gathering) -> Message:
    """A message whose times or context are of another type: read what can be read, drop the rest."""
    for column in ("event", "name"):
        if not isinstance(getattr(loose, column), str | None):
            raise Bad("shape", column, getattr(loose, column))
    moment = read_moment(loose.original_timestamp or loose.timestamp, to.sender.zone)
    message = Message(
        type=loose.type if isinstance(loose.type, str) else "", event=loose.event, name=loose.name,
        message_id=identifier(loose.message_id, "messageId"), user_id=identifier(loose.user_id, "userId"),
        anonymous_id=identifier(loose.anonymous_id, "anonymousId"), properties=loose.properties,
        previous_id=identifier(loose.previous_id, "previousId"), group_id=identifier(loose.group_id, "groupId"),
    )  # fmt: skip
    if moment is not None:
        message.timestamp = datetime.fromtimestamp(moment / 1e6, to.sender.zone)
    elif loose.original_timestamp or loose.timestamp:
        message.properties = {**(loose.properties or {}), CLAIMED: str(loose.timestamp)[:64]}
    return message


def _identify(message: Message, who: tuple[str | None, str | None], claimed: int | None, to: Gathering) -> None:
    """Identify links the anonymous id, alias the previous one; traits are not kept."""
    customer, anonymous = who
    if message.type == "alias":
        anonymous = identifier(message.previous_id, "previousId")
    if customer is None and anonymous is None:
        raise Bad("no_id")
    if customer and anonymous and anonymous != customer:
        to.link(ANONYMOUS, anonymous, customer, to.when(claimed))


def _more(message: Message) -> dict[str, Any]:
    more: dict[str, Any] = {"name": message.name} if message.name else {}
    group = identifier(message.group_id, "groupId")
    return more | ({"group_id": group} if group else {})


def channel_of(context: Context) -> str | None:
    """App or web as the context tells; None when it does not."""
    for part in (context.device, context.os):
        known = part and _OS.get((part.type or part.name or "").lower())
        if known:
            return known
    library = (context.library and context.library.name) or ""
    return "web" if library in ("analytics.js", "RudderLabs JavaScript SDK") else None


def own_id(item: object) -> str:
    """An id for an item without one: the same for the same bytes, so that a repeated request stays a repeat."""
    data = item if isinstance(item, bytes) else msgspec.json.encode(item, order="deterministic")
    return "h-" + blake2b(data, digest_size=12).hexdigest()


__all__ = ["Batch", "LooseBatch", "Message", "channel_of", "own_id", "take", "take_raw"]
