"""The random draw that holds customers out, so that what the others gain can be measured.

The draw is a salted hash, not a random generator: it needs no memory, is the same on every machine and in
every run, and an auditor can repeat it with coreutils. For salt `liuke`, experiment `rm_care`, customer `C1`:

    hex=$(printf '%s' 'liuke|rm_care|C1' | sha256sum | cut -c1-13)
    echo "scale=16; $((16#$hex)) / 4503599627370496" | bc

13 hex digits are 52 bits, and every 52-bit integer divided by 2**52 is an exact IEEE double, so the stored
value has no rounding. A customer keeps the draw for the life of the experiment (a global hold-out); another
experiment name gives an independent draw. Hash-based assignment: Kohavi, Tang & Xu, Trustworthy Online
Controlled Experiments (2020), ch. 4.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import ibis
import ibis.expr.types as ir

Arm = Literal["treated", "holdout"]

_DIGITS = 13
_SCALE = float(1 << 4 * _DIGITS)


def draw(customer_id: str, experiment: str, salt: str) -> float:
    """The customer's draw in [0, 1): SHA-256 of UTF-8 `salt|experiment|customer_id`, first 52 bits / 2**52.

    Salt and experiment hold no '|' (LoopPolicy checks it), so no two triples hash the same text.

    >>> draw("C1", "rm_care", "liuke") == draw("C1", "rm_care", "liuke")
    True
    """
    digest = hashlib.sha256(f"{salt}|{experiment}|{customer_id}".encode()).hexdigest()
    return int(digest[:_DIGITS], 16) / _SCALE


def drawn(customer_id: ir.StringValue, experiment: str | ir.StringValue, salt: str) -> ir.FloatingValue:
    """The same draw as a column, equal to the last bit on every engine; null where either text is null."""
    digits = (ibis.literal(f"{salt}|") + experiment + "|" + customer_id).hexdigest("sha256")
    places = [ibis.literal("0123456789abcdef").find(digits.substr(at, 1)).cast("float64") for at in range(_DIGITS)]
    whole = places[0]
    for place in places[1:]:
        whole = whole * 16.0 + place  # whole numbers below 2**52 are exact
    return whole / _SCALE


def arm(value: float, holdout_share: float) -> Arm:
    """'holdout' when the draw lies below the share, else 'treated'; a larger share only adds customers."""
    return "holdout" if value < holdout_share else "treated"
