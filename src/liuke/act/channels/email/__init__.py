"""E-mail 电子邮件 over the bank's own SMTP server, with a way to unsubscribe in one click."""

from __future__ import annotations

from liuke.act.channels.email.channel import EmailChannel, EmailSettings, open_email

__all__ = ["EmailChannel", "EmailSettings", "open_email"]
