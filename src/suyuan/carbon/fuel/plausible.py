"""What a number of a document can be: ranges as rows, admitted by name where one is left.

A range finds the slip that tonnes do not show: percent for a fraction, kilojoules for gigajoules, CO2 for carbon, a
basis mixed up. It is wide, our own choice, and no statement about a particular fuel; who has a reason to leave it says
so by an override of its row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from suyuan.carbon.claim.claim import BALANCE
from suyuan.carbon.rule import Override
from suyuan.carbon.words import named
from suyuan.quantity.finding import Finding, finding
from suyuan.quantity.table import Row, load

TABLE = "ranges"
FLOWS = "balance"
"""Kind of the rows of materials, whichever side of a mass balance they stand on."""


@dataclass(frozen=True, slots=True)
class Left:
    """A range that values leave. row: that bounds them; value: the first outside; places: of all outside, from 0;
    admitted: the override that names the row; said: parameters of the finding."""

    row: Row
    value: float
    places: tuple[int, ...]
    admitted: Override | None
    said: Mapping[str, Any]


def ranges(kind: str, factor: str, per: str = "", fuel: str = "") -> tuple[Row, ...]:
    """The rows that bound a factor of a kind: that of all fuels, and that of the named fuel where there is one.

    kind: of a source stream, «report» or «component»; per: the unit in which the amounts count; fuel: its name. A
    material has one range as input, output and stock.

    >>> [(row["low"], row["high"]) for row in ranges("combustion", "carbon_per_heat", "t", "烟煤")]
    [(0.008, 0.08), (0.0235, 0.03)]
    """
    kinds = (kind, FLOWS) if kind in BALANCE else (kind,)
    mine = [row for row in load("suyuan.carbon", TABLE)
            if row["kind"] in kinds and row["factor"] == factor and row["per"] in ("", per)]  # fmt: skip
    return (*(row for row in mine if "fuel" not in row), *_of_fuel(mine, fuel))


def material(name: str, per: str) -> str:
    """The row of a material that a flow of a mass balance is named after; «» where no row is of it.

    >>> material("焦炭库存", "t") == material("外购焦炭", "t") != material("喷吹煤", "t")
    True
    """
    mine = [row for row in load("suyuan.carbon", TABLE) if row["kind"] == FLOWS and row["per"] == per]
    return "".join(str(row["id"]) for row in _of_fuel(mine, name))


def _of_fuel(rows: Iterable[Row], fuel: str) -> list[Row]:
    """The row that the longest word in a name speaks of; none where there is none."""
    named_ones = [(len(word), row) for row in rows for word in row.get("fuel", ()) if _speaks_of(fuel, word)]
    longest = max((length for length, _ in named_ones), default=0)
    return [row for length, row in named_ones if length == longest][:1]


def left(value: Any, rows: Iterable[Row], overrides: Mapping[str, Override], day: str = "") -> Left | None:
    """The first range that a value leaves, None where it leaves none.

    value: a number or (12,), NaN where there is none; day: on which an override could be written.
    """
    plain = np.atleast_1d(np.asarray(value, float))
    for row in rows:
        places = np.flatnonzero((plain < float(row["low"])) | (plain > float(row["high"]))).tolist()
        if not places:
            continue
        first, by_month = float(plain[places[0]]), plain.size > 1
        one = overrides.get(str(row["id"]))
        said = {"given": f"{first:.6g}", "month": places[0] + 1 if by_month else "",
                "further": ", ".join(str(place + 1) for place in places[1:]), "row": row["id"],
                "low": f"{row['low']:,.12g}", "high": f"{row['high']:,.12g}", "unit": row["unit"],
                "what_zh": row["what_zh"], "what_en": row["what_en"],
                **({"day": day} if one is None else {"person": one.person, "reason": one.reason})}  # fmt: skip
        return Left(row, first, tuple(places), one, said)
    return None


def out_of_range(
    value: Any, rows: Iterable[Row], overrides: Mapping[str, Override], where: str, day: str = "", **said: Any
) -> list[Finding]:
    """A finding for the first row that a value leaves: an error, or a warning where somebody admitted the row by name.

    said: `factor` and what else the finding is told with; see `left`.
    """
    found = left(value, rows, overrides, day)
    if found is None:
        return []
    given = {**found.said, **said, **(named("factor", "factor", said["factor"]) if "factor" in said else {})}
    if found.admitted is None:
        return [finding("carbon.plausible.range", where, **given)]
    return [finding("carbon.plausible.admitted", where, "warning", **given)]


def _speaks_of(fuel: str, word: str) -> bool:
    if word.isascii():
        return re.search(rf"\b{re.escape(word)}\b", fuel, re.IGNORECASE) is not None
    return word in fuel
