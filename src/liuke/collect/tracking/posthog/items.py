"""PostHog's captures → events and changes of identity."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from liuke.collect.tracking.event import ANONYMOUS
from liuke.collect.tracking.gathering import Bad, Gathering, identifier
from liuke.collect.tracking.moments import CLAIMED, read_moment
from liuke.collect.tracking.segment.items import own_id

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_LIBRARY: Final = {
    "web": "web", "posthog-js": "web", "posthog-ios": "app", "posthog-android": "app", "posthog-react-native": "app",
    "posthog-flutter": "app",
}  # fmt: skip
_LONGEST_OFFSET: Final = 10**12
"""Milliseconds an event may have waited on the device; more is no offset."""
_NO_EVENT: Final = frozenset(("$set", "$groupidentify", "$feature_flag_called", "$snapshot", "$create_alias"))
_DROPPED: Final = frozenset(
    ("token", "distinct_id", "$set", "$set_once", "$unset", "$ip", "$insert_id", "$feature_flags", "$sent_at",
     "$anon_distinct_id", "$process_person_profile", "$is_identified", "$geoip_disable", "$time", "$groups",
     "$session_id", "$window_id", "$device_id", "$user_id")
)  # fmt: skip
"""Properties that are PostHog's own workings or about the person: not kept as the event's."""
_DEVICE: Final = re.compile(
    r"^\$(lib|os|browser|screen_|viewport_|device|raw_user|python_|initial_|referr|host$|config|active_feature|feature/|recording|sdk_|replay|autocapture|web_vitals|dead_click|exception_capture|surveys|time$|timezone)"
)


class Capture(msgspec.Struct, gc=False):
    """One capture."""

    event: Any = None
    distinct_id: Any = None
    properties: dict[str, Any] | None = None
    timestamp: Any = None
    uuid: Any = None
    message_id: Any = msgspec.field(name="messageId", default=None)
    offset: Any = None
    options: dict[str, Any] | None = None
    session_id: Any = None


CAPTURE: Final = msgspec.json.Decoder(Capture)


def take(capture: Capture, line: int, to: Gathering, raw: object = None) -> None:
    """Adds a capture. Raises Bad."""
    given = capture.properties or {}
    if not isinstance(capture.event, str) or not capture.event:
        raise Bad("no_name", "event", capture.event)
    distinct = identifier(capture.distinct_id if capture.distinct_id is not None else given.get("distinct_id"),
                          "distinct_id")  # fmt: skip
    claimed = read_moment(capture.timestamp, to.sender.zone)
    if claimed is None and isinstance(capture.offset, int | float) and 0 <= capture.offset < _LONGEST_OFFSET:
        claimed = to.received - round(capture.offset * 1000)
    who = _who(distinct, given, capture.options or {}, to)
    _identify(capture.event, distinct, given, claimed, to)
    if capture.event == "$identify" or capture.event in _NO_EVENT:
        return
    kept = {k: v for k, v in given.items() if k not in _DROPPED and not _DEVICE.match(k)}
    if claimed is None and capture.timestamp is not None:
        kept[CLAIMED] = str(capture.timestamp)[:64]
    session = capture.session_id or given.get("$session_id")
    to.add(
        line, identifier(capture.uuid, "uuid") or identifier(capture.message_id, "messageId") or own_id(
            capture if raw is None else raw),
        capture.event, claimed=claimed, who=who, channel=_LIBRARY.get(str(given.get("$lib", ""))),
        session=session if isinstance(session, str) else None,
        properties=kept,
    )  # fmt: skip


def take_raw(raw: msgspec.Raw | bytes, line: int, to: Gathering) -> None:
    """Adds a capture that may be wrong; what cannot be taken is rejected."""
    try:
        take(CAPTURE.decode(raw), line, to, bytes(raw))
    except Bad as bad:
        to.reject(line, bad, raw)
    except msgspec.ValidationError as error:
        to.reject(line, Bad("shape", None, error), raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        to.reject(line, Bad("json", None, error), raw)


def _who(
    distinct: str | None, given: dict[str, Any], options: dict[str, Any], to: Gathering
) -> tuple[str | None, str | None]:
    """Whether a distinct id is a customer: not when PostHog says it is nobody yet, nor when it is a device's or a UUID,
    which clients make up for visitors; else as the project's pattern says.
    """
    if distinct is None:
        raise Bad("no_id", "distinct_id")
    device = given.get("$device_id")
    nobody = (
        given.get("$is_identified") is False
        or given.get("$process_person_profile") is False
        or options.get("process_person_profile") is False
        or distinct == device
        or _UUID.fullmatch(distinct) is not None
    )
    if nobody and not to.sender.project.customer_ids:
        return None, distinct
    return to.sender.who(distinct, device if isinstance(device, str) and device != distinct else None)


def _identify(event: str, distinct: str | None, given: dict[str, Any], claimed: int | None, to: Gathering) -> None:
    """$identify names the visitor's id before, $create_alias another id of the same person."""
    if event == "$identify":
        user, other = distinct, identifier(given.get("$anon_distinct_id"), "$anon_distinct_id")
    elif event == "$create_alias":
        # alias(previous, new): `distinct_id` is the id that was there before, `alias` the one to know it by.
        first, second = identifier(given.get("distinct_id"), "distinct_id"), identifier(given.get("alias"), "alias")
        user, other = (second, first) if second and not _UUID.fullmatch(second) else (first, second)
    else:
        return
    if user and other and user != other and to.sender.is_customer(user):
        to.link(ANONYMOUS, other, user, to.when(claimed))


__all__ = ["Capture", "take", "take_raw"]
