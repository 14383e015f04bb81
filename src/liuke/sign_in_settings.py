"""How people sign in: `sign_in` in liuke.yaml (docs/sign-in.md)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from liuke.yaml_file import Document

Role = Literal[
    "rm", "team_lead", "branch_head", "analyst", "campaign_manager", "approver", "compliance", "data_engineer", "admin"
]
"""What people are to the platform; what each may is in govern/access.py."""
SecondFactorRule = Literal["off", "optional", "required"]
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
"""Signatures of tokens that may be allowed: public keys only, so that nobody who knows our secret can sign."""
_NEAR: Final = ("localhost", "127.0.0.1", "::1")


class SessionSettings(Document):
    """How long somebody stays signed in.

    idle_minutes: ends after so long without anything the person did; what pages ask by themselves does not count.
    longest_hours: ends after so long whatever happens. at_most: places one person may be signed in at; the one used
    longest ago ends when another begins. null: any number.
    """

    idle_minutes: int = Field(30, ge=1, le=1440)
    longest_hours: int = Field(8, ge=1, le=168)
    at_most: int | None = Field(3, ge=1, le=100)

    @property
    def idle(self) -> timedelta:
        """After so long without anything done."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def longest(self) -> timedelta:
        """After so long in any case."""
        return timedelta(hours=self.longest_hours)


class CreateSettings(Document):
    """Log-ins made for people the provider knows and the bank home does not.

    groups_claim: where the provider tells a person's groups. roles: group → role; the first that fits counts, without
    one nobody is let in. branch_claim, staff_claim: where it tells branch and staff id.
    """

    groups_claim: str = "groups"
    roles: dict[str, Role] = Field(min_length=1)
    branch_claim: str = "branch_id"
    staff_claim: str = "staff_id"


class OidcSettings(Document):
    """Single sign-on by OpenID Connect.

    issuer: as the provider calls itself. client_secret_file: relative to the bank home; LIUKE_OIDC_CLIENT_SECRET goes
    before it; neither for a public client. username_claim: which claim names the person, compared with the log-in's
    name or, with match: staff_id, with its staff id. algorithms: of signatures that are believed. ask_code: ask for
    the second factor of our own as well. end_session: lead to the provider's log-out after ours.
    """

    issuer: str
    client_id: str = Field(min_length=1)
    client_secret_file: Path | None = None
    scopes: tuple[str, ...] = ("openid", "profile")
    username_claim: str = Field("preferred_username", min_length=1)
    match: Literal["username", "staff_id"] = "username"
    algorithms: tuple[Algorithm, ...] = Field(("RS256", "PS256", "ES256"), min_length=1)
    create: CreateSettings | None = None
    ask_code: bool = False
    end_session: bool = True

    @field_validator("issuer")
    @classmethod
    def _secure(cls, value: str) -> str:
        parts = urlsplit(value)
        if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _NEAR)):
            raise ValueError("the issuer is an https:// address (http:// only on this machine)")
        return value.rstrip("/") if parts.path == "/" else value

    @field_validator("scopes")
    @classmethod
    def _openid(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value:
            raise ValueError("scopes include 'openid'")
        return value


class SignInSettings(Document):
    """`sign_in` in liuke.yaml.

    second_factor: role → off | optional | required; roles not named: optional. passwords: who may use the password
    kept here: all, or only the log-ins named in `emergency`, where single sign-on is there for the others.
    """

    sessions: SessionSettings = SessionSettings()
    second_factor: dict[Role, SecondFactorRule] = Field(default_factory=dict)
    oidc: OidcSettings | None = None
    passwords: Literal["all", "emergency"] = "all"
    emergency: tuple[str, ...] = ()

    @field_validator("second_factor", mode="before")
    @classmethod
    def _off_is_a_word(cls, value: object) -> object:
        """YAML reads a bare off as false."""
        return {r: "off" if rule is False else rule for r, rule in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _a_way_in(self) -> SignInSettings:
        if self.passwords == "emergency" and self.oidc is None:
            raise ValueError("passwords: emergency needs another way to sign in: set oidc")
        if self.passwords == "emergency" and not self.emergency:
            raise ValueError(
                "passwords: emergency needs at least one name in `emergency`, or nobody gets in without it"
            )
        return self

    def rule_for(self, role: str) -> SecondFactorRule:
        """Whether the role's people give a code beside the password."""
        return next((rule for named, rule in self.second_factor.items() if named == role), "optional")

    def may_use_password(self, username: str) -> bool:
        """Whether the password kept here opens for this log-in."""
        return self.passwords == "all" or username in self.emergency
