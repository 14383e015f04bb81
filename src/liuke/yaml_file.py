"""One YAML file → one validated value; errors name file, line, key and the nearest valid name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from liuke.errors import Finding, Place, Said, Wrong, YourMistake, coded, guess

_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast, where it was built in
ModelT = TypeVar("ModelT", bound="Document")
ReadT = TypeVar("ReadT")


class Document(BaseModel):
    """Base of everything a bank writes in YAML: frozen, and unknown keys are mistakes, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def load_yaml(path: Path, model: type[ModelT]) -> ModelT:
    """Reads `path` as `model`.

    Raises YourMistake with the line of the first wrong key; the message lists every other wrong key.
    """
    return parse_yaml(text_of(path), model, str(path))


def text_of(path: Path) -> str:
    """What the file says; YourMistake when it is not there, cannot be read, or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise YourMistake(
            coded("no_file", "the file does not exist"),
            place=Place(str(path)),
            then="check the path; `liuke init DIR` writes a folder with every file",
        ) from error
    except OSError as error:
        raise YourMistake(
            coded("unreadable", "the file cannot be read: {why}", why=error.strerror),
            place=Place(str(path)),
            expected="a YAML file this user may read",
            then="check the path and the permissions, then run the command again",
        ) from error
    except UnicodeDecodeError as error:
        wrong = coded("not_utf8", "the file is not UTF-8: {why}", why=error)
        raise YourMistake(wrong, place=Place(str(path)), then="save the file as UTF-8") from error


def parse_yaml(text: str, model: type[ModelT], name: str) -> ModelT:
    """Reads YAML text as `model`; `name` stands for the file in messages. Raises as `load_yaml`."""
    try:
        return model.model_validate(yaml.load(text, Loader=_Loader) or {})  # noqa: S506 - a safe one
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise YourMistake(
            coded("not_yaml", "the file is not valid YAML: {why}", why=error.problem),
            place=Place(name, mark.line + 1 if mark else None),
            then="mend the line; indentation uses spaces, never tabs",
        ) from error
    except yaml.YAMLError as error:
        raise YourMistake(
            coded("not_yaml", "the file is not valid YAML: {why}", why=str(error).splitlines()[0]),
            place=Place(name),
            then="save the file as plain UTF-8 text without control characters",
        ) from error
    except ValidationError as error:
        raise _explained(error, name, _composed(text), model) from error


def _explained(error: ValidationError, name: str, node: yaml.Node | None, model: type[BaseModel]) -> YourMistake:
    # A mistyped key comes first: a "field required" beside it is its consequence.
    details = sorted(_causes(error), key=lambda e: e["type"] != "extra_forbidden")
    findings = tuple(_finding(e, node, model) for e in details)
    first, others = findings[0], findings[1:]
    more = "".join(f"\n          also line {f.line} [{f.key}]: {f.said.text}" for f in others)
    return YourMistake(
        first.said.text + more,
        place=Place(name, first.line, first.key),
        findings=findings,
        expected=f"see the JSON Schema: liuke schema {model.__name__}",
        then="mend the file and run the command again",
    )


def _causes(error: ValidationError) -> list[Any]:
    """The mistakes without their consequences: a list is not too short because one of its items is wrong."""
    found = error.errors()
    within = {e["loc"][:n] for e in found for n in range(len(e["loc"]))}
    return [e for e in found if e["type"] != "too_short" or e["loc"] not in within]


def is_code(name: str) -> bool:
    """Whether the name can be a code: small letters, digits and _, beginning with a letter; never a path."""
    return _CODE.fullmatch(name) is not None


def code_of(path: Path, wrong: str, whose: str) -> str:
    """The code that a file's name is; YourMistake, coded `wrong`, when it cannot be `whose` ("a segment's") code."""
    if not is_code(path.stem):
        raise YourMistake(
            coded(wrong, f"'{{name}}' cannot be {whose} code", name=path.stem),
            place=Place(str(path)),
            expected="a file name of small letters, digits and _, beginning with a letter",
            then="rename the file",
        )
    return path.stem


def read_each(
    folder: Path, wrong: str, whose: str, read: Callable[[str, str, Path], ReadT]
) -> tuple[dict[str, ReadT], dict[str, YourMistake]]:
    """What `read` (code, text, file) makes of each `folder/*.yaml`, by code, in order of file names; and the mistakes
    of those that cannot be read, by file names. A mistake in a file stops no other. wrong, whose: as `code_of`.
    """
    found: dict[str, ReadT] = {}
    mistakes: dict[str, YourMistake] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            code = code_of(path, wrong, whose)
            found[code] = read(code, text_of(path), path)
        except YourMistake as error:
            mistakes[path.stem] = error
    return found, mistakes


def line_of(text: str, keys: Sequence[int | str]) -> int | None:
    """The 1-based line of the key or item that `keys` leads to in valid YAML text, as deep as it exists."""
    return _line_of(_composed(text), list(keys))


def with_key(text: str, key: str, written: str, *, before: str | None = None) -> str:
    r"""Valid YAML text with `key: written` at its top level; comments and order stay.

    It stands where the key stood. A new one comes before the key `before` (where there is none such, first of all), or
    at the end without `before`.

    >>> with_key("a: 1  # one\nb: 2\n", "a", "3")
    'a: 3  # one\nb: 2\n'
    >>> with_key("a: 1\nb: 2\n", "c", "3", before="b")
    'a: 1\nc: 3\nb: 2\n'
    >>> with_key("a: 1\n", "c", "3")
    'a: 1\nc: 3\n'
    """
    root = _composed(text)
    if not isinstance(root, yaml.MappingNode) or not root.value:
        return text
    places = {name.value: (name, node) for name, node in root.value}
    if key in places:
        start, end = places[key][1].start_mark.index, places[key][1].end_mark.index
        old = text[start:end]
        return text[:start] + written + old[len(old.rstrip()) :] + text[end:]
    if root.flow_style:
        at = root.start_mark.index + 1
        return f"{text[:at]}{key}: {written}, {text[at:]}"
    if before is None:
        return text.rstrip("\n") + f"\n{key}: {written}\n"
    mark = places.get(before, root.value[0])[0].start_mark
    return f"{text[: mark.index]}{key}: {written}\n{' ' * mark.column}{text[mark.index :]}"


def _composed(text: str) -> yaml.Node | None:
    """Valid YAML text with the place of every part."""
    return yaml.compose(text, Loader=_Loader)


def _finding(detail: Any, node: yaml.Node | None, model: type[BaseModel]) -> Finding:
    loc = [part for part in detail["loc"] if isinstance(part, int | str)]
    loc = [part for part in loc if not str(part).startswith("<")]  # tags of alternatives, not keys of the file
    key = ".".join(str(part) for part in loc)
    return Finding(_told(detail, loc, model), _line_of(node, loc), key)


def _told(detail: Any, loc: list[int | str], model: type[BaseModel]) -> Said:
    """What is wrong, by our own code where a check of ours said it, else by pydantic's type."""
    if detail["type"] == "extra_forbidden":
        known = _known_keys(model, loc[:-1])
        return coded("unknown_key", "unknown key '{name}'; {hint}", name=loc[-1], **guess(str(loc[-1]), known))
    context = detail.get("ctx") or {}
    cause = context.get("error")
    if isinstance(cause, Wrong):
        return cause.said
    facts = {name: str(value) for name, value in context.items() if name != "error"}
    return Said(f"pydantic_{detail['type']}", str(detail["msg"]).removeprefix("Value error, "), facts)


def _line_of(node: yaml.Node | None, loc: list[int | str]) -> int | None:
    """The 1-based line of the deepest part of `loc` that exists in the file."""
    line = node.start_mark.line + 1 if node else None
    for part in loc:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found = next(((k, v) for k, v in pairs if k.value == str(part)), None)
        if found:
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            continue
    return line


def _known_keys(model: type[BaseModel], loc: list[int | str]) -> list[str]:
    schema = model.model_json_schema(by_alias=True)
    here: dict[str, Any] = schema
    for part in loc:
        here = _resolved(here, schema)
        kinds = here.get("discriminator", {}).get("mapping", {})
        if isinstance(part, int):
            here = here.get("items", {})
        elif part in kinds:  # not a key of the file: the alternative that its `kind` chose
            here = {"$ref": kinds[part]}
        else:
            extra = here.get("additionalProperties") or next(iter(here.get("patternProperties", {}).values()), None)
            here = here.get("properties", {}).get(part) or (extra if isinstance(extra, dict) else {})
    return list(_resolved(here, schema).get("properties", {}))


def _resolved(here: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    options = [o for o in here.get("anyOf", []) if o.get("type") != "null"]
    chosen = options[0] if options else here
    ref = chosen.get("$ref")
    return schema["$defs"][ref.rsplit("/", 1)[-1]] if ref else chosen
