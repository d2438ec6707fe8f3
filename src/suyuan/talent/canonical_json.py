"""Canonical JSON by RFC 8785 (JCS): the bytes over which a badge is signed.

Other than `quantity.fields.canonical`, which writes our own documents: here nothing is tidied and numbers stay numbers,
because others compute the same bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from suyuan.quantity.finding import Refused, finding

LARGEST_WHOLE = 2**53


def canonical_json(value: Any) -> bytes:
    """A JSON value as its one text in UTF-8: names by UTF-16 code units, numbers as ECMAScript writes them.

    Raises Refused for what JSON has not: a number that is not finite, an integer beyond 2⁵³, half a surrogate pair.

    >>> canonical_json({"b": [333333333.33333329, 1e30, 4.50, 2e-3, 1e-27], "a": None})         # RFC 8785, 3.2.2
    b'{"a":null,"b":[333333333.3333333,1e+30,4.5,0.002,1e-27]}'
    """
    try:
        return _text(value).encode("utf-8")
    except (UnicodeEncodeError, RecursionError):
        raise Refused(finding("contest.badge.field", field="text")) from None


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, Mapping):
        names = sorted(value, key=lambda name: str(name).encode("utf-16-be"))
        return "{" + ",".join(f"{_text(str(name))}:{_text(value[name])}" for name in names) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_text, value)) + "]"
    raise Refused(finding("contest.badge.field", field=type(value).__name__))


def number_text(number: int | float) -> str:
    """A number as ECMAScript writes it.

    >>> [number_text(x) for x in (1e21, 1e20, -0.0, 1e-6, 1e-7, 9007199254740992.0)]
    ['1e+21', '100000000000000000000', '0', '0.000001', '1e-7', '9007199254740992']
    """
    if isinstance(number, int):
        if abs(number) > LARGEST_WHOLE:
            raise Refused(finding("contest.badge.field", field=str(number)[:40]))
        return str(number)
    if not math.isfinite(number):
        raise Refused(finding("contest.badge.field", field=str(number)))
    if number == 0.0:
        return "0"
    sign = "-" if number < 0.0 else ""
    parts = Decimal(repr(abs(number))).normalize().as_tuple()
    digits, exponent = "".join(map(str, parts.digits)), int(parts.exponent)
    point = len(digits) + exponent  # the number is 0.digits × 10^point
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    size = f"e{point - 1:+d}"
    return sign + digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + size
