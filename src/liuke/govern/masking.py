"""Hiding personal values on the server, by the rule each column declares (CONVENTIONS 6).

Two presets: `default`, common practice in Chinese banks, and `strict`, close to what Alipay publishes. Every
rule is idempotent: masking a masked value changes nothing. No rule ever shows the first six and the last four
digits of an identity number, because the birthday between them could be guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from liuke.govern.access import DataClass, Reads, Shown
from liuke.govern.money_band import Locale, money_band
from liuke.govern.surnames import surname_of
from liuke.settings import Preset
from liuke.tables import Table
from liuke.tables.schema import Column, Mask

CLASS_OF: Final[dict[Mask, DataClass]] = {
    "name": "name",
    "phone": "contact",
    "id_card": "identity",
    "card": "identity",
    "account": "account",
    "email": "contact",
    "address": "contact",
    "birth_date": "birth_date",
    "text": "free_text",
    "money": "amounts",
}
"""The class of data that each mask rule hides; customer numbers, masked like accounts, are a class of their own."""
_NUMBER: Final = "customer_id"

_COMPANY = re.compile(r"公司|集团|银行|企业|合作社|事务所|\b(?:Co|Ltd|Inc|LLC|Bank)\b\.?")
_FIRST_HAN = "\u2e80"
_MOBILE = re.compile(r"1[\d*]{10}")
_LANDLINE = re.compile(r"(0\d{2,3})-?([\d*]{7,8})")
_ID_18 = re.compile(r"[\d*]{17}[\dXx*]")
_EMAIL = re.compile(r"([A-Za-z0-9])[A-Za-z0-9._%+*-]*@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_DISTRICT = re.compile(
    r"(?:[^\d\W]{2,8}?(?:省|自治区|特别行政区))?"
    r"(?:[^\d\W]{2,8}?(?:市|自治州|地区|盟))?"
    r"(?:[^\d\W路街道号村镇乡巷弄]{1,8}?(?:(?<![小社园校])区|县|市|旗))?"
)
_LONG_NUMBER = re.compile(r"(?<!\d)\d(?:[ \-]?\d){10,}(?:[Xx](?![A-Za-z]))?")
_MARKED_NUMBER = re.compile(r"(?<!\d)\d(?:[ \-－–—_.．·•/,，、()（）]{0,2}\d){10,18}(?:[Xx](?![A-Za-z]))?")
_TEXT_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})-?(\d{7})(?!\d)")
_SECRET = re.compile(
    r"((?:密码|口令|验证码|动态码|(?<![A-Za-z])(?:CVV2?|CVN2?|password|passwd|pwd|pin|otp))"
    r"\s*(?:是|为|[:：=])?\s*)[A-Za-z0-9!@#$%^&*_.\-]{3,}",
    re.IGNORECASE,
)

_SHORT: Final = 12
_LONG = re.compile(r"\d{9}")
_COUNTED: Final = ("date", "timestamp", "money", "int", "float")
_FIGURES = re.compile(r"(?=.*\d)[\d+\-./:,TZ%eE ]*")


def mask_value(value: Any, rule: Mask, preset: Preset = "default", locale: Locale = "zh-hans") -> Any:
    """One value as a person without special rights sees it; None stays None.

    locale: for money bands only. Every other rule gives the same text in both languages.
    """
    if value is None:
        return None
    if rule == "money":
        return "***" if preset == "strict" else money_band(value, locale)
    return _RULES[rule](str(value) if not isinstance(value, date) else value.isoformat(), preset)


def class_of(column: Column) -> DataClass | None:
    """The class of a person's data that the column holds; None for a column that is shown to everybody."""
    if column.mask is None:
        return None
    return "number" if column.name == _NUMBER else CLASS_OF[column.mask]


def show_value(value: Any, rule: Mask, shown: Shown, locale: Locale = "zh-hans") -> Any:
    """One value as somebody sees it whose role shows its class so; None stays None."""
    if value is None or shown == "clear":
        return value
    return "***" if shown == "hidden" else mask_value(value, rule, "strict" if shown == "strict" else "default", locale)


def mask_row(row: Mapping[str, Any], table: Table, reads: Reads, locale: Locale = "zh-hans") -> dict[str, Any]:
    """The row with every column as `reads` shows its class, by the rule that the table declares.

    Columns the table does not declare are left out: nothing slips through under a new name.

        customer_id  name  phone                 with all classes masked
        C1000234     欧阳修   13800005678  aum 61000 → ****0234  欧阳*  138****5678  5万-20万
    """
    masked = {}
    for name in row:
        if name not in table.names:
            continue
        column = table.column(name)
        shown = class_of(column)
        masked[name] = (
            row[name]
            if column.mask is None or shown is None
            else show_value(row[name], column.mask, reads[shown], locale)
        )
    return masked


def mask_rejected(value: str | None, table: Table | None, column: str | None) -> str | None:
    """A value that broke a rule, shown only where it can hardly be a person's: else '***'; None stays None.

    Rows out of step bring names and phones into any column, so the value itself has to look harmless too: up to
    12 plain characters without nine digits in a row, in a column with a closed set of codes, or, in a column of
    numbers or dates, digits and the marks of numbers and dates only. Dates of birth are hidden by their own rule.

        gender 'femal' → femal   amount '12,3.4' → 12,3.4   gender '张三' → ***   phone '1380000567' → ***
    """
    if value is None:
        return None
    known = table is not None and column in table.names
    rule = table.column(column) if table is not None and column is not None and known else None
    text = value.strip()
    if rule is None or len(text) > _SHORT or not text.isascii() or _LONG.search(text) or mask_text(text) != text:
        return "***"
    if rule.kind in _COUNTED:
        shown = bool(_FIGURES.fullmatch(text))
        return (mask_value(text, "birth_date") if rule.mask == "birth_date" else text) if shown else "***"
    return text if rule.values else "***"


def mask_text(text: str) -> str:
    """Free text without card, identity and phone numbers, mail addresses, passwords and codes.

    By pattern, so it errs on the side of hiding: any run of eleven or more digits, blanks and hyphens between
    them included, keeps its last four only (a mobile number also its first three). With other marks between the
    digits, as in dates and amounts, a run is hidden only where it is a mobile number, or its check digit says that it
    is an identity number (GB 11643) or a bank card (Luhn).
    """
    text = _SECRET.sub(r"\1******", text)
    text = _EMAIL.sub(r"\1***@\2", text)
    text = _LONG_NUMBER.sub(_long_number, text)
    text = _MARKED_NUMBER.sub(_marked_number, text)
    return _TEXT_LANDLINE.sub(r"\1-****", text)


def _long_number(found: re.Match[str]) -> str:
    number = re.sub(r"[ \-]", "", found.group())
    return _phone(number, "default") if _MOBILE.fullmatch(number) else "****" + number[-4:]


def _marked_number(found: re.Match[str]) -> str:
    number = "".join(c for c in unicodedata.normalize("NFKC", found.group()) if c.isalnum())
    if re.fullmatch(r"1[3-9]\d{9}", number):
        return _phone(number, "default")
    return "****" + number[-4:] if is_identity_number(number) or is_card_number(number) else found.group()


def is_identity_number(number: str) -> bool:
    """Whether 18 characters carry the check digit of GB 11643 (ISO 7064 MOD 11-2)."""
    if not re.fullmatch(r"\d{17}[\dXx]", number):
        return False
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper()


def is_card_number(number: str) -> bool:
    """Whether 16 to 19 digits carry the check digit of a bank card (Luhn, ISO/IEC 7812)."""
    if not re.fullmatch(r"\d{16,19}", number):
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0


def _keep(text: str, head: int, tail: int) -> str:
    if len(text) < head + tail + 2:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]


def _plain(text: str) -> str:
    """Full-width to half-width, blanks and hyphens out."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text))


def _name(text: str, preset: Preset) -> str:
    name = text.strip()
    if _COMPANY.search(name):
        return name
    if preset == "strict":
        return name[:1] + "*" if len(name) == 2 else "*" * 2
    if name[:1] < _FIRST_HAN:
        return " ".join(word[0] + "***" for word in name.split())
    surname = surname_of(name)
    return surname + "*" * max(len(name) - len(surname), 1)


def _phone(text: str, preset: Preset) -> str:
    digits = re.sub(r"^(?:\+86|0086|86(?=1[\d*]{10}$))", "", _plain(text))
    if _MOBILE.fullmatch(digits):
        return _keep(digits, 3, 4 if preset == "default" else 2)
    landline = _LANDLINE.fullmatch(digits)
    if landline:
        area, number = landline.groups()
        return f"{area}-" + "*" * (len(number) - 4) + number[-4:]
    return _keep(digits, 0, 4)


def _id_card(text: str, preset: Preset) -> str:
    number = _plain(text)
    if preset == "strict":
        return _keep(number, 1, 1)
    return _keep(number, 3, 4) if len(number) >= 15 else _keep(number, 1, 2)


def _card(text: str, preset: Preset) -> str:
    number = _plain(text)
    if preset == "strict":
        return "**** " + number[-4:] if len(number) >= 8 else "*" * len(number)
    if _is_identity(number):
        return _id_card(number, preset)
    return _keep(number, 6, 4) if len(number) >= 16 else _keep(number, 0, 4)


def _is_identity(number: str) -> bool:
    """Whether it reads as an 18-character identity number, whole or already masked by `_id_card`."""
    if not _ID_18.fullmatch(number):
        return False
    if "*" in number[3:6]:
        return True
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return number[-1] in "Xx"
    return 1850 <= int(number[6:10]) <= 2100


def _account(text: str, preset: Preset) -> str:
    number = text.strip()
    return "****" + number[-4:] if len(number) >= 6 else "*" * len(number)


def _email(text: str, preset: Preset) -> str:
    first, at, host = text.strip().rpartition("@")
    return f"{first[0]}***@{host}" if at and first else "***"


def _address(text: str, preset: Preset) -> str:
    found = _DISTRICT.match(text.strip())
    return (found.group() if found else "") + "****"


def _birth_date(text: str, preset: Preset) -> str:
    found = re.match(r"(\d{3})(\d)", text.strip())
    if not found:
        return "****"
    decade, year = found.groups()
    return decade + year if preset == "default" else f"{decade}0-{decade}9"


def _text(text: str, preset: Preset) -> str:
    return mask_text(text) if preset == "default" else "***"


_RULES: Final[dict[Mask, Callable[[str, Preset], str]]] = {
    "name": _name,
    "phone": _phone,
    "id_card": _id_card,
    "card": _card,
    "account": _account,
    "email": _email,
    "address": _address,
    "birth_date": _birth_date,
    "text": _text,
}
