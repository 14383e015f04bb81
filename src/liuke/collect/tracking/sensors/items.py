"""神策's records → events and changes of identity.

Profiles and items (profile_*, item_*) are accepted and not kept: attributes of customers and products come from the
bank's own systems.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from liuke.collect.tracking.event import ANONYMOUS
from liuke.collect.tracking.gathering import Bad, Gathering, identifier
from liuke.collect.tracking.moments import CLAIMED, read_moment
from liuke.collect.tracking.segment.items import own_id

_LOGIN: Final = "$identity_login_id"
_DEVICES: Final = (
    "$identity_anonymous_id", "$identity_cookie_id", "$identity_distinct_id", "$identity_idfv", "$identity_ios_uuid",
    "$identity_android_id", "$identity_android_uuid", "$identity_harmonyos_uuid",
)  # fmt: skip
_OTHERS: Final = {"$identity_mobile": "phone", "$identity_email": "email", "$identity_mp_openid": "wechat"}
_CHANNELS: Final = {"js": "web", "ios": "app", "android": "app", "harmonyos": "app", "miniprogram": "wechat"}
_KEPT: Final = frozenset(
    ("$url", "$url_path", "$title", "$screen_name", "$element_id", "$element_content", "$element_type",
     "$event_duration", "$is_first_day", "$is_first_time", "$app_version", CLAIMED)
)  # fmt: skip
"""Preset properties that say what was done; the rest is about the device and the client library."""
_QUIET: Final = ("profile_", "item_")


class Item(msgspec.Struct, gc=False):
    """One record."""

    type: Any = None
    event: Any = None
    distinct_id: Any = None
    original_id: Any = None
    login_id: Any = None
    anonymous_id: Any = None
    time: Any = None
    properties: dict[str, Any] | None = None
    identities: dict[str, Any] | None = None
    lib: Any = None
    track_id: Any = msgspec.field(name="_track_id", default=None)
    project: Any = None
    token: Any = None


ITEM: Final = msgspec.json.Decoder(Item)


def take(item: Item, line: int, to: Gathering) -> None:
    """Adds a record. Raises Bad."""
    given = item.properties or {}
    claimed = read_moment(item.time, to.sender.zone)
    match item.type:
        case "track" | "track_signup":
            _event(item, given, claimed, line, to)
        case "track_id_bind" | "track_id_unbind":
            _bind(item, claimed, to)
        case str() if item.type.startswith(_QUIET):
            pass
        case _:
            raise Bad("kind", "type", item.type)


def take_raw(raw: msgspec.Raw | bytes, line: int, to: Gathering) -> None:
    """Adds a record that may be wrong; what cannot be taken is rejected."""
    try:
        take(ITEM.decode(raw), line, to)
    except Bad as bad:
        to.reject(line, bad, raw)
    except msgspec.ValidationError as error:
        to.reject(line, Bad("shape", None, error), raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        to.reject(line, Bad("json", None, error), raw)


def _event(item: Item, given: dict[str, Any], claimed: int | None, line: int, to: Gathering) -> None:
    if not isinstance(item.event, str) or not item.event:
        raise Bad("no_name", "event", item.event)
    who = to.sender.who(*_who(item, given))
    if claimed is None and item.time is not None:
        given = {**given, CLAIMED: str(item.time)[:64]}
    lib = item.lib.get("$lib") if isinstance(item.lib, dict) else given.get("$lib")
    session = given.get("$event_session_id")
    # The time of sending is not part of it, so that a record sent again stays the same record.
    made_of = (item.type, item.event, item.distinct_id, item.original_id, item.time, item.track_id, item.properties,
               item.identities)  # fmt: skip
    to.add(
        line, own_id(made_of), item.event, claimed=claimed, who=who, channel=_CHANNELS.get(str(lib).lower()),
        session=session if isinstance(session, str) else None,
        properties={k: v for k, v in given.items() if k[:1] != "$" or k in _KEPT},
    )  # fmt: skip


def _who(item: Item, given: dict[str, Any]) -> tuple[str | None, str | None]:
    """Login id and anonymous id, wherever this version of a client puts them."""
    identities = item.identities or {}
    distinct = identifier(item.distinct_id, "distinct_id")
    login = identifier(item.login_id, "login_id") or identifier(identities.get(_LOGIN), _LOGIN)
    device = identifier(item.anonymous_id, "anonymous_id") or next(
        (found for name in _DEVICES if (found := identifier(identities.get(name), name))), None
    )
    if item.type == "track_signup":
        return login or distinct, identifier(item.original_id, "original_id") or device
    if login is None and given.get("$is_login_id") is True:
        login = distinct
    return login, device or (distinct if distinct != login else None)


def _bind(item: Item, claimed: int | None, to: Gathering) -> None:
    """Links every id that is bound to the login id; unlinks those that are unbound."""
    identities = dict(item.identities or {})
    login = identifier(identities.pop(_LOGIN, None), _LOGIN)
    if item.type == "track_id_bind" and login is None:
        raise Bad("no_id", _LOGIN)
    for name, value in identities.items():
        found = identifier(value, name)
        if found is not None:
            kind = ANONYMOUS if name in _DEVICES else _OTHERS.get(name) or name.removeprefix("$identity_")
            to.link(kind, found, login, to.when(claimed), "link" if item.type == "track_id_bind" else "unlink")


__all__ = ["Item", "take", "take_raw"]
