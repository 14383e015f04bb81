"""C3 data (JR/T 0171-2020: what authenticates a person) is recognised by name and refused at the door."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORDS = frozenset(
    {
        "password", "passwd", "passphrase", "pwd", "pin", "pincode", "cvv", "cvv2", "cvn", "cvn2", "cvc", "cvc2",
        "track1", "track2", "track3", "trackdata", "magstripe", "fingerprint", "faceprint", "iris", "voiceprint",
        "biometric", "biometrics", "otp", "totp",
    }
)  # fmt: skip
_PHRASES = ("track_data", "card_expiry", "expiry_date_of_card", "face_image", "face_template", "secret_answer")
_CHINESE = ("密码", "口令", "磁道", "安全码", "校验码", "卡有效期", "指纹", "人脸", "虹膜", "声纹", "动态验证码")


def is_c3(name: str) -> bool:
    """Whether a source column of this name holds C3 data.

    >>> is_c3("loginPassword"), is_c3("CVV2"), is_c3("交易密码"), is_c3("shipping_pinyin")
    (True, True, True, False)
    """
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    flat = re.sub(r"[^a-z0-9\u4e00-\u9fff]+", "_", snake)
    return (
        any(word in _WORDS for word in flat.split("_"))
        or any(phrase in flat for phrase in _PHRASES)
        or any(word in name for word in _CHINESE)
    )


def c3_names(names: Iterable[str]) -> list[str]:
    """The names among `names` that hold C3 data, in order."""
    return [name for name in names if is_c3(name)]
