"""The demo's bank home: made anew, but never over somebody's files."""

from __future__ import annotations

import shutil
from pathlib import Path

from liuke.cli.demo.plan import Plan
from liuke.cli.init import Template, write_home
from liuke.errors import Place, YourMistake

MARK = ".liuke-demo"


def make_demo_home(folder: Path, plan: Plan) -> None:
    """Makes the home at `folder`; one that a demo made before is replaced. Raises YourMistake on any other."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise YourMistake(
                "the folder holds something that no demo made",
                place=Place(str(folder)),
                state="nothing was changed",
                then="name another folder with --home",
            )
        shutil.rmtree(folder)
    write_home(folder, Template.BANK)
    settings = folder / "liuke.yaml"
    named = settings.read_text(encoding="utf-8").replace("我的银行", "晴川银行").replace("My bank", "Qingchuan Bank")
    settings.write_text(named, encoding="utf-8")
    (folder / MARK).write_text("made by liuke demo; replaced by the next one\n", encoding="utf-8")
    (folder / "policies" / "loop.yaml").write_text(
        f"# Demo: one customer in {round(1 / plan.holdout_share)} is held out, so that three months of a small bank\n"
        "# give a readable interval. A bank would hold out one in ten or twenty.\n"
        "# Yellow customers are watched, not called.\n"
        f"salt: demo-{plan.seed}\nholdout_share: {plan.holdout_share}\ntiers: [red, orange]\n",
        encoding="utf-8",
    )
