"""Is a result written as it should be: digits of U, place of the value, and a printed line that says the same.

U has one or two significant digits and the value ends at the same decimal place (GUM 7.2.6; GB/T 8170 for the rule of
rounding).
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from suyuan.quantity.fields import Number
from suyuan.quantity.finding import Finding, finding
from suyuan.talent.contest.answers import Answer

RULE = "GUM 7.2.6; GB/T 8170"
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_UNIT = re.compile(r"[\d)]\s*(?!(?:[eE][+-]?\d|[kUνp]\b))(?:[^\W\d_]|[%‰°℃])")
"""A letter or sign of a unit behind a number or a bracket."""
_SIGNS = str.maketrans({"−": "-", "–": "-", "\u2009": "", "\u202f": "", "\u00a0": " ", "，": ",", "（": "(", "）": ")"})


def digits(number: Number) -> int:
    """Significant digits as printed, leading zeros not counted.

    >>> [digits(Number(float(t), t)) for t in ("0.014", "0.10", "12", "0.0137")]
    [2, 2, 2, 3]
    """
    return len(Decimal(number.printed).as_tuple().digits) if Decimal(number.printed) else 0


def rounding(answer: Answer) -> tuple[Finding, ...]:
    """What is wrong with the digits of value, U and the printed line, each as a note."""
    found: list[Finding] = []
    value, U = answer.value, answer.U
    if U is not None and digits(U) > 2:
        found.append(finding("contest.rounding.digits", "U", "note", RULE, given=U.printed, digits=digits(U)))
    if value is not None and U is not None and _place(value) != _place(U):
        found.append(finding("contest.rounding.place", "value", "note", RULE, value=value.printed, U=U.printed))
    return (*found, *printed(answer))


def printed(answer: Answer) -> tuple[Finding, ...]:
    """Whether the printed line, where there is one, holds the same value, U and k as the fields, and a unit."""
    if not answer.result:
        return ()
    text = answer.result.translate(_SIGNS)
    there = {Decimal(t) for t in _NUMBER.findall(text)}
    found = []
    for name in ("value", "U", "k"):
        given: Number | None = getattr(answer, name)
        try:
            missing = given is not None and Decimal(given.printed) not in there
        except InvalidOperation:  # pragma: no cover - a Number is one
            missing = True
        if missing and given is not None:
            found.append(finding("contest.rounding.line", "result", "note", RULE, field=name, given=given.printed))
    if not _UNIT.search(text):
        found.append(finding("contest.rounding.no_unit", "result", "note", RULE))
    return tuple(found)


def _place(number: Number) -> int:
    return int(Decimal(number.printed).as_tuple().exponent)
