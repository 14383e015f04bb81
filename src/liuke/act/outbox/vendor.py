"""Vendors that answer 200 whatever happened, with a code of their own in the body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liuke.act.outbox.http_call import Answer, Unreachable, succeeded
from liuke.act.outbox.result import Accepted, Refused, Result, Retry
from liuke.act.outbox.token import Stale


@dataclass(frozen=True, slots=True)
class Codes:
    """field: where the code stands; 0 is success. busy: those that ask to slow down. ours: wrong keys and settings,
    which are no message's fault. stale: the token is not known any more. Any other refuses the message.
    """

    field: str
    busy: frozenset[int] = frozenset()
    ours: frozenset[int] = frozenset()
    stale: frozenset[int] = frozenset()


def vendor_answer(answer: Answer | Unreachable, codes: Codes) -> Mapping[str, Any] | Retry | Refused | Stale:
    """The body of a success, or what else the answer means."""
    good = succeeded(answer)
    if not isinstance(good, Answer):
        return good
    told = good.json()
    code = told.get(codes.field)
    if code == 0:
        return told
    if not isinstance(code, int):
        return Retry("no_answer", down=True, unsure=True)
    said = f"{codes.field}_{code}"
    if code in codes.stale:
        return Stale(said)
    return Retry(said, down=True) if code in codes.busy | codes.ours else Refused(said)


def fetched(answer: Answer | Unreachable, codes: Codes) -> Mapping[str, Any] | Retry:
    """The body of an answer about our own keys: whatever goes wrong is no message's fault."""
    told = vendor_answer(answer, codes)
    return told if isinstance(told, Mapping) else Retry(f"token_{told.code}", down=True)


def robot_result(answer: Answer | Unreachable, codes: Codes) -> Result:
    """What a group's robot answered: it names no message and has no token."""
    told = vendor_answer(answer, codes)
    if isinstance(told, Mapping):
        return Accepted()
    return Retry(told.code, down=True) if isinstance(told, Stale) else told
