"""A synthetic bank in a bank home, loaded through the real load, as it is on the evening of its last day."""

import shutil
from datetime import date
from pathlib import Path

from liuke.cli.demo.feeds import FEEDS, deliver
from liuke.cli.demo.home import make_demo_home
from liuke.cli.demo.plan import Plan
from liuke.sim import found_bank, history
from liuke.wiring import House, open_house

SMALL = Plan(customers=300, end=date(2026, 6, 30), months=7, loop_days=60)
"""Enough for a day with everything in it and for a model of sorts."""


def loaded_bank(folder: Path, plan: Plan) -> House:
    """The bank of the plan in `folder`/home; nothing was run there yet."""
    home, files = folder / "home", folder / "files"
    make_demo_home(home, plan)
    history(found_bank(plan.config), plan.end, files)
    house = open_house(home)
    for feed in FEEDS:
        deliver(house, files, feed, day=plan.end, backfill=True)
    shutil.rmtree(files)
    return house
