"""The bank's own settings: `liuke.yaml` in the bank home."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from liuke.errors import Place, YourMistake
from liuke.sign_in_settings import Role, SignInSettings
from liuke.yaml_file import Document, load_yaml


class Name(Document):
    """A name in both languages."""

    zh: str
    en: str


EngineKind = Literal["duckdb", "spark"]
Preset = Literal["default", "strict"]
"""How masked values are masked; the rules are in govern/masking.py."""


class SparkSettings(Document):
    """Where Spark runs. Read when the engine is spark.

    master: as in Spark: local[*], local[4], spark://host:7077, yarn. conf: further Spark settings by their own names.
    """

    master: str = Field("local[*]", min_length=1)
    conf: dict[str, str] = Field(default_factory=dict)


class EngineSettings(Document):
    """Which engine runs queries, and its limits. Nulls: half of the machine's memory, all cores.

    threads counts for DuckDB; Spark takes its number from `spark.master`. spill: where intermediate results go;
    with Spark on several machines a folder that all of them see.
    """

    kind: EngineKind = "duckdb"
    memory_limit_mb: int | None = Field(None, ge=256)
    threads: int | None = Field(None, ge=1)
    spill: Path | None = None
    spark: SparkSettings = SparkSettings()


class ConsoleSettings(Document):
    """How the console is reached.

    https: set when people reach it by HTTPS (then cookies are secure and HTTP is redirected). behind_proxy: a
    reverse proxy ends TLS and always sets X-Forwarded-Proto itself. hosts: names the console answers to.
    """

    https: bool = False
    behind_proxy: bool = False
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")


class MaskingSettings(Document):
    """How masked values are masked: `default` is common practice, `strict` hides more. roles: those that differ.

    unmask_per_hour: values one person may unmask within an hour. export_alone: customers of a list that may be exported
    without a second person.
    """

    preset: Preset = "default"
    roles: dict[Role, Preset] = Field(default_factory=dict)
    unmask_per_hour: int = Field(30, ge=0)
    export_alone: int = Field(1000, ge=0)

    def of(self, role: str) -> Preset:
        """The preset of a role."""
        return next((preset for name, preset in self.roles.items() if name == role), self.preset)


class AuditSettings(Document):
    """Where the audit log's anchors are written.

    anchors: a folder that those who run the database cannot write to: another machine's, mounted, or one that keeps
    what was written once. The default lies in the bank home and guards against the database's administrators only.
    """

    anchors: Path = Path("anchors")


class BankSettings(Document):
    """`liuke.yaml`. Relative paths are relative to the bank home.

    small_group: pages show groups of fewer customers as «<10», without figures that would tell of single ones.
    """

    name: Name
    time_zone: str = "Asia/Shanghai"
    currency: str = Field("CNY", pattern="^[A-Z]{3}$")
    locale: Literal["zh-hans", "en"] = "zh-hans"
    lake: Path = Path("lake")
    state: str = "sqlite:///state.sqlite3"
    engine: EngineSettings = EngineSettings()
    console: ConsoleSettings = ConsoleSettings()
    masking: MaskingSettings = MaskingSettings()
    audit: AuditSettings = AuditSettings()
    sign_in: SignInSettings = SignInSettings()
    small_group: int = Field(10, ge=1)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"unknown time zone '{value}', expected one like Asia/Shanghai") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The bank's time zone."""
        return ZoneInfo(self.time_zone)


def read_settings(home: Path) -> BankSettings:
    """The settings of the bank home at `home`; YourMistake when it is not a bank home."""
    path = home / "liuke.yaml"
    if not path.is_file():
        raise YourMistake(
            "this folder is not a bank home",
            place=Place(str(home)),
            expected="a folder with liuke.yaml",
            then=f"liuke init {home}   # or name another folder with --home",
        )
    return load_yaml(path, BankSettings)
