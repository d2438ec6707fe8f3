"""What people paste into the field of a nominal value: «轴 30 mm ±0.010 mm», «30 (+0.010/-0.010) mm», «30h7».

Words before the number are skipped. Two deviations that are no plus-minus become the two limits; a fit code is told,
since its deviations stand in a table that is not here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import parse_unit

_NUMBER = r"[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?"
_UNIT = r"[^\s\d±+-][^±]{0,30}?"
_WORDS = r"(?:[^\d±+-]{0,40}[\s:：=\u3400-\u9fff])?[ΦφØø⌀]?\s*"
_PASTED = re.compile(
    rf"{_WORDS}(?P<nominal>{_NUMBER})\s*(?P<unit>{_UNIT})?"
    rf"(?:\s*(?:±|\+/-|\+-)\s*(?P<tolerance>{_NUMBER})\s*(?P<last>{_UNIT})?)?"
)
_SIGNED = r"(?:[+-]\s*[0-9]+(?:\.[0-9]+)?|0(?:\.0+)?)"
_MARK = r"[^\s\d±+/,;()-]{1,8}"
_DEVIATIONS = re.compile(
    rf"{_WORDS}(?P<nominal>{_NUMBER})\s*(?P<unit>{_MARK})?\s*\(?\s*(?P<first>{_SIGNED})\s*(?P<one>{_MARK})?\s*[/,;\s]\s*"
    rf"(?P<second>{_SIGNED})\s*(?P<two>{_MARK})?\s*\)?\s*(?P<last>{_MARK})?"
)
_FIT = re.compile(
    rf"{_WORDS}[0-9]+(?:\.[0-9]+)?\s*(?P<fit>(?![cdkm]?m[23])(?:[A-Z]{{1,2}}|[a-z]{{1,2}})(?:1[0-8]|[0-9]))(?![0-9a-zA-Z]).*"
)
"""A size with a tolerance class of ISO 286; m² and m³ are none."""
_LONGEST = 100


def unpasted(answers: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """«25 ±0.01 mm» in the field of the nominal value, taken apart, with what was understood or what contradicts it.

    >>> unpasted({"nominal": "轴 25 ±0.01 mm"})[0]
    {'nominal': '25', 'tolerance': '0.01', 'unit': 'mm'}
    >>> unpasted({"nominal": "30 (+0.02/-0.01) mm"})[0]
    {'nominal': '', 'low': '29.99', 'high': '30.02', 'unit': 'mm'}
    >>> unpasted({"nominal": "200 N.m ± 1 %"})[0]
    {'nominal': '200', 'tolerance': '1', 'unit': 'N.m', 'tolerance_unit': '%'}
    >>> unpasted({"nominal": "25"})
    ({'nominal': '25'}, ())
    """
    text = answers.get("nominal")
    if not isinstance(text, str) or len(text) > _LONGEST:
        return dict(answers), ()
    text = text.strip().replace("−", "-").replace("（", "(").replace("）", ")")
    fit = _FIT.fullmatch(text)
    if fit is not None and not re.fullmatch(_NUMBER, text):
        return dict(answers), (finding("capability.question.pasted_fit", "/nominal", given=text, fit=fit["fit"]),)
    read = _deviations(text) or _plus_minus(text, bool(answers.get("unit")))
    return (dict(answers), ()) if read is None else _taken(answers, read, text)


def _plus_minus(text: str, unit_there: bool) -> dict[str, str] | None:
    """A value with its tolerance or its unit, by the fields of the form; None where it is neither."""
    found = _PASTED.fullmatch(text)
    if found is None or (not (found["unit"] or found["tolerance"]) and found["nominal"] == text):
        return None
    unit, last = (found["unit"] or "").strip(), (found["last"] or "").strip()
    relative = last in ("%", "％") and (bool(unit) or unit_there)
    return {"nominal": found["nominal"], "tolerance": found["tolerance"] or "",
            "unit": unit or ("" if relative else last),
            "tolerance_unit": last if relative or (unit and last) else ""}  # fmt: skip


def _deviations(text: str) -> dict[str, str] | None:
    """A value with two deviations in one unit: its tolerance where they are alike, else its limits."""
    found = _DEVIATIONS.fullmatch(text)
    if found is None:
        return None
    units = {unit for name in ("unit", "one", "two", "last") if (unit := found[name])}
    if len(units) > 1:
        return None
    unit = next(iter(units), "")
    nominal = Decimal(found["nominal"].replace(",", "."))
    ends = sorted(Decimal(found[name].replace(" ", "")) for name in ("first", "second"))
    if ends[0] == -ends[1]:
        return {"nominal": found["nominal"], "tolerance": f"{ends[1]}", "unit": unit}
    return {"nominal": "", "low": f"{nominal + ends[0]}", "high": f"{nominal + ends[1]}", "unit": unit}


def _taken(
    answers: Mapping[str, Any], read: Mapping[str, str], whole: str
) -> tuple[dict[str, Any], tuple[Finding, ...]]:  # fmt: skip
    """The answers with what was read, and what is said of it."""
    made, told = dict(answers), []
    for key, value in read.items():
        before = answers.get(key)
        if key == "nominal":
            made[key] = value
        elif value:
            if isinstance(before, str) and before.strip() and not _alike(before, value):
                told.append(finding("capability.question.pasted_contradiction", f"/{key}", given=whole, pasted=value,
                                    typed=before.strip()))  # fmt: skip
            made[key] = value
    said = f"± {read.get('tolerance', '')} {read.get('tolerance_unit', '')}".strip() if read.get("tolerance") else ""
    nominal = read["nominal"] or f"{read['low']} … {read['high']}"
    told.append(finding("capability.question.step_pasted", "/nominal", "note", given=whole,
                        nominal=nominal, tolerance=said or "—", unit=made.get("unit") or "—"))  # fmt: skip
    return made, tuple(told)


def _alike(first: str, second: str) -> bool:
    """Whether two texts are one number or one unit."""
    if first.strip() == second:
        return True
    try:
        return float(first) == float(second)
    except ValueError:
        pass
    try:
        return parse_unit(first) == parse_unit(second)
    except Refused:
        return False
