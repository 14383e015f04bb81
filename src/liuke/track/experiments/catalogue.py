"""`experiments/*.yaml` read and checked against the bank's draws and outcomes. A mistake in a file stops no other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from liuke.errors import Place, Said, YourMistake, coded, guess
from liuke.insight.content_hash import content_hash
from liuke.insight.customer_tier import CustomerTierPolicy, read_tier_policy
from liuke.track.experiments.draws import Draw, Key, bank_draws
from liuke.track.experiments.experiment_file import CLUSTERED, ExperimentFile
from liuke.track.outcome_definitions import AumKeptShare, Definition, OutcomeDefinitions, read_outcome_definitions
from liuke.yaml_file import line_of, parse_yaml, read_each

FOLDER: Final = "experiments"
UNREGISTERED: Final = "draw_"
"""What the codes of draws begin with that nobody wrote an experiment about; no file may be called so."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What experiments may refer to. tiers: code of each customer tier and the AUM that reaches it, rising."""

    draws: Mapping[Key, Draw]
    definitions: OutcomeDefinitions
    tiers: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment as its file says now.

    version: hash of what it says with outcomes, shares and draw resolved: what is approved, and frozen at the start.
    draw: None for the source book. shares: of every arm. definitions: of the outcomes it measures, with their own
    parameters. registered: False for the default plan of a draw that nobody wrote about.
    """

    code: str
    spec: ExperimentFile
    text: str
    version: str
    draw: Draw | None
    shares: Mapping[str, float]
    definitions: Mapping[str, Definition]
    tiers: tuple[tuple[str, float], ...]
    registered: bool = True


@dataclass(frozen=True, slots=True)
class BankExperiments:
    """experiments: by code. mistakes: of the files that cannot be read, by their names. shelf: what they were read
    against.
    """

    experiments: Mapping[str, Experiment]
    mistakes: Mapping[str, YourMistake]
    shelf: Shelf

    def named(self, code: str) -> Experiment:
        """The experiment; YourMistake where its file cannot be read, or there is none."""
        if code in self.mistakes:
            raise self.mistakes[code]
        if code not in self.experiments:
            raise YourMistake(
                coded("no_experiment", "no experiment is called '{name}'; {hint}", name=code,
                      **guess(code, self.experiments)),
                then="liuke experiments list   # names them all",
            )  # fmt: skip
        return self.experiments[code]


def read_bank_experiments(home: Path, shelf: Shelf | None = None) -> BankExperiments:
    """The experiments of the bank home. A file that is wrong is among the mistakes, with file, line and key.

    shelf: `bank_shelf`, where it was read already.
    """
    known = shelf or bank_shelf(home)

    def read(code: str, text: str, file: Path) -> Experiment:
        return parse_experiment(text, known, code=code, file=file)

    return BankExperiments(*read_each(home / FOLDER, "no_experiment_code", "an experiment's", read), known)


def bank_shelf(home: Path) -> Shelf:
    """What experiments of the bank home may refer to."""
    definitions = read_outcome_definitions(home / "policies" / "experiment_outcomes.yaml")
    return Shelf(bank_draws(home), definitions, tier_steps(read_tier_policy(home / "policies" / "tiers.yaml")))


def tier_steps(policy: CustomerTierPolicy) -> tuple[tuple[str, float], ...]:
    """Code and least AUM of each customer tier, rising."""
    return tuple((level.code, float(level.minimum_aum)) for level in policy.levels)


def parse_experiment(text: str, shelf: Shelf, *, code: str = "draft", file: Path | None = None) -> Experiment:
    """An experiment from its YAML text, checked as if it stood in `experiments/<code>.yaml`, or in `file`.

    Raises YourMistake with file, line and key: unknown outcomes, sources and arms, a split that is not the source's.
    """
    name = str(file or f"{code}.yaml")
    spec = parse_yaml(text, ExperimentFile, name)
    written = _Written(spec, shelf, name, text)
    if code.startswith(UNREGISTERED):
        said = coded("experiment_code_taken", "codes that begin with {prefix} are the registry's own",
                     prefix=UNREGISTERED)  # fmt: skip
        raise written.wrong(said)
    draw = written.draw()
    shares = written.shares(draw)
    return _made(code, spec, text, draw, shares, {c: written.definition(c) for c in spec.codes}, shelf)


def _made(
    code: str, spec: ExperimentFile, text: str, draw: Draw | None, shares: Mapping[str, float],
    definitions: Mapping[str, Definition], shelf: Shelf, *, registered: bool = True,
) -> Experiment:  # fmt: skip
    tiers = shelf.tiers if "customer_tier" in (spec.segment, spec.stratum) else ()
    said = [
        spec.model_dump(mode="json", exclude_none=True),
        {c: d.model_dump(mode="json") for c, d in definitions.items()},
        {arm: round(share, 9) for arm, share in shares.items()},
        draw.experiment if draw else None,
        [list(step) for step in tiers],
    ]
    return Experiment(code, spec, text, content_hash(said), draw, shares, definitions, tiers, registered)


def unregistered(draw: Draw, shelf: Shelf) -> Experiment | None:
    """The default plan of a draw that nobody wrote an experiment about; None where nobody is held out, or no outcome
    says who stayed.

    Primary: the first outcome of kind retained; guardrail: the first complaint_free, 1 point; money: the first
    aum_kept_share; covariate: AUM at entry; mde 3 points of 80%. It is read like any other and never counts as
    pre-registered.
    """
    kinds = {kind: next((c for c, d in shelf.definitions.outcomes.items() if d.kind == kind), None)
             for kind in ("retained", "complaint_free", "aum_kept_share")}  # fmt: skip
    if kinds["retained"] is None or not draw.holdout_share > 0:
        return None
    spec = ExperimentFile.model_validate({
        "name": draw.name,
        "hypothesis": {"zh": "没有预先登记：按默认口径读取。", "en": "Not pre-registered: read by the default plan."},
        "owner": "-",
        "source": {"kind": draw.kind, "code": draw.code or None},
        "metrics": {
            "primary": [kinds["retained"]],
            "guardrails": {kinds["complaint_free"]: {"harm": 0.01}} if kinds["complaint_free"] else {},
            "money": kinds["aum_kept_share"],
            "covariates": ["aum"],
        },
        "mde": 0.03,
        "stop": {"units_reached": False, "early_after_days": None, "on_harm": False},
        "assumed": {"mean": 0.8, "entrants_per_day": 0},
    })  # fmt: skip
    definitions = {c: shelf.definitions.outcomes[c] for c in spec.codes}
    code = UNREGISTERED + draw.experiment
    return _made(code, spec, "", draw, draw.shares, definitions, shelf, registered=False)


@dataclass(frozen=True, slots=True)
class _Written:
    """A file as written, and where."""

    spec: ExperimentFile
    shelf: Shelf
    file: str
    text: str

    def draw(self) -> Draw | None:
        """The draw the source names; None for a book."""
        source = self.spec.source
        if source.kind == "book":
            return None
        code = source.code or ""
        found = self.shelf.draws.get((source.kind, code))
        if found is None:
            known = [name for kind, name in self.shelf.draws if kind == source.kind]
            said = coded("no_source", "no {kind} is called '{name}'; {hint}", kind=source.kind, name=code,
                         **guess(code, known))  # fmt: skip
            raise self.wrong(said, "source", "code")
        return found

    def shares(self, draw: Draw | None) -> Mapping[str, float]:
        """Of every arm: as written, and as the source draws."""
        arms, given = self.spec.arms, self.spec.arms.shares
        if draw is None or self.spec.unit in CLUSTERED or self.spec.evidence != "randomised":
            if given and set(given) != {"treated", "holdout"}:
                said = coded("two_shares", "the registry draws two arms here, treated and holdout")
                raise self.wrong(said, "arms", "shares")
            return dict(given) or {"treated": 0.5, "holdout": 0.5}
        drawn = draw.shares if {arms.treated, arms.control} == {"treated", "holdout"} else draw.arm_shares
        for key, arm in (("treated", arms.treated), ("control", arms.control)):
            if arm not in drawn:
                said = coded("no_arm", "the source draws no arm '{name}'; {hint}", name=arm, **guess(arm, drawn))
                raise self.wrong(said, "arms", key)
        for arm in sorted({*given, *drawn}) if given else ():
            if not math.isclose(given.get(arm, 0.0), drawn.get(arm, 0.0), abs_tol=1e-4):
                said = coded("split_differs", "the plan gives the arm {name} {planned}, the source draws {drawn}",
                             name=arm, planned=given.get(arm, 0.0), drawn=round(drawn.get(arm, 0.0), 4))  # fmt: skip
                raise self.wrong(said, "arms", "shares")
        return dict(drawn)

    def definition(self, code: str) -> Definition:
        """The outcome of that code."""
        outcomes, metrics = self.shelf.definitions.outcomes, self.spec.metrics
        if code not in outcomes:
            place = "primary" if code in metrics.primary else "guardrails" if code in metrics.guardrails else "money"
            said = coded("no_outcome", "no outcome is called '{name}'; {hint}", name=code, **guess(code, outcomes))
            raise self.wrong(said, "metrics", place)
        if code == metrics.money and not isinstance(outcomes[code], AumKeptShare):
            said = coded("money_of_shares", "{name} is {kind}; money is reckoned from an outcome of kind "
                         "aum_kept_share", name=code, kind=outcomes[code].kind)  # fmt: skip
            raise self.wrong(said, "metrics", "money")
        return outcomes[code]

    def wrong(self, said: Said, *keys: str) -> YourMistake:
        """The mistake with its place."""
        place = Place(self.file, line_of(self.text, keys), ".".join(keys) or None)
        return YourMistake(said, place=place, then="mend the file and run the command again")


def draws_without_experiment(bank: BankExperiments, taken: set[str]) -> Iterator[Experiment]:
    """Default plans of the draws that none of `taken` (names in the decision table) covers."""
    for draw in bank.shelf.draws.values():
        found = None if draw.experiment in taken else unregistered(draw, bank.shelf)
        if found:
            yield found
