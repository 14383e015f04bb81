"""Every text of the console that needs an English side: found in its Python and its templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_file

_HERE = Path(__file__).resolve().parents[2] / "src" / "liuke" / "console"
_TRANS = re.compile(r"""\{%\s*trans\s+(?:"([^"]+)"|'([^']+)')""")
_BLOCK = re.compile(r"\{%\s*blocktrans[^%]*%\}(.*?)\{%\s*endblocktrans\s*%\}", re.DOTALL)
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None}


def texts() -> set[str]:
    """The msgids: Chinese texts as written."""
    return {*_in_python(), *_in_templates()}


def _in_python() -> Iterator[str]:
    for path in _HERE.rglob("*.py"):
        for _line, message, _comments, _context in extract_from_file("python", path, keywords=_KEYWORDS):
            yield message if isinstance(message, str) else message[0]


def _in_templates() -> Iterator[str]:
    for path in (_HERE / "templates").rglob("*.html"):
        source = path.read_text(encoding="utf-8")
        for double, single in _TRANS.findall(source):
            yield (double or single).replace("%", "%%")  # as Django looks it up
        for block in _BLOCK.findall(source):
            yield _VARIABLE.sub(r"%(\1)s", block.replace("%", "%%"))
