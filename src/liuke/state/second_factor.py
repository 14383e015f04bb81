"""Second factors: begun, confirmed, asked for, taken away. Secrets are sealed, recovery codes kept as keyed hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from django.conf import settings
from django.db import transaction

from liuke.act.progress.guessing import GuessTerms
from liuke.govern.one_time_code import new_recovery_codes, new_secret, recovery_digest, step_of
from liuke.govern.sealing import KeyedSealer, Sealer, Unsealable, derived_key
from liuke.sign_in_settings import SecondFactorRule
from liuke.state.models import RecoveryCode, SecondFactor, User

GUESSES: Final = GuessTerms(free=5, most=10)
"""Wrong codes of one person from wherever they come; django-axes counts them beside, by person and address."""
PATIENCE: Final = timedelta(hours=1)
"""So long a secret may wait for its first code."""
Step = Literal["in", "code", "enrol"]


def sealer() -> Sealer:
    """What seals the secrets; encryption of fields may take its place here."""
    return KeyedSealer(settings.SECRET_KEY, "second factor")


def next_step(user: User, rule: SecondFactorRule) -> Step:
    """What stands between a right password and the first page."""
    if rule == "off":
        return "in"
    if confirmed(user) is not None:
        return "code"
    return "enrol" if rule == "required" else "in"


def confirmed(user: User) -> SecondFactor | None:
    """The person's factor in use."""
    return SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).first()


@dataclass(frozen=True, slots=True)
class Begun:
    """A factor that waits for its first code. mark: which one; it belongs in the session that is shown the secret, and
    only there the secret is shown again: whoever else knows the password gets another one, which ends this.
    """

    secret: str
    mark: int
    is_new: bool


def waits(user: User, mark: int | None, now: datetime) -> bool:
    """Whether the factor of this mark waits for its first code; for an hour."""
    return _waiting(user, mark, now) is not None


def begin(user: User, mark: int | None, now: datetime) -> Begun:
    """The secret to put into an app: that of the mark, or a new one, which takes the place of any other that waits."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # of two pages at once both would make one
        row = _waiting(user, mark, now)
        if row is not None and (kept := _secret(row)):
            return Begun(kept, row.pk, is_new=False)
        secret = new_secret()
        SecondFactor.objects.filter(user=user, confirmed_at=None).delete()
        made = SecondFactor.objects.create(user=user, sealed=sealer().seal(secret, _owner(user)), made_at=now)
    return Begun(secret, made.pk, is_new=True)


def confirm(user: User, mark: int | None, code: str, now: datetime) -> list[str] | None:
    """Recovery codes, shown once, after the first right code; None for a wrong one."""
    row = _waiting(user, mark, now)
    step = step_of(_secret(row), code, now) if row is not None else None
    if row is None or step is None:
        return None
    with transaction.atomic():
        if not SecondFactor.objects.filter(pk=row.pk, confirmed_at=None).update(confirmed_at=now, last_step=step):
            return None
        return renew_recovery_codes(user)


def _waiting(user: User, mark: int | None, now: datetime) -> SecondFactor | None:
    if mark is None:
        return None
    return SecondFactor.objects.filter(user=user, pk=mark, confirmed_at=None, made_at__gt=now - PATIENCE).first()


def accept(user: User, code: str, now: datetime) -> Literal["code", "recovery"] | None:
    """How the code was right: of the app or a recovery code, either taken once; None for a wrong one."""
    row = confirmed(user)
    if row is None:
        return None
    step = step_of(_secret(row), code, now, row.last_step)
    if step is not None:  # of two requests with the same code one gets in
        return "code" if SecondFactor.objects.filter(pk=row.pk, last_step__lt=step).update(last_step=step) else None
    digest = recovery_digest(code, _recovery_key())
    used = RecoveryCode.objects.filter(user=user, digest=digest, used_at=None).update(used_at=now)
    return "recovery" if used else None


def renew_recovery_codes(user: User) -> list[str]:
    """New recovery codes; those before count no more."""
    codes, key = new_recovery_codes(), _recovery_key()
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=recovery_digest(c, key)) for c in codes)
    return codes


def remove(user: User) -> bool:
    """Takes the factor and its recovery codes away; whether there was one in use."""
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        used = confirmed(user) is not None
        SecondFactor.objects.filter(user=user).delete()
    return used


def _secret(row: SecondFactor) -> str:
    """'' when it cannot be opened: the secret key was changed. Then only recovery codes or an administrator help."""
    try:
        return sealer().unseal(row.sealed, _owner(row.user))
    except Unsealable:
        return ""


def _owner(user: User) -> str:
    return f"user {user.pk}"


def _recovery_key() -> bytes:
    return derived_key(settings.SECRET_KEY, "recovery codes")
