"""`segments/*.yaml`: one segment per file, named by the file; checked against tags and each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import Field

from liuke.errors import YourMistake, did_you_mean
from liuke.insight.amounts import Locale
from liuke.insight.conditions import RuleNode
from liuke.insight.content_hash import content_hash
from liuke.insight.rules.codes import ANY, Codes
from liuke.insight.rules.lineage import Lineage, lineage
from liuke.insight.rules.references import Every, Named, Names, Opposite, Resolved, Some, resolve_written
from liuke.insight.tags.catalogue import Tag, names_of
from liuke.insight.tags.tag_file import Purpose
from liuke.settings import Name
from liuke.yaml_file import Document, code_of, load_yaml, parse_yaml


class SegmentFile(Document):
    """One segment as written. version: the owner's own numbering, for people."""

    name: Name
    description: Name
    owner: str = Field(min_length=1)
    version: str = "1"
    purpose: Purpose = "service"
    rule: RuleNode


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. version: hash of what its rule says with all names resolved. rule: resolved. spec: as written."""

    code: str
    name: Name
    description: Name
    owner: str
    purpose: Purpose
    file_version: str
    version: str
    rule: Resolved
    lineage: Lineage
    spec: SegmentFile

    def title(self, locale: Locale) -> str:
        """The segment's name in the language."""
        return self.name.en if locale == "en" else self.name.zh


def read_segments(folder: Path, tags: Mapping[str, Tag], codes: Codes = ANY) -> Mapping[str, Segment]:
    """Every segment of `folder/*.yaml` by code, in order of file names; empty without the folder.

    codes: the bank's own, which its rules must keep to.

    Raises YourMistake naming file, line and key: an unknown tag or segment, a circle, a file name that is no code.
    """
    files = {
        code_of(path, "no_segment_code", "a segment's"): (path, load_yaml(path, SegmentFile))
        for path in sorted(folder.glob("*.yaml"))
    }
    names = Names(tags=names_of(tags), segments={code: spec.rule for code, (_, spec) in files.items()}, codes=codes)
    return {
        code: _segment(code, spec, names, str(path), path.read_text(encoding="utf-8-sig"))
        for code, (path, spec) in files.items()
    }


def parse_segment(
    text: str, tags: Mapping[str, Tag], segments: Mapping[str, Segment], *, code: str = "draft", codes: Codes = ANY
) -> Segment:
    """An unsaved segment from its YAML text, checked as if it stood in `segments/<code>.yaml`.

    Raises YourMistake as `read_segments` does.
    """
    known = {name: s.spec.rule for name, s in segments.items()}
    return parse_among(text, Names(names_of(tags), known, codes), code=code)


def parse_among(text: str, names: Names, *, code: str) -> Segment:
    """The same among those names, whether `code` is one of its segments yet or not."""
    spec = parse_yaml(text, SegmentFile, f"{code}.yaml")
    among = replace(names, segments={**names.segments, code: spec.rule})
    return _segment(code, spec, among, f"{code}.yaml", text)


def readable_names(folder: Path, tags: Mapping[str, Tag], codes: Codes = ANY) -> Names:
    """What the segment of one file may refer to: a file that cannot be read is not there, so that it can be mended
    beside the others.
    """
    found: dict[str, RuleNode] = {}
    for path in sorted(folder.glob("*.yaml")):
        with suppress(YourMistake):
            found[path.stem] = load_yaml(path, SegmentFile).rule
    return Names(names_of(tags), found, codes)


def names_segment(rule: Resolved, code: str) -> bool:
    """Whether the rule says that segment anywhere, through others too."""
    if isinstance(rule, Every | Some):
        return any(names_segment(part, code) for part in rule.parts)
    if isinstance(rule, Named):
        return (rule.kind, rule.name) == ("segment", code) or names_segment(rule.part, code)
    return isinstance(rule, Opposite) and names_segment(rule.part, code)


def segment_named(segments: Mapping[str, Segment], code: str) -> Segment:
    """The segment of that code, or of that Chinese or English name; YourMistake with the nearest when none is."""
    found = segments.get(code) or next((s for s in segments.values() if code in (s.name.zh, s.name.en)), None)
    if found is None:
        raise YourMistake(
            f"no segment is called '{code}'; {did_you_mean(code, segments)}",
            then="liuke segments list   # names them all",
        )
    return found


def _segment(code: str, spec: SegmentFile, names: Names, file: str, text: str) -> Segment:
    rule = resolve_written(spec.rule, names, file, text, ("rule",), (("segment", code),))
    return Segment(
        code=code,
        name=spec.name,
        description=spec.description,
        owner=spec.owner,
        purpose=spec.purpose,
        file_version=spec.version,
        version=content_hash([spec.rule.key, _spelled(rule)]),
        rule=rule,
        lineage=lineage(rule),
        spec=spec,
    )


def _spelled(rule: Resolved) -> str:
    """The resolved rule as text, every comparison with its place."""
    return re.sub(r"\s+", " ", repr(rule))
