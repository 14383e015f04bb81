"""`liuke init`: a new bank home, ready for the bank's own files or for the public Berka data."""

from __future__ import annotations

import csv
import re
import secrets
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import chinese_calendar
import typer
from chinese_calendar.constants import Holiday

from liuke.cli.app import app
from liuke.errors import Place, YourMistake
from liuke.wiring.templates import template_folder

_FIRST_YEAR = 2018


class Template(StrEnum):
    """What the new folder is prepared for."""

    BANK = "bank"
    BERKA = "berka"


@app.command("init")
def init_command(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    template: Annotated[Template, typer.Option(help="bank: your own files; berka: public data.")] = Template.BANK,
) -> None:
    """Write a bank home. 新建银行主目录:设置、映射样例、策略、工作日历。"""
    days = write_home(folder, template)
    typer.echo(f"{folder}: {template.value} · calendar.csv {days[0]} … {days[1]}")
    typer.echo(
        f"next: copy sources/examples/*.yaml to sources/, fit them to your files, then  liuke load --home {folder}"
        if template is Template.BANK
        else f"next: liuke load --home {folder} --data FOLDER_WITH_THE_FILES"
    )


_KEPT_OUT = (
    "secret_key",
    "pseudonym_key",
    "anchor_key",
    "anchors/",
    "lake/",
    "state.sqlite3*",
    "models/",
    "clusters/",
    "intake/",
    "stream/",
    "secrets/",
)
KEPT_OUT = "\n".join(("# keys and data never go under version control", *_KEPT_OUT, ""))


def write_home(folder: Path, template: Template) -> tuple[date, date]:
    """Writes the template and a working calendar into `folder`; returns the calendar's first and last day.

    Raises YourMistake, changing nothing, when the folder has anything in it.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise YourMistake(
            "the folder is not empty",
            place=Place(str(folder)),
            expected="a new or empty folder",
            state="nothing was written",
            then="name another folder, or empty this one",
        )
    try:
        shutil.copytree(template_folder(template.value), folder, dirs_exist_ok=True)
    except OSError as error:
        raise YourMistake(
            f"the folder cannot be made: {error.strerror or error}",
            place=Place(str(folder)),
            then="name a folder that you may write to",
        ) from error
    _salt(folder / "policies" / "loop.yaml")
    _keys(folder / "collect.yaml")
    (folder / ".gitignore").write_text(KEPT_OUT, encoding="utf-8")
    rows = list(chinese_days() if template is Template.BANK else weekdays(date(1993, 1, 1), date(1999, 12, 31)))
    with (folder / "calendar.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(("date", "workday", "note"))
        writer.writerows((day.isoformat(), int(works), note) for day, works, note in rows)
    return rows[0][0], rows[-1][0]


def _salt(policy: Path) -> None:
    """Gives the home a secret of its own: with a known salt, staff could work out who is held out."""
    if policy.is_file():
        with policy.open("a", encoding="utf-8") as handle:
            handle.write(f"salt: {secrets.token_hex(16)}  # 抽签用的盐,投产后勿改 / never change it once in use\n")


def _keys(collect: Path) -> None:
    """Gives every project a write key of its own: with a published one anybody could send events."""
    if collect.is_file():
        text = collect.read_text(encoding="utf-8")
        made = re.sub(r"\[(\w+)-write-key\]", lambda found: f"[{found[1]}-{secrets.token_hex(8)}]", text)
        collect.write_text(made, encoding="utf-8")


def chinese_days() -> Iterator[tuple[date, bool, str]]:
    """Every day from 2018 to the last year of the State Council's notices, with the holiday's name as note.

    Make-up workdays are marked 调休上班. Source: the chinesecalendar package.
    """
    names = {holiday.value: holiday.chinese for holiday in Holiday}
    last = date(max(chinese_calendar.holidays).year, 12, 31)
    for day, _, _ in weekdays(date(_FIRST_YEAR, 1, 1), last):
        holiday = chinese_calendar.holidays.get(day)
        makes_up = chinese_calendar.workdays.get(day)
        note = names.get(holiday, "") if holiday else f"调休上班({names.get(makes_up, '')})" if makes_up else ""
        yield day, bool(chinese_calendar.is_workday(day)), note


def weekdays(first: date, last: date) -> Iterator[tuple[date, bool, str]]:
    """Every day from `first` to `last`; Monday to Friday are workdays."""
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        yield day, day.weekday() < 5, ""
