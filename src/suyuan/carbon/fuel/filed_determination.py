"""The determination of an emission factor as a document («carbon-factor»): assays of a fuel, amounts, duplicates.

It is what a plant's document cites by its SHA-256: who reads it determines the factor again, with the same influences.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from suyuan.carbon.fuel.determination import Determined, determine, sampling
from suyuan.carbon.fuel.filed import read_months, read_report
from suyuan.carbon.fuel.filed_factor import NET, Whose
from suyuan.carbon.fuel.laboratory import placed
from suyuan.carbon.fuel.units import MASS, amount_unit
from suyuan.carbon.rule import Rules
from suyuan.quantity.fields import Fields, open_document
from suyuan.quantity.finding import Finding, Refused, errors

KIND = "carbon-factor"
MEASURES = "combustion"
DIGITS = 6
"""Significant digits in which a document cites the factor; u is far above the seventh."""


@dataclass(frozen=True, slots=True, eq=False)
class Determination:
    """A determined factor with whose it is. year: of the amounts; made: day of the document; digest: SHA-256 of it;
    published: where its owner made it public, so that others may cite it, «» where nowhere."""

    enterprise: str
    unit: str
    fuel: str
    year: int
    made: date
    by: str
    oxidation: float
    found: Determined
    digest: str = ""
    published: str = ""

    @property
    def issuer(self) -> str:
        """Whose document it is, as a store lists it."""
        return self.enterprise

    @property
    def number(self) -> str:
        """Fuel, year and version of what went in, as a store lists it."""
        return f"{self.fuel} {self.year} {self.found.version[:8]}"

    @property
    def cited(self) -> dict[str, Any]:
        """The carbon as a plant's document writes it: `carbon` of a stream, and the component that states its u."""
        carbon = self.found.carbon
        value = float(f"{float(carbon.value):.{DIGITS}g}")
        whose = {"issuer": self.issuer, "number": self.number}
        u_rel = float(f"{float(carbon.u) / float(carbon.value):.{DIGITS}g}")
        return {
            "carbon": {"value": value, "unit": "tC/t", **whose, "document": self.digest},
            "components": [
                {"name": f"{self.fuel} {self.year}", "of": "carbon", "u_rel": u_rel, "shared": True, **whose}
            ],
        }


def read_determination(data: bytes) -> tuple[Determination | None, tuple[Finding, ...]]:
    """The determination of a document, or None with every fault, each with its JSON pointer.

    amount: twelve months, in a unit of mass; reports: as a source stream has them; sampling: lots of duplicate assays,
    in percent; oxidation: 0 to 1, 1 where it is left out (the factor is then that of complete burning); published:
    where it was made public.
    """
    fields, found = open_document(data, KIND)
    if fields is None:
        return None, tuple(found)
    fields.found.extend(found)
    enterprise, fuel = fields.text("enterprise", True), fields.text("fuel", True)
    unit, by, year, made = fields.text("unit"), fields.text("by"), fields.whole("year"), fields.day("made", True)
    if year is None or not 1990 <= year <= 2200:
        fields.report("typed.field.missing", "year", field="year")
        year = None
    times, published = _mass(fields), fields.text("published")
    amounts = [one * times for one in read_months(fields, fuel)]
    oxidation = fields.number("oxidation")
    whose = Whose(fuel, MEASURES, MASS, fuel, NET, enterprise, unit, year or 0, "", made,
                  Rules("", made or date.min, {}))  # fmt: skip
    filed = fields.several("reports", True)
    reports = tuple(read_report(one, whose) for one in filed) if year else ()
    lots = _lots(fields)
    for key in ("title", "note"):
        fields.asked.add(key)
    fields.close()
    if errors(fields.found) or made is None or year is None:
        return None, tuple(dict.fromkeys(fields.found))
    share = 1.0 if oxidation is None else oxidation.value
    try:
        made_of = determine(reports, amounts, share, float(sampling(lots).u) if lots else None)
    except Refused as refused:
        return None, (*fields.found, *placed(refused.findings, reports, fields.where("reports")))
    digest = hashlib.sha256(data).hexdigest()
    one = Determination(enterprise, unit, fuel, year, made, by, share, made_of, digest, published)
    told = placed(made_of.findings, reports, fields.where("reports"))
    return one, tuple(dict.fromkeys((*fields.found, *told)))


def _mass(fields: Fields) -> float:
    """What an amount is multiplied by to be tonnes."""
    text = fields.text("amount_unit", True)
    try:
        times, base = amount_unit(text, MEASURES) if text else (1.0, MASS)
    except Refused as refused:
        times, base = 1.0, MASS
        fields.found.extend(replace(item, where=fields.where("amount_unit")) for item in refused.findings)
    if base != MASS:
        fields.report("carbon.report.not_mass", "amount_unit", name=fields.text("fuel"), unit=base)
    return times


def _lots(fields: Fields) -> list[list[float]]:
    """Lots of duplicates: lists of two or more assays."""
    given = fields.content.get("sampling")
    fields.asked.add("sampling")
    if not given:
        return []
    if not isinstance(given, list) or not all(isinstance(lot, list) for lot in given):
        fields.report("typed.field.type", "sampling", field="sampling", expected_zh="列表的列表 [[60.1, 60.4], …]",
                      expected_en="list of lists [[60.1, 60.4], …]")  # fmt: skip
        return []
    return [
        [one.value for at, value in enumerate(lot) if (one := fields.one_number(value, "sampling", n, at)) is not None]
        for n, lot in enumerate(given)
    ]
