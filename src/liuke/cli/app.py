"""The `liuke` program: the list of commands, and the one catch-all that no traceback passes."""

from __future__ import annotations

import gc
import sys
import tempfile
import traceback
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import structlog
import typer
from rich.console import Console
from typer.core import TyperGroup
from typer.main import get_group

from liuke import __version__
from liuke.cli.logs import configure_logs
from liuke.errors import LiukeError, OurBug

MODULES: Final[Mapping[str, str]] = {
    "version": "liuke.cli.app",
    "init": "liuke.cli.init",
    "simulate": "liuke.cli.simulate",
    "keys": "liuke.cli.keys",
    "load": "liuke.cli.load",
    "run": "liuke.cli.run",
    "backtest": "liuke.cli.backtest",
    "effect": "liuke.cli.effect",
    "demo": "liuke.cli.demo.command",
    "features": "liuke.cli.features",
    "train": "liuke.cli.train",
    "models": "liuke.cli.train_bank",
    "uplift": "liuke.cli.uplift",
    "serve": "liuke.cli.serve",
    "schema": "liuke.cli.schema",
    "user": "liuke.cli.users",
    "audit": "liuke.cli.audit",
    "health": "liuke.cli.health",
    "backup": "liuke.cli.backup",
    "restore": "liuke.cli.backup",
    "tags": "liuke.cli.tags",
    "segments": "liuke.cli.segments",
    "clusters": "liuke.cli.clusters",
    "gates": "liuke.cli.gates",
    "campaigns": "liuke.cli.campaigns",
    "experiments": "liuke.cli.experiments",
    "collect": "liuke.cli.collect",
    "forward": "liuke.cli.forward",
    "feed": "liuke.cli.feed",
    "publish": "liuke.cli.publish",
    "stream": "liuke.cli.stream",
    "replay": "liuke.cli.replay",
    "replay-asked": "liuke.cli.replay",
    "send": "liuke.cli.send",
    "receive": "liuke.cli.send",
    "stand-in": "liuke.cli.stand_in",
}
"""The module of each command, in the order of the help. Importing it registers its commands with the program."""


class _Commands(TyperGroup):
    """Commands are imported when they are asked for: all together take seconds."""

    def list_commands(self, ctx: Any) -> list[str]:
        self._know(MODULES.values())
        return list(MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """None when there is none of that name; then all are known, so that the nearest is suggested."""
        if cmd_name not in self.commands:
            asked = MODULES.get(cmd_name)
            self._know([asked] if asked else MODULES.values())
        return super().get_command(ctx, cmd_name)

    def _know(self, modules: Iterable[str]) -> None:
        for module in modules:
            import_module(module)
        self.commands = get_group(app).commands


app = typer.Typer(
    name="liuke",
    cls=_Commands,
    help="Liuke 留客: keep the bank's customers. 采集 → 洞察 → 行动 → 追踪.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_COLLECTED: Final = (50_000, 20, 20)
"""When Python looks for circles among its objects. Expressions are made of millions that are in none: with Python's own
thresholds the search takes a seventh of a day's run.
"""
_errors = Console(stderr=True, highlight=False, soft_wrap=True)


@app.callback()
def _options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every step to stderr.")] = False,
) -> None:
    configure_logs(verbose=verbose)


@app.command()
def version() -> None:
    """Print the version. 版本号。"""
    typer.echo(__version__)


def main() -> None:
    """Runs the program; every failure becomes a message with the next step and an exit code."""
    gc.set_threshold(*_COLLECTED)
    try:
        outcome = app(standalone_mode=False)
    except LiukeError as error:
        _say(error)
        sys.exit(error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        _errors.print("stopped; nothing half-written is visible. Run the same command again to go on.")
        sys.exit(130)
    except Exception as error:
        _usage_or_bug(error)
    sys.exit(outcome if isinstance(outcome, int) else 0)


def _say(error: LiukeError) -> None:
    first, _, rest = error.render().partition("\n")
    _errors.print(f"error: {first}", style="bold red", markup=False)
    if rest:
        _errors.print(rest, markup=False)


def _usage_or_bug(error: Exception) -> None:
    show = getattr(error, "show", None)
    if callable(show):
        show()
        sys.exit(int(getattr(error, "exit_code", 2)))
    structlog.get_logger().error("unexpected", kind=type(error).__name__)
    with tempfile.NamedTemporaryFile("w", prefix="liuke-", suffix=".log", delete=False, encoding="utf-8") as log:
        log.write(traceback.format_exc())
    _say(
        OurBug(
            f"something unexpected happened: {type(error).__name__}",
            state="what was committed before is whole; the step that failed left nothing visible",
            then=f"run the same command again; if it stays, report it with {Path(log.name)}",
        )
    )
    sys.exit(OurBug.exit_code)
