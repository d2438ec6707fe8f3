"""Amounts that cannot be: a month against the others of its stream, and more than there is anywhere.

A number tells nothing of its unit: 万吨 typed for t, kW·h typed for MW·h and a point that slipped all look like an
amount. What is near a power of ten of the others is told as such a slip, with the unit that would explain it. That
alone refuses a month or a year, and not beside a standstill (`suyuan.carbon.fuel.standstill`); else months differ as
they like, and are told. Limits are rows (`rules/amounts.json`, our own choice); who has a reason to leave one admits it
by name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.carbon.claim.claim import MONTHS
from suyuan.carbon.fuel.filed_factor import Whose
from suyuan.carbon.fuel.plausible import left
from suyuan.carbon.fuel.standstill import standstill
from suyuan.carbon.fuel.units import factor_unit, usual_unit
from suyuan.carbon.rule import Override
from suyuan.carbon.words import named
from suyuan.quantity.finding import Finding, finding, in_both
from suyuan.quantity.table import Row, load

LIKE = ("month", "level", "year", "stack")
"""Comparisons of like with like, whose ratio would be one but for a slip."""
OTHERS = 2
"""Other months with an amount, without which a month is compared with nothing."""


def rows_of(of: str, kind: str = "", sector: str = "", per: str = "") -> tuple[Row, ...]:
    """The rows of a comparison («month», «level», «content», «most», «year», «stack», «bought», «total», «carried»,
    «stock») that hold for a kind of source stream, a sector and a unit, those that refuse before those that tell.

    >>> [row["id"] for row in rows_of("month", "electricity")]
    ['amount.month.any', 'amount.month.told']
    """
    return tuple(row for row in load("suyuan.carbon", "amounts") if row["of"] == of
                 and kind in row.get("kinds", (kind,)) and sector in row.get("sectors", (sector,))
                 and row.get("per", per) == per)  # fmt: skip


def amounts_told(amount: NDArray[np.float64], whose: Whose, times: float, where: str) -> list[Finding]:
    """Findings where a month leaves what its stream takes in others, or what there is anywhere; months of nil do not.
    It is refused where a slip would make it so, and no standstill does.

    amount: (12,) as it counts, none negative; times: what its unit was multiplied by; where: pointer of the list.
    """
    ratio = to_others(amount)
    steady = _is_steady(ratio)
    rows = [row for row in rows_of("month", whose.kind) if steady or not row.get("steady")]
    overrides, day, typed = whose.rules.overrides, whose.day, (times, whose.per)
    spared = standstill(amount, ratio, whose.kind)
    found = slips_told(ratio, rows, overrides, where, day, typed, spared, name=whose.name)
    some = np.where(amount > 0.0, amount, math.nan)
    return found or scale_told(some, rows_of("most", per=whose.per), overrides, where, day, name=whose.name)


def levels_told(levels: NDArray[np.float64], whose: Whose, times: float, where: str) -> list[Finding]:
    """Findings where a level of a stock leaves what its other levels are; an empty yard does not.

    levels: (13,), the first that of the begin of the year; times, where: as in `amounts_told`.
    """
    ratio = to_others(levels)
    rows = [row for row in rows_of("level") if _is_steady(ratio) or not row.get("steady")]
    said: dict[str, Any] = {"typed": (times, whose.per), "name": whose.name}
    overrides, day = whose.rules.overrides, whose.day
    found = scale_told(ratio[0], rows, overrides, f"{where}/0", day, **said)
    of_months = scale_told(ratio[1:], rows, overrides, "", day, **said)
    return found + [replace(item, where=f"{where}/{int(item.where[1:]) + 1}") for item in of_months]


def to_others(amount: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each month over the median of the other months that have an amount (12,); NaN where it is nil or compares with
    fewer than two.

    >>> to_others(np.array([10.0, 10, 100, 10, 0, 10, 10, 10, 10, 10, 10, 10]))[[2, 3, 4]]
    array([10.,  1., nan])
    """
    found = np.full(amount.shape, math.nan)
    used = np.flatnonzero(amount > 0.0)
    if len(used) > OTHERS:
        for month in used.tolist():
            found[month] = amount[month] / np.median(amount[used[used != month]])
    return found


def contents_told(content: Any, factor: str, whose: Whose, where: str, per_month: str = "/{place}") -> list[Finding]:
    """Findings where a content or factor of a month leaves those of the other months, as digits that changed places or
    another coal make it; nothing for one number of a year.

    content: (12,), 0 or NaN where there is none; where: pointer of the list; per_month: what is added to it for a
    month, with its place from 0 or its number.
    """
    plain = np.asarray(content, float)
    if plain.shape != (MONTHS,):
        return []
    rows = [row for row in rows_of("content") if factor in row["factors"]]
    found = left(to_others(plain), rows, whose.rules.overrides, whose.day)
    if found is None:
        return []
    place = found.places[0]
    others = plain[(plain > 0.0) & (np.arange(MONTHS) != place)]
    given = {**found.said, **named("factor", "factor", factor), "name": whose.name, "given": f"{plain[place]:.4g}",
             "times": f"{found.value:.2f}", "median": f"{np.median(others):.4g}",
             "unit": factor_unit(factor, whose.per)}  # fmt: skip
    spot = where + per_month.format(place=place, month=place + 1)
    if found.admitted is not None:
        return [finding("carbon.content.month_admitted", spot, "warning", **given)]
    if found.row["severity"] == "warning":
        return [finding("carbon.content.month_told", spot, "warning", **given)]
    return [finding("carbon.content.month", spot, **given)]


def _is_steady(ratio: NDArray[np.float64]) -> bool:
    """Whether most months of a stream are near one another: oil for starting is not, coal of a unit is."""
    (row,) = rows_of("steady")
    there = ratio[np.isfinite(ratio)]
    near = (there >= float(row["low"])) & (there <= float(row["high"]))
    return bool(len(there)) and float(near.mean()) >= float(row["value"])


def slip(ratio: float) -> int:
    """The power of ten that a ratio is near, as a slip of unit or point gives it; 0 where it is near none.

    >>> slip(9.6), slip(0.00012), slip(3.0)
    (1, -4, 0)
    """
    (row,) = rows_of("slip")
    power = round(math.log10(ratio)) if ratio > 0.0 and math.isfinite(ratio) else 0
    near = float(row["low"]) <= ratio / 10.0**power <= float(row["high"])
    return power if near and abs(power) <= row["value"] else 0


def slips_told(
    ratio: Any, rows: Iterable[Row], overrides: Mapping[str, Override], where: str, day: str = "",
    typed: tuple[float, str] | None = None, spared: Any = False, **said: Any,
) -> list[Finding]:  # fmt: skip
    """As `scale_told`, but the rows that refuse see no ratio that is near no power of ten, nor one that is spared.

    ratio: a number or (12,); spared: whether it is explained otherwise, of its shape.
    """
    plain = np.asarray(ratio, float)
    near = np.array([slip(one) != 0 for one in plain.ravel().tolist()], bool).reshape(plain.shape)
    some = [row for row in rows if row["severity"] == "error"]
    others = [row for row in rows if row["severity"] != "error"]
    sure = np.where(near & ~np.asarray(spared), plain, math.nan)
    return (scale_told(sure, some, overrides, where, day, typed, **said)
            or scale_told(plain, others, overrides, where, day, typed, **said))  # fmt: skip


def scale_told(
    value: Any, rows: Iterable[Row], overrides: Mapping[str, Override], where: str, day: str = "",
    typed: tuple[float, str] | None = None, **said: Any,
) -> list[Finding]:  # fmt: skip
    """A finding for the first row that a ratio or an amount leaves: as severe as the row, or a warning where somebody
    admitted it by name; with the slip of unit or point that would explain it.

    where: of the amount, or of its twelve months; typed: what the unit of the amounts is multiplied by, and the unit in
    which they then count; said: what else the finding is told with.
    """
    found = left(value, rows, overrides, day)
    if found is None:
        return []
    power = slip(found.value) if found.row["of"] in LIKE else 0
    probable = usual_unit(typed[0] / 10.0**power, typed[1]) if power and typed else {}
    given = {**found.said, **said, **in_both("probable", probable), "given": f"{found.value:,.4g}",
             "times": f"{10 ** abs(power):,d}" if power else ""}  # fmt: skip
    place = f"{where}/{found.places[0]}" if found.said["month"] else where
    if found.admitted is not None:
        return [finding("carbon.amount.scale_admitted", place, "warning", **given)]
    if found.row["severity"] == "warning":
        return [finding("carbon.amount.scale_told", place, "warning", **given)]
    return [finding("carbon.amount.scale", place, **given)]
