"""What a factor, a report or a component of uncertainty can be: ranges as rows, admitted by name where one is left.

A range finds the slip that tonnes do not show: percent for a fraction, kilojoules for gigajoules, CO2 for carbon, a
basis mixed up. It is wide, our own choice, and no statement about a particular fuel; who has a reason to leave it says
so by an override of its row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from suyuan.carbon.rule import Override
from suyuan.carbon.words import named
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.table import Row, load

TABLE = "ranges"


def ranges(kind: str, factor: str, per: str = "", fuel: str = "") -> tuple[Row, ...]:
    """The rows that bound a factor of a kind: that of all fuels, and that of the named fuel where there is one.

    kind: of a source stream, «report» or «component»; per: the unit in which the amounts count; fuel: its name.

    >>> [(row["low"], row["high"]) for row in ranges("combustion", "carbon_per_heat", "t", "烟煤")]
    [(0.008, 0.08), (0.0235, 0.03)]
    """
    mine = [row for row in load("suyuan.carbon", TABLE)
            if (row["kind"], row["factor"]) == (kind, factor) and row["per"] in ("", per)]  # fmt: skip
    named_ones = [(len(word), row) for row in mine for word in row.get("fuel", ()) if _speaks_of(fuel, word)]
    longest = max((length for length, _ in named_ones), default=0)
    of_fuel = [row for length, row in named_ones if length == longest]
    return (*(row for row in mine if "fuel" not in row), *of_fuel[:1])


def out_of_range(
    value: Any, rows: tuple[Row, ...], overrides: Mapping[str, Override], where: str, day: str = "", **said: Any
) -> list[Finding]:
    """A finding for the first row that a value leaves: an error, or a warning where somebody admitted the row by name.

    value: a number or (12,), NaN where there is none; day: on which an override could be written; said: `factor` and
    what else the finding is told with.
    """
    plain = np.atleast_1d(np.asarray(value, float))
    for row in rows:
        out = (plain < float(row["low"])) | (plain > float(row["high"]))
        if not out.any():
            continue
        places = np.flatnonzero(out).tolist()
        at, further = places[0], ", ".join(str(place + 1) for place in places[1:])
        one = overrides.get(str(row["id"]))
        given = {"given": f"{plain[at]:.6g}", "month": str(at + 1) if plain.size > 1 else "",
                 "further": further, "row": row["id"],
                 "low": f"{row['low']:g}", "high": f"{row['high']:g}", "unit": row["unit"],
                 "what_zh": row["what_zh"], "what_en": row["what_en"], "day": day, **_worded(said)}  # fmt: skip
        if one is None:
            return [finding("carbon.plausible.range", where, **given)]
        return [finding("carbon.plausible.admitted", where, "warning", person=one.person, reason=one.reason, **given)]
    return []


def _worded(said: Mapping[str, Any]) -> dict[str, Any]:
    """A factor by its word, the rest as it is."""
    factor = said.get("factor")
    return {**said, **(named("factor", "factor", factor) if factor else {})}


def _speaks_of(fuel: str, word: str) -> bool:
    if word.isascii():
        return re.search(rf"\b{re.escape(word)}\b", fuel, re.IGNORECASE) is not None
    return word in fuel
