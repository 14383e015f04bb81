"""The bank's tags, read from its folder, checked against each other, with versions and lineage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from liuke.errors import Place, YourMistake, coded
from liuke.insight.amounts import Locale
from liuke.insight.content_hash import content_hash
from liuke.insight.rules.codes import ANY, Codes
from liuke.insight.rules.lineage import Lineage, Sensitivity, lineage
from liuke.insight.rules.references import Names, Resolved, check_names, references, resolve
from liuke.insight.tags.tag_file import Purpose, TagFile, TagSpec
from liuke.settings import Name
from liuke.yaml_file import line_of, load_yaml


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of the catalogue.

    version: hash of its content and of the tags it names; file_version: the owner's own numbering. rule: with
    names resolved. spec: as written. source: the file's name.
    """

    code: str
    name: Name
    description: Name
    group: Name
    owner: str
    purpose: Purpose
    sensitivity: Sensitivity
    file_version: str
    version: str
    rule: Resolved
    lineage: Lineage
    spec: TagSpec
    source: str

    def title(self, locale: Locale) -> str:
        """The tag's name in the language."""
        return self.name.en if locale == "en" else self.name.zh


def read_tags(folder: Path, codes: Codes = ANY) -> Mapping[str, Tag]:
    """Every tag of `folder/*.yaml` by code, in order of files and writing; empty without the folder.

    codes: the bank's own, which its rules must keep to.

    Raises YourMistake naming file, line and key: a code used twice, an unknown name, a circle, a sensitivity
    stated below that of what the rule reads.
    """
    files = {path: load_yaml(path, TagFile) for path in sorted(folder.glob("*.yaml"))}
    homes: dict[str, Path] = {}
    for path, file in files.items():
        for code in file.tags:
            if code in homes:
                raise YourMistake(
                    coded(
                        "tag_twice",
                        "the tag '{name}' is defined twice, first in {file}",
                        name=code,
                        file=homes[code].name,
                    ),
                    place=_place(path, (code,)),
                    then="give one of them another code",
                )
            homes[code] = path
    specs = {code: files[path].tags[code] for code, path in homes.items()}
    names = Names(tags={code: spec.rule for code, spec in specs.items()}, codes=codes)
    return {code: _tag(code, files[path], path, names) for code, path in homes.items()}


def names_of(tags: Mapping[str, Tag]) -> Mapping[str, object]:
    """The tags' rules as written, for other rules to refer to."""
    return {code: tag.spec.rule for code, tag in tags.items()}


def _tag(code: str, file: TagFile, path: Path, names: Names) -> Tag:
    spec = file.tags[code]
    check_names(spec.rule, names, lambda keys: _place(path, (code, "rule", *keys)))
    try:
        rule = resolve(spec.rule, names, (("tag", code),))
    except YourMistake as error:
        raise YourMistake(error.said or error.what, place=_place(path, (code, "rule")), then=error.then) from error
    found = lineage(rule)
    if spec.sensitivity == "C1" and found.sensitivity == "C2":
        raise YourMistake(
            coded(
                "tag_says_c1",
                "the tag '{name}' says C1, but its rule reads C2 data: {columns}",
                name=code,
                columns=", ".join(found.columns),
            ),
            place=_place(path, (code, "sensitivity")),
            expected="C2, or no statement: it is taken from the rule",
            then="mend the line and run the command again",
        )
    return Tag(
        code=code,
        name=spec.name,
        description=spec.description,
        group=file.group,
        owner=spec.owner or file.owner,
        purpose=spec.purpose or file.purpose,
        sensitivity=spec.sensitivity or found.sensitivity,
        file_version=file.version,
        version=content_hash([spec.version, *sorted(set(_keys_below(spec.rule, names)))]),
        rule=rule,
        lineage=found,
        spec=spec,
        source=path.name,
    )


def _keys_below(rule: object, names: Names) -> list[str]:
    """The rules a rule stands on, deep: a tag changes its meaning when one that it names does."""
    below = [names.of(r.kind)[r.name] for r in references(rule)]
    return [rule.key for rule in below] + [key for rule in below for key in _keys_below(rule, names)]


def _place(path: Path, keys: tuple[int | str, ...]) -> Place:
    full = ("tags", *keys)
    return Place(str(path), line_of(path.read_text(encoding="utf-8-sig"), full), ".".join(map(str, full)))
