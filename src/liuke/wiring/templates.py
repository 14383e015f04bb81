"""The bank homes that come with the product: what `liuke init` copies, and what new texts begin from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from liuke.errors import OurBug


def template_folder(name: str) -> Path:
    """Where the template lies: in the installed package, else in the repository's checkout."""
    packaged = Path(str(files("liuke"))) / "examples" / name
    checkout = Path(__file__).parents[3] / "examples" / name
    found = next((p for p in (packaged, checkout) if p.is_dir()), None)
    if found is None:
        raise OurBug(f"the template '{name}' is missing from this installation", then="install liuke again")
    return found
