"""The kind of quantity that a column's header names, where the unit has its dimension; and numbers that belie a unit.

Names are those of the table of kinds of the house and further words of headers; which these are is data.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import numpy as np

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import kinds, load
from suyuan.quantity.unit import parse_unit
from suyuan.series.stream import Stream


@lru_cache(maxsize=4096)
def quantity_of(name: str, unit: str) -> str:
    """The kind of quantity, in English, whose longest name stands in a header and whose dimension the unit has.

    name: the header without its unit; unit: as stated. «» where there is none.

    >>> quantity_of("炉膛温度", "℃"), quantity_of("相对湿度", "%RH"), quantity_of("压力", "kPa")
    ('temperature', 'relative humidity', 'pressure')
    >>> quantity_of("温度传感器电压", "V"), quantity_of("T", "degC"), quantity_of("压力", "A")
    ('voltage', '', '')
    """
    try:
        dimension = parse_unit(unit).dimension
    except Refused:
        return ""
    text, best = " ".join(name.casefold().split()), (0, "")
    for word, quantity, of in _words():
        if len(word) > best[0] and _stands(word, text) and parse_unit(of).dimension == dimension:
            best = len(word), quantity
    return best[1]


def contradicts(quantity: str, unit: str) -> bool:
    """Whether a text names kinds of quantity, and none of them can have the unit; unit: as `parse_unit` reads it.

    >>> contradicts("temperature", "mg/m3"), contradicts("flue gas temperature", "degC"), contradicts("colour", "m")
    (True, False, False)
    """
    text, dimension = " ".join(quantity.casefold().split()), parse_unit(unit).dimension
    named = [of for word, _, of in _words() if _stands(word, text)]
    return bool(named) and all(parse_unit(of).dimension != dimension for of in named)


def _words() -> list[tuple[str, str, str]]:
    """Word, kind of quantity in English, its unit; the table of kinds comes first."""
    named = [(n.casefold(), k.en[0], k.unit) for k in kinds() for n in (*k.zh, *k.en)]
    rows = load("suyuan.lake", "headers.words")
    return named + [(str(w).casefold(), str(r["quantity"]), str(r["unit"])) for r in rows for w in r["words"]]


def _stands(word: str, text: str) -> bool:
    """Whether a word stands in a text; a word of Latin letters as a whole."""
    if not word.isascii():
        return word in text
    return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text) is not None


def doubtful(stream: Stream, value: Any) -> tuple[Finding, ...]:
    """The warning that all values (n,) of a stream lie where another unit would be likelier; none where they do not."""
    known = np.asarray(value, float)
    known = known[np.isfinite(known)]
    if not known.size:
        return ()
    low, high = float(known.min()), float(known.max())
    for row in load("suyuan.lake", "headers.doubtful"):
        of = parse_unit(str(row["unit"]))
        mine = stream.unit_of_values == of and stream.quantity.strip() in row["quantities"]
        if mine and row["low"] < low and high < row["high"]:
            about = {"unit": of.symbol, "low": f"{low:g}", "high": f"{high:g}", "likely": row["likely"]}
            return (finding("lake.intake.unit_doubtful", stream.id, "warning", why_zh=row["zh"], why_en=row["en"],
                            **about),)  # fmt: skip
    return ()
