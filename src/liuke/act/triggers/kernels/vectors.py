"""Sixty-four bytes of a text at once: which of them are of a kind, as the bits of a word, the first byte lowest.

Written in the compiler's own language, because its vectors become the machine's instructions; loops over bytes do not.
The caller sees to it that the bytes are there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

LANES: Final = 64
_intrinsic: Final[Any] = intrinsic
_BYTES: Final[Any] = ir.VectorType(ir.IntType(8), LANES)
_CASE: Final = 32
"""The bit in which [ and { differ, and ] and }."""


def _all(byte: int) -> Any:
    return ir.Constant(_BYTES, [byte] * LANES)


def _at(context: Any, builder: Any, signature: Any, arguments: Any, kind: Any) -> Any:
    """What stands in an array of bytes from an index on."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    place = builder.gep(array.data, [arguments[1]])
    return builder.load(builder.bitcast(place, kind.as_pointer()), align=1)


def _mask(test: Callable[[Any, Any], Any]) -> Any:
    """An intrinsic (text, at) → the bits of the bytes for which the test is true."""

    def found(_typing: Any, text: Any, at: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            bytes_ = _at(context, builder, signature, arguments, _BYTES)
            return builder.bitcast(test(builder, bytes_), ir.IntType(LANES))

        return types.int64(text, at), generate

    return _intrinsic(found)


def _is(builder: Any, bytes_: Any, *wanted: int) -> Any:
    first, *others = (builder.icmp_unsigned("==", bytes_, _all(byte)) for byte in wanted)
    for other in others:
        first = builder.or_(first, other)
    return first


def _folded(builder: Any, bytes_: Any, *wanted: int) -> Any:
    return _is(builder, builder.and_(bytes_, _all(255 - _CASE)), *wanted)


quotes: Final = _mask(lambda b, v: _is(b, v, 34))
escapes: Final = _mask(lambda b, v: _is(b, v, 92))
quotes_or_escapes: Final = _mask(lambda b, v: _is(b, v, 34, 92))
brackets: Final = _mask(lambda b, v: _folded(b, v, 91, 93))
opening_brackets: Final = _mask(lambda b, v: _folded(b, v, 91))
square_brackets: Final = _mask(lambda b, v: _is(b, v, 91, 93))
beyond_ascii: Final = _mask(lambda b, v: b.icmp_signed("<", v, _all(0)))
# Of UTF-8: bytes that go on with a character; those that begin one of at least three, of four; that are in no text; and
# that begin one whose second byte may not be every one of those that go on.
following: Final = _mask(lambda b, v: b.icmp_unsigned("==", b.and_(v, _all(0xC0)), _all(0x80)))
leads_of_three: Final = _mask(lambda b, v: b.icmp_unsigned(">=", v, _all(0xE0)))
leads_of_four: Final = _mask(lambda b, v: b.icmp_unsigned(">=", v, _all(0xF0)))
no_leads: Final = _mask(lambda b, v: b.or_(_is(b, v, 0xC0, 0xC1), b.icmp_unsigned(">=", v, _all(0xF5))))
narrow_leads: Final = _mask(lambda b, v: _is(b, v, 0xE0, 0xED, 0xF0, 0xF4))


def _eight_bytes(_typing: Any, text: Any, at: Any) -> Any:
    """Eight bytes from an index on as a number, the first lowest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _at(context, builder, signature, arguments, ir.IntType(64))

    return types.int64(text, at), generate


def _first_bit(_typing: Any, mask: Any) -> Any:
    """The number of the lowest bit that is set; there is one."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(mask), generate


def _number_of_bits(_typing: Any, mask: Any) -> Any:
    """How many bits are set."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(mask), generate


eight_bytes: Final = _intrinsic(_eight_bytes)
first_bit: Final = _intrinsic(_first_bit)
number_of_bits: Final = _intrinsic(_number_of_bits)
