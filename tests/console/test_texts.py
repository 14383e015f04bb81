"""The English side is complete and alive; every icon named is in the sprite."""

import importlib.util
import re
from pathlib import Path

from babel.messages.pofile import read_po

HERE = Path(__file__).parent
CONSOLE = HERE.parents[1] / "src" / "liuke" / "console"


def _texts() -> set[str]:
    spec = importlib.util.spec_from_file_location("console_texts", HERE / "texts.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.texts()


def test_every_text_has_an_english_side_and_none_is_left_over() -> None:
    with (CONSOLE / "locale/en/LC_MESSAGES/django.po").open("rb") as handle:
        known = {str(m.id): str(m.string) for m in read_po(handle) if m.id}
    wanted = _texts()
    assert sorted(wanted - known.keys()) == []
    assert sorted(known.keys() - wanted) == []
    assert [k for k, v in known.items() if not v] == []


def test_placeholders_are_the_same_in_both_languages() -> None:
    marks = re.compile(r"%\(\w+\)s|\{\w+\}")
    with (CONSOLE / "locale/en/LC_MESSAGES/django.po").open("rb") as handle:
        for message in read_po(handle):
            if message.id:
                assert sorted(marks.findall(str(message.id))) == sorted(marks.findall(str(message.string))), message.id


def test_every_icon_used_is_in_the_sprites_list() -> None:
    listed = set((CONSOLE / "assets/icons.txt").read_text().split())
    used: set[str] = set()
    for path in [*CONSOLE.rglob("*.html"), *CONSOLE.rglob("*.py")]:
        source = path.read_text(encoding="utf-8")
        used |= set(re.findall(r'\{% icon "([a-z0-9-]+)"', source)) | set(re.findall(r'picture="([a-z0-9-]+)"', source))
    assert used - listed == set()


def test_every_text_is_translated_once() -> None:
    source = (CONSOLE / "locale/en/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    told = re.findall(r'^msgid ((?:".*"\n)+)', source, re.MULTILINE)
    assert sorted(text for text in set(told) if told.count(text) > 1) == []
