"""One action on many orders of a list: each in a transaction of its own, and what did not go is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from liuke.act.workorder import IllegalMove
from liuke.errors import YourMistake
from liuke.govern.access import NotAllowed
from liuke.state.actions.change_order import Stale, Who
from liuke.state.models import WorkOrder

MOST: Final = 200
"""Orders of one call: a page of a list holds fewer."""

Why = Literal["gone", "stale", "not_possible", "refused"]


@dataclass(frozen=True, slots=True)
class Pick:
    """An order ticked in a list, with the version that was shown."""

    order_id: str
    version: int


@dataclass(frozen=True, slots=True)
class Missed:
    """An order that stayed as it was.

    why: gone (not among those the person may see), stale (changed since it was shown), not_possible (its state
    does not allow the action), refused (e.g. the receiver works elsewhere).
    """

    order_id: str
    why: Why


@dataclass(frozen=True, slots=True)
class ManyDone:
    """What became of the picks, in their order."""

    done: tuple[str, ...]
    missed: tuple[Missed, ...]


def act_on_orders(who: Who, picks: Sequence[Pick], act: Callable[[Pick], object]) -> ManyDone:
    """Calls `act` for each pick the person may see; one that fails leaves the others alone.

    act: an action on one order, which checks, changes and audits by itself. The same order picked twice counts
    once. Raises NotAllowed when the person's role may not act so at all, YourMistake for none or too many.
    """
    wanted = list({pick.order_id: pick for pick in picks}.values())
    if not 0 < len(wanted) <= MOST:
        raise YourMistake(
            f"{len(wanted)} orders were picked",
            expected=f"1 to {MOST}",
            state="nothing was changed",
            then="pick orders of one page of the list",
        )
    ids = [pick.order_id for pick in wanted]
    seen = set(WorkOrder.objects.visible_to(who.scope).filter(order_id__in=ids).values_list("order_id", flat=True))
    done: list[str] = []
    missed: list[Missed] = []
    for pick in wanted:
        why = _tried(pick, act) if pick.order_id in seen else "gone"
        if why is None:
            done.append(pick.order_id)
        else:
            missed.append(Missed(pick.order_id, why))
    return ManyDone(tuple(done), tuple(missed))


def _tried(pick: Pick, act: Callable[[Pick], object]) -> Why | None:
    try:
        act(pick)
    except Stale:
        return "stale"
    except IllegalMove:
        return "not_possible"
    except NotAllowed:
        raise
    except YourMistake:
        return "refused"
    return None
