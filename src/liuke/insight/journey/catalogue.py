"""`journeys/*.yaml`: one journey per file, named by the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from liuke.errors import Place, Said, YourMistake, coded, guess
from liuke.insight.amounts import Locale
from liuke.insight.content_hash import content_hash
from liuke.insight.journey.spec import JourneyFile
from liuke.yaml_file import line_of, parse_yaml, read_each

FOLDER: Final = "journeys"
_MEND: Final = "mend the code of the stage"


@dataclass(frozen=True, slots=True)
class Journey:
    """One journey. version: hash of what its file says, names and descriptions included."""

    code: str
    spec: JourneyFile
    version: str

    def title(self, locale: Locale) -> str:
        """The journey's name in the language."""
        return self.spec.name.en if locale == "en" else self.spec.name.zh

    def place(self, stage: str) -> int:
        """Which stage it is, from 0. Raises YourMistake with the nearest code."""
        if stage not in self.spec.codes:
            raise YourMistake(_no_stage(stage, self.spec), expected=f"a stage of journeys/{self.code}.yaml", then=_MEND)
        return self.spec.codes.index(stage)


@dataclass(frozen=True, slots=True)
class BankJourneys:
    """journeys: by code, in order of file names. mistakes: of the files that cannot be read, by their names."""

    journeys: Mapping[str, Journey]
    mistakes: Mapping[str, YourMistake]

    def named(self, code: str) -> Journey:
        """The journey; YourMistake where its file cannot be read, or there is none."""
        if code in self.mistakes:
            raise self.mistakes[code]
        if code not in self.journeys:
            raise YourMistake(
                coded("no_journey", "no journey is called '{name}'; {hint}", name=code, **guess(code, self.journeys)),
                expected="a file of journeys/",
                then="mend the name",
            )
        return self.journeys[code]


def read_journeys(home: Path) -> BankJourneys:
    """The journeys of the bank home; none without the folder. A mistake names file, line and key and stops no other."""

    def read(code: str, text: str, file: Path) -> Journey:
        return parse_journey(text, code=code, file=file)

    return BankJourneys(*read_each(home / FOLDER, "no_journey_code", "a journey's", read))


def parse_journey(text: str, *, code: str = "draft", file: Path | None = None) -> Journey:
    """A journey from its YAML text, checked as if it stood in `journeys/<code>.yaml`, or in `file`."""
    name = str(file or f"{code}.yaml")
    spec = parse_yaml(text, JourneyFile, name)
    for number, one in enumerate(spec.hand_overs):
        if one.at is not None and one.at not in spec.codes:
            line = line_of(text, ("hand_overs", number, "at"))
            raise YourMistake(_no_stage(one.at, spec), place=Place(name, line, f"hand_overs.{number}.at"), then=_MEND)
    return Journey(code, spec, content_hash([spec.model_dump(mode="json", by_alias=True, exclude_none=True)]))


def _no_stage(stage: str, spec: JourneyFile) -> Said:
    return coded("no_stage", "no stage has the code '{name}'; {hint}", name=stage, **guess(stage, spec.codes))
