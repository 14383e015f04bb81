"""Sends one text message and reads what its gateway pushes."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from liuke.act.channels.sms.settings import ReceiptRule, SignedSettings, SmsSettings, filled
from liuke.act.outbox.address import plain_number
from liuke.act.outbox.channel import Incoming, Means, Receipt, Taken, no_receipts
from liuke.act.outbox.http_call import Answer, Ask, Call, Unreachable, succeeded
from liuke.act.outbox.message import Medium, Message
from liuke.act.outbox.result import Accepted, Refused, Result, Retry
from liuke.act.outbox.signing import check_signed, check_token
from liuke.errors import YourMistake

_NUMBER: Final = re.compile(r"\+?\d{5,15}")


@dataclass(frozen=True, slots=True)
class SmsChannel:
    """See SmsSettings. receipt_secret: '' where no receipts are taken."""

    settings: SmsSettings
    secret: str = field(repr=False)
    receipt_secret: str = field(repr=False)
    call: Call
    medium: ClassVar[Medium | None] = "sms"

    @property
    def idempotent(self) -> bool:
        """As the bank says of its gateway."""
        return self.settings.idempotent

    def send(self, message: Message, address: str, now: datetime) -> Result:
        """One message to one number."""
        number = plain_number(address)
        if not _NUMBER.fullmatch(number):
            return Refused("bad_number")
        facts = {
            "to": number,
            "text": worded(message, self.settings),
            "key": message.key,
            "secret": self.secret,
            "account": self.settings.account,
            "stamp": str(int(now.timestamp())),
        }
        return self._read(self.call(self._ask(facts)))

    def take(self, incoming: Incoming, now: datetime) -> Taken:
        """Receipts and replies. A reply that is no opt-out word is dropped: nobody here reads them."""
        rule = self.settings.receipts
        if rule is None:
            raise no_receipts("sms")
        if rule.verify == "hmac":
            check_signed(incoming, self.receipt_secret, now)
        else:
            check_token(incoming, self.receipt_secret)
        found = [_receipt(item, rule, self.settings, now) for item in _items(incoming, rule)]
        return Taken(tuple(r for r in found if r), rule.answer.encode())

    def _ask(self, facts: Mapping[str, str]) -> Ask:
        body = filled(self.settings.fields, facts)
        headers = {name: filled(value, facts) for name, value in self.settings.headers.items()}
        url = filled(self.settings.url, {**facts, "text": "", "to": ""})
        if self.settings.format == "form":
            kind, data = "application/x-www-form-urlencoded", urlencode(body).encode()
        else:
            kind, data = "application/json", json.dumps(body, ensure_ascii=False).encode()
        return Ask(
            "POST", url, {"Content-Type": f"{kind}; charset=utf-8", **headers}, data, self.settings.timeout_seconds
        )

    def _read(self, answer: Answer | Unreachable) -> Result:
        good, rule = succeeded(answer), self.settings.answer
        if not isinstance(good, Answer):
            return good
        told = good.json()
        name = _text(told, rule.id)
        if rule.field is None:
            return Accepted(name)
        said = _text(told, rule.field)
        if said in rule.values:
            return Accepted(name)
        if not said:
            return Retry("no_answer", down=True, unsure=True)
        code = f"sms_{said}"[:64]
        return Retry(code, down=True) if said in rule.busy else Refused(code)


def open_sms(settings: SmsSettings, means: Means) -> SmsChannel:
    """Reads the secrets. Raises YourMistake when one is missing."""
    secret = settings.secret.read(means.home) if settings.secret else ""
    pushed = settings.receipts.secret.read(means.home) if settings.receipts else ""
    return SmsChannel(settings, secret, pushed, means.call)


def worded(message: Message, settings: SignedSettings) -> str:
    """The text as the law and the carriers want it: who speaks in front, how to refuse at the end of marketing.

    您的存款下周到期。 → 【示例银行】您的存款下周到期。拒收请回复R
    """
    text = message.text.strip()
    signed = text if text.startswith(f"【{settings.signature}】") else f"【{settings.signature}】{text}"
    if message.message_class != "marketing" or signed.endswith(settings.opt_out):
        return signed
    return signed + ("" if signed[-1] in "。!！?？;；,， " else "，") + settings.opt_out


def is_opt_out(text: str, words: tuple[str, ...]) -> bool:
    """Whether a reply refuses: one of the words alone, whatever its width, case and marks.

    >>> is_opt_out(" ｔｄ。", ("R", "TD")), is_opt_out("好的R", ("R",))
    (True, False)
    """
    plain = re.sub(r"[\s\W_]+", "", unicodedata.normalize("NFKC", text)).upper()
    return plain in {word.upper() for word in words}


def _receipt(item: Any, rule: ReceiptRule, settings: SmsSettings, now: datetime) -> Receipt | None:
    reply = _text(item, rule.text)
    if reply:
        number = plain_number(_text(item, rule.phone))
        refuses = number and is_opt_out(reply, settings.opt_out_words)
        return Receipt("refused", now, address=number) if refuses else None
    key, name = _text(item, rule.key), _text(item, rule.id)
    if not key and not name:
        return None
    arrived = _text(item, rule.status) in rule.delivered
    code = "" if arrived else _text(item, rule.code)[:32]
    return Receipt("delivered" if arrived else "undelivered", now, key, name, code=code)


def _items(incoming: Incoming, rule: ReceiptRule) -> list[Any]:
    try:
        body = json.loads(incoming.body)
    except ValueError as error:
        raise YourMistake("the receipt is not JSON", state="nothing was changed") from error
    found = _at(body, rule.items)
    return found if isinstance(found, list) else [found]


def _at(item: Any, path: str | None) -> Any:
    for part in (path or "").split("."):
        if part:
            item = item.get(part) if isinstance(item, dict) else None
    return item


def _text(item: Any, path: str | None) -> str:
    found = _at(item, path) if path else None
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found) if isinstance(found, str | int) else ""
