"""Numbers as people type and paste them: full-width digits, a real minus, drawn spaces, × 10^."""

from __future__ import annotations

import math
import re
import unicodedata

_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2009\u202f\u2007'_", ""))
_POWER = re.compile(r"\s*[×xX*]\s*10\s*(?:\^|\*\*)?\s*([+-]?\d+)$")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE)
MOST = 10_000


def number_of(text: str) -> float | None:
    """The number that a text means, None where it means none; «１２．５», «−3», «1.2 × 10^-6», «50.000 623».

    >>> number_of("−1.2 × 10^-6"), number_of("50.000 623"), number_of("1,5"), number_of("nan")
    (-1.2e-06, 50.000623, None, None)
    """
    plain = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u2013", "-").translate(_SPACES).strip()
    plain = _POWER.sub(r"e\1", plain)
    plain = re.sub(r"(?<=\d) (?=\d)", "", plain)
    if len(plain) > 60 or not _NUMBER.fullmatch(plain):
        return None
    value = float(plain)
    return value if math.isfinite(value) else None


def readings_of(text: str) -> tuple[list[float], list[str]]:
    """Readings pasted from a worksheet or typed with blanks, lines, commas or semicolons between: (numbers, what is
    none). A decimal comma is not guessed.

    >>> readings_of("20.1\\t20.3\\n20.2; x")
    ([20.1, 20.3, 20.2], ['x'])
    """
    values, wrong = [], []
    for part in re.split(r"[\s,;，；、]+", unicodedata.normalize("NFKC", text))[: MOST + 1]:
        if part:
            value = number_of(part)
            if value is None:
                wrong.append(part[:30])
            else:
                values.append(value)
    return values, wrong
