"""One request on its way: events, changes of identity and rejects, from whatever vendor's items."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from liuke.collect.sensitive import is_c3
from liuke.collect.tracking.event import ANONYMOUS, ChangeKind, IdentityChange, Rejected, Taken, TrackedEvent
from liuke.collect.tracking.hashed import hashed
from liuke.collect.tracking.moments import CLAIMED
from liuke.collect.tracking.problem import Problem
from liuke.collect.tracking.sender import Sender

_TEXT: Final = 2_000
"""Characters kept of what was rejected."""
_LONGEST_ID: Final = 200
"""Bytes; the trigger engine takes no longer ones either."""
_SURELY_SHORT: Final = _LONGEST_ID // 4
_NOBODY: Final = frozenset(("", "null", "undefined", "none", "nil", "nan", "(null)", "anonymous", "unknown"))
_ENCODE: Final = msgspec.json.Encoder().encode
MESSAGES: Final = {
    "json": "不是有效的 JSON / not valid JSON",
    "shape": "缺少字段或类型不对 / a field is missing or of the wrong type",
    "id": "标识应为文本或整数,至多 200 字节 / an id is a text or a whole number of at most 200 bytes",
    "no_id": "既无客户号也无匿名标识 / neither a customer nor an anonymous id",
    "no_name": "缺少事件名 / the event has no name",
    "reserved": "名称留给核心系统的事实:请改名,或在 collect.yaml 为此来源写 facts: true"
    " / kept for facts of the core systems: use another name, or write facts: true for this project in collect.yaml",
    "size": "事件超过大小上限 / the event is larger than allowed",
    "deep": "嵌套过深 / nested too deeply",
    "c3": "鉴别信息(C3)不得采集,该属性已丢弃 / authentication data must not be collected; the property was dropped",
    "type": "类型与映射不符,按原值保留 / not of the mapped type; kept as sent",
    "kind": "不支持的类型 / a type that is not supported",
}
_VALUE: Final = re.compile(r'"([^"\\]{1,64})"\s*:\s*("(?:[^"\\]|\\.)*"?|[^,{}\[\]\s]+)')


class Bad(Exception):
    """One item cannot be taken. rule: a key of MESSAGES."""

    def __init__(self, rule: str, column: str | None = None, value: object = None) -> None:
        super().__init__(rule)
        self.rule, self.column, self.value = rule, column, value


class Gathering:
    """What one request comes to. place: the endpoint. size: bytes of the body. shift: see moments.skew."""

    def __init__(self, sender: Sender, place: str, received: int, size: int) -> None:
        self.sender, self.place, self.received = sender, place, received
        self.events: list[TrackedEvent] = []
        self.changes: list[IdentityChange] = []
        self.rejected: list[Rejected] = []
        self.dry_run = False
        self.shift = 0
        self._check_size = size > sender.event_bytes

    @property
    def taken(self) -> Taken:
        """All of it."""
        return Taken(self.events, self.changes, self.rejected)

    def add(
        self, line: int, event_id: str, name: str, *, claimed: int | None, who: tuple[str | None, str | None],
        channel: str | None, session: str | None, properties: dict[str, Any],
    ) -> None:  # fmt: skip
        """Takes an event. line: 1-based. who: customer, anonymous id. Raises Bad."""
        sender, customer, anonymous = self.sender, who[0], who[1]
        if customer is None and anonymous is None:
            raise Bad("no_id")
        plan = sender.names.plan(name)
        if plan.is_fact and not sender.project.facts:
            raise Bad("reserved", "name", name)
        try:
            made, wrong = plan.properties(properties)
        except RecursionError as error:
            raise Bad("deep", "properties") from error
        if self._check_size and len(_ENCODE(made)) > sender.event_bytes:
            raise Bad("size", "properties")
        received = self.received
        at, claim = received, None
        if claimed is not None:
            at, claim = sender.bounds.settle(claimed + self.shift, received)
        if claim is not None:
            made[CLAIMED] = claim
        self.events.append(
            TrackedEvent(
                event_id, plan.name, at, received, customer, anonymous, channel or sender.channel, session, made,
                sender.source,
            )
        )  # fmt: skip
        if customer is not None and anonymous is not None and sender.linked.get(anonymous) != customer:
            self.link(ANONYMOUS, anonymous, customer, at)
        for column, rule in wrong:
            self._note(line, rule, column)

    def link(self, id_type: str, value: str, customer: str | None, at: int, kind: ChangeKind = "link") -> None:
        """Notes that an id belongs to a customer, or no longer does."""
        id_type, value = hashed(id_type, value, self.sender.secret)
        self.changes.append(IdentityChange(kind, id_type, value, customer, at, self.sender.source))
        if id_type == ANONYMOUS:
            self.sender.note_link(value, customer if kind == "link" else None)

    def when(self, claimed: int | None) -> int:
        """The time of something that is no event, by the same rule."""
        return self.received if claimed is None else self.sender.bounds.settle(claimed + self.shift, self.received)[0]

    def reject(self, line: int, bad: Bad, item: object) -> None:
        """Keeps what could not be taken, cut and without what must not be kept."""
        self._note(line, bad.rule, bad.column, bad.value, item)

    def check_count(self, count: int) -> None:
        """Raises Problem too_many above the limit of items in a request."""
        if count > self.sender.most_events:
            raise Problem("too_many", f"{count} items in one request; at most {self.sender.most_events} are taken")

    def _note(self, line: int, rule: str, column: str | None = None, value: object = None, item: object = None) -> None:
        self.rejected.append(
            Rejected(
                self.sender.source, self.place, line, column, _shown(value), rule, MESSAGES[rule], scrubbed(item),
                self.received,
            )
        )  # fmt: skip


def identifier(value: object, column: str) -> str | None:
    """An id as text; None when it names nobody. Raises Bad for what is no id."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
    elif isinstance(value, int) and not isinstance(value, bool):
        text = str(value)
    else:
        raise Bad("id", column, value)
    if len(text) > _SURELY_SHORT and len(text.encode("utf-8", "replace")) > _LONGEST_ID:
        raise Bad("id", column, value)
    return None if text.lower() in _NOBODY else text


def scrubbed(item: object) -> str | None:
    """The item as text for the quarantine: cut, with the values of C3 names taken out."""
    if item is None:
        return None
    try:
        text = (
            item if isinstance(item, str) else bytes(item) if isinstance(item, bytes | msgspec.Raw) else _ENCODE(item)
        )
    except RecursionError:
        return None
    cut = text[: 2 * _TEXT] if isinstance(text, str) else text[: 4 * _TEXT].decode("utf-8", "replace")
    return _VALUE.sub(lambda found: f'"{found[1]}": "***"' if is_c3(found[1]) else found[0], cut)[:_TEXT]


def _shown(value: object) -> str | None:
    return None if value is None else str(value)[:200]


__all__ = ["MESSAGES", "Bad", "Gathering", "identifier", "scrubbed"]
