"""Sends one e-mail; takes unsubscriptions (RFC 8058) at the address that each marketing e-mail bears."""

from __future__ import annotations

import hashlib
import hmac
import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import ClassVar, Final, Literal
from urllib.parse import urlencode

from pydantic import Field

from liuke.act.outbox.channel import ChannelSettings, Incoming, Means, Receipt, Taken, no_receipts
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.result import Accepted, Refused, Result, Retry
from liuke.act.outbox.secret import Secret
from liuke.act.outbox.signing import not_genuine

_WHOLE_LINES: Final = SMTP.clone(max_line_length=900)
"""Folded at 78, the address in List-Unsubscribe would be encoded word by word, which no reader takes for one."""


class EmailSettings(ChannelSettings):
    """An SMTP server. tls: starttls, ssl from the first byte, or none (a relay within the bank). unsubscribe_url: the
    public address that leads to `/receipts/<channel>` of `liuke receive`; unsubscribe_secret signs what it holds.
    Without it marketing is refused: a way to refuse is the law (广告法 43).
    """

    kind: Literal["email"]
    host: str = Field(min_length=1)
    port: int = Field(587, ge=1, le=65535)
    tls: Literal["starttls", "ssl", "none"] = "starttls"
    user: str = ""
    password: Secret | None = None
    sender: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    sender_name: str = ""
    unsubscribe_url: str | None = Field(None, pattern=r"^https://")
    unsubscribe_secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class EmailChannel:
    """See EmailSettings. secret: signs unsubscriptions; '' where there are none."""

    settings: EmailSettings
    password: str = field(repr=False)
    secret: str = field(repr=False)
    medium: ClassVar[Medium | None] = "email"
    idempotent: ClassVar[bool] = False
    """The Message-ID is the same each time, which some servers and most readers show once; no server promises it."""

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """One e-mail to one address."""
        if message.message_class == "marketing" and not self._unsubscribes:
            return Refused("no_unsubscribe")
        try:
            letter = self._letter(message, address, now)
        except ValueError:
            return Refused("bad_address")
        return self._hand_over(letter, address)

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """GET shows one button (readers' scanners follow links); POST unsubscribes, by hand or by one click."""
        key, given = incoming.query.get("k", ""), incoming.query.get("s", "")
        if not self.secret:
            raise no_receipts("email")
        if not hmac.compare_digest(self._mark(key).encode(), given.encode()):
            raise not_genuine()
        if incoming.method != "POST":
            return Taken((), _page('<form method="post"><button>退订 Unsubscribe</button></form>'), "text/html")
        return Taken((Receipt("refused", now, key),), _page("<p>已退订。You are unsubscribed.</p>"), "text/html")

    @property
    def _unsubscribes(self) -> bool:
        return bool(self.secret and self.settings.unsubscribe_url)

    def _mark(self, key: str) -> str:
        return hmac.new(self.secret.encode(), key.encode(), hashlib.sha256).hexdigest()[:32]

    def _letter(self, message: Message, address: str, now: datetime) -> EmailMessage:
        letter = EmailMessage(_WHOLE_LINES)
        user, _, domain = self.settings.sender.partition("@")
        letter["From"] = Address(self.settings.sender_name, user, domain)
        name, _, host = address.strip().partition("@")
        letter["To"] = Address("", name, host)
        letter["Subject"] = message.title or message.text.splitlines()[0][:40]
        letter["Date"] = format_datetime(now)
        letter["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:32]}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        text = message.text
        if message.message_class == "marketing":
            link = f"{self.settings.unsubscribe_url}?{urlencode({'k': message.key, 's': self._mark(message.key)})}"
            letter["List-Unsubscribe"] = f"<{link}>"
            letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            text += f"\n\n退订 Unsubscribe: {link}\n"
        letter.set_content(text)
        return letter

    def _hand_over(self, letter: EmailMessage, address: str) -> Result:
        try:
            server = self._server()
        except smtplib.SMTPAuthenticationError as error:
            return Retry(f"smtp_{error.smtp_code}", down=True)
        except (OSError, smtplib.SMTPException) as error:
            return Retry("timeout" if isinstance(error, TimeoutError) else "unreachable", down=True)
        try:
            server.send_message(letter, self.settings.sender, [address])
        except smtplib.SMTPRecipientsRefused as error:
            [(code, _)] = error.recipients.values()
            return _told(code)
        except smtplib.SMTPResponseException as error:
            return _told(error.smtp_code)
        except (OSError, smtplib.SMTPException):
            return Retry("unreachable", down=True, unsure=True)
        finally:
            _close(server)
        return Accepted(str(letter["Message-ID"]))

    def _server(self) -> smtplib.SMTP:
        made, wait = self.settings, self.settings.timeout_seconds
        if made.tls == "ssl":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                made.host, made.port, timeout=wait, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(made.host, made.port, timeout=wait)
        try:
            if made.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if made.user:
                server.login(made.user, self.password)
        except BaseException:
            server.close()
            raise
        return server


def open_email(settings: EmailSettings, means: Means) -> EmailChannel:
    """Reads the secrets. Raises YourMistake when one is missing."""
    password = settings.password.read(means.home) if settings.password else ""
    secret = settings.unsubscribe_secret.read(means.home) if settings.unsubscribe_secret else ""
    return EmailChannel(settings, password, secret)


def _told(code: int) -> Result:
    """4xx: later (full, greylisted); 5xx: never."""
    return Refused(f"smtp_{code}") if code >= 500 else Retry(f"smtp_{code}")


def _close(server: smtplib.SMTP) -> None:
    """What it said before counts; a failing good-bye does not."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def _page(inner: str) -> bytes:
    return f"<!doctype html><meta charset=utf-8><title>退订 Unsubscribe</title>{inner}".encode()
