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
