"""Where a decision came from: the loop, an offer, a campaign or a trigger rule, told by its experiment's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from liuke.act.arbitrate.parts import OFFER_EXPERIMENT
from liuke.act.campaigns.catalogue import experiment_of as campaign_experiment
from liuke.act.triggered import experiment_of as trigger_experiment

Kind = Literal["loop", "offer", "campaign", "trigger", "other"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""In the order in which they are shown. other: experiments of an earlier name."""
_PREFIXES: Final[tuple[tuple[Kind, str], ...]] = (
    ("offer", OFFER_EXPERIMENT),
    ("campaign", campaign_experiment("")),
    ("trigger", trigger_experiment("")),
)


@dataclass(frozen=True, slots=True)
class Source:
    """experiment: as decisions name it. code: of the offer, campaign or rule; else the experiment's name."""

    experiment: str
    kind: Kind
    code: str


def source_of(experiment: str, loop_experiment: str) -> Source:
    """The source whose hold-outs are drawn in `experiment`."""
    if experiment == loop_experiment:
        return Source(experiment, "loop", experiment)
    for kind, prefix in _PREFIXES:
        if experiment.startswith(prefix):
            return Source(experiment, kind, experiment.removeprefix(prefix))
    return Source(experiment, "other", experiment)
