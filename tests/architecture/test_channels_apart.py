"""The contract that keeps channels strangers names every one of them."""

import tomllib

from tests.architecture.test_names import REPO


def test_every_folder_of_a_channel_is_in_the_contract():
    contracts = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    named = next(c["modules"] for c in contracts if c["type"] == "independence")
    folders = (REPO / "src/liuke/act/channels").glob("*/__init__.py")
    assert sorted(named) == sorted(f"liuke.act.channels.{folder.parent.name}" for folder in folders)
