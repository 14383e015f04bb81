"""Every relative link and every `liuke …` command in the documents is real."""

import re
from pathlib import Path

import pytest

from liuke.cli.app import MODULES
from tests.architecture.test_names import REPO, tracked

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
DOCUMENTS = tracked(".md")


def anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+\s+(.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", t.lower()).strip().replace(" ", "-") for t in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_links_lead_somewhere(document):
    text = (REPO / document).read_text(encoding="utf-8")
    broken = []
    for link in LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (REPO / document.parent / path) if path else REPO / document
        if not target.exists() or (
            anchor and target.suffix == ".md" and anchor not in anchors(target.read_text("utf-8"))
        ):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_commands_in_documents_exist(document):
    text = (REPO / document).read_text(encoding="utf-8")
    fenced = re.findall(r"^```(\w*)\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    blocks = [body for language, body in fenced if language in {"", "sh", "bash", "console"}]
    said = set(re.findall(r"^(?:\$ )?(?:\.venv/bin/)?liuke ([a-z]+)", "\n".join(blocks), re.MULTILINE))
    assert said - MODULES.keys() == set()


def test_make_targets_in_the_readme_exist():
    targets = set(re.findall(r"^([a-z]+):", (REPO / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for name in ("README.md", "README.en.md"):
        said = set(re.findall(r"`?make ([a-z]+)", (REPO / name).read_text(encoding="utf-8")))
        assert said - targets == set()


def test_no_document_or_source_names_a_path_of_one_machine():
    def text(path: Path) -> str:
        return (REPO / path).read_text(encoding="utf-8", errors="ignore")

    needle = re.compile("/" + r"(work|root|home/[a-z]+)/")
    assert [
        str(p) for p in tracked() if p.suffix in {".py", ".md", ".yaml", ".toml", ".sh"} and needle.search(text(p))
    ] == []
