"""Everything the product brings along may be used by a bank without conditions on its own code."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, requires

from tests.architecture.test_names import REPO

PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|PSF|Python Software Foundation|ISC|Zlib|Unlicense|0BSD|CC0|OLDAP-2\.8", re.IGNORECASE
)
STRICT = re.compile(r"\b(A?GPL|LGPL|MPL|SSPL|BUSL|EUPL)|General Public|Mozilla Public", re.IGNORECASE)
USED_UNCHANGED = {"psycopg", "psycopg-binary"}
"""LGPL: linked dynamically and shipped as they are, which the licence allows."""


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=~!; (]", requirement)[0].lower().replace("_", "-")


def product_packages() -> set[str]:
    """The direct dependencies and all of theirs that are installed."""
    direct = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    found: set[str] = set()
    waiting = [name_of(d) for d in direct] + ["psycopg-binary", "sqlglot", "duckdb"]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            needs = requires(name) or []
        except PackageNotFoundError:
            continue  # for another platform or Python
        found.add(name)
        waiting += [name_of(need) for need in needs if "extra ==" not in need]
    return found


def licence(name: str) -> str:
    about = metadata(name)
    classes = [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    # Old metadata holds whole licence texts; their first line names them.
    text = (about.get("License-Expression") or "; ".join(classes) or about.get("License") or "").strip()
    return text.splitlines()[0] if text else ""


def test_every_package_of_the_product_has_a_permissive_licence():
    packages = product_packages()
    assert len(packages) > 25
    bad = {n: licence(n) for n in packages - USED_UNCHANGED if not PERMISSIVE.search(licence(n))}
    bad |= {n: licence(n) for n in packages - USED_UNCHANGED if STRICT.search(licence(n))}
    assert bad == {}


def test_the_exceptions_are_still_needed():
    assert all(STRICT.search(licence(name)) for name in USED_UNCHANGED)


def test_the_projects_own_licence_is_the_whole_apache_text():
    text = (REPO / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION" in text
    assert "END OF TERMS AND CONDITIONS" in text
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "Apache-2.0"
