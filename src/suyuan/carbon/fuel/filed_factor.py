"""Where a factor of a stream comes from, read strictly: a document, a rule row, a published default, or a statement.

    {"rule": NAME}                                       a row of the scheme
    {"table": NAME, "fuel": NAME}                        a published default
    {"purpose": …, "year": …, "region": …}               a grid factor
    {"value": …, "unit": …, "issuer": …, "number": …}    a document that states it: measured
    {"value": …, "unit": …, "source": TEXT}              a number with where it was taken from: stated
    {"value": …, "unit": …, "status": "stated"}          a number that the enterprise states, shown as such

A document of a store may be named by its SHA-256 too («document»), such as a determined factor. A number without its
unit and its origin is refused: percent and fraction, carbon and CO2 look alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from suyuan.carbon import factor as published
from suyuan.carbon.claim.claim import MONTHS, Evidence
from suyuan.carbon.fuel.plausible import out_of_range, ranges
from suyuan.carbon.fuel.units import factor_unit, in_factor_unit
from suyuan.carbon.rule import Rules
from suyuan.carbon.words import named, word
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, Refused, errors, in_both
from suyuan.quantity.table import Row

MEASURED, DEFAULT, STATED = "measured", "default", "stated"
"""Origins of a factor: a document states it; a rule row or table gives it; the enterprise says so."""
NET, GROSS = "net", "gross"
HIGHER = "higher heating value"


@dataclass(frozen=True, slots=True)
class Whose:
    """The stream whose factors are read. per: the unit in which its amounts count; fuel: what it burns, as named;
    heat: NET or GROSS heat values; enterprise, unit, year, sector, made: of the document."""

    name: str
    kind: str
    per: str
    fuel: str
    heat: str
    enterprise: str
    unit: str
    year: int
    sector: str
    made: date | None
    rules: Rules

    @property
    def day(self) -> str:
        """The day of the document, for the text of an override; «» where it has none."""
        return self.made.isoformat() if self.made else ""


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """A factor as it counts: a number or (12,); its origin; the row that gave it, or that states it in the claim; the
    document behind it."""

    value: Any
    origin: str
    row: Row | None = None
    evidence: tuple[Evidence, ...] = ()


def read_factor(fields: Fields, name: str, whose: Whose) -> Given | None:
    """A factor of a stream in its unit (`factor_unit`), or None with what is wrong with it reported."""
    content = fields.content.get(name)
    if not isinstance(content, Mapping):
        _bare(fields, name, whose)
        return None
    inner = fields.inner(name)
    if inner is None:
        return None
    before = len(fields.found)
    given = _typed(inner, name, whose) if inner.has("value") else _looked_up(inner, name, whose)
    inner.close()
    if given is None:
        return None
    of_scheme = given.origin == DEFAULT and given.row is not None and "gives" in given.row
    fuel = "" if of_scheme else whose.fuel  # a penalty value is no statement about a fuel
    fields.found.extend(
        out_of_range(given.value, ranges(whose.kind, name, whose.per, fuel), whose.rules.overrides, fields.where(name),
                     whose.day, name=whose.name, factor=name)
    )  # fmt: skip
    return None if errors(fields.found[before:]) else given


def _bare(fields: Fields, name: str, whose: Whose) -> None:
    """A number alone: its unit and origin are asked for, with the text to write."""
    numbers = fields.numbers(name, True)
    if numbers:
        value = numbers[0].printed if len(numbers) == 1 else f"[{numbers[0].printed}, …]"
        fields.report("carbon.factor.bare", name, name=whose.name, given=value, unit=factor_unit(name, whose.per),
                      **named("factor", "factor", name))  # fmt: skip


def _typed(inner: Fields, name: str, whose: Whose) -> Given | None:
    """A typed number with its unit and where it comes from."""
    numbers = inner.numbers("value", True)
    unit = inner.text("unit", True)
    source = inner.text("source")
    status = inner.choice("status", (STATED,), STATED) if inner.has("status") else ""
    issuer, number, document = inner.text("issuer"), inner.text("number"), inner.text("document")
    if numbers and len(numbers) not in (1, MONTHS):
        inner.report("carbon.fuel.months", "value", name=name, given=len(numbers), months=MONTHS)
        return None
    if not numbers or not unit:
        return None
    if not (source or status or (issuer and number)):
        inner.report("carbon.factor.unsourced", "value", name=whose.name, **named("factor", "factor", name))
        return None
    try:
        times = in_factor_unit(unit, name, whose.per, whose.kind)
    except Refused as refused:
        said: dict[str, Any] = dict(refused.findings[0].parameters)
        inner.report("carbon.factor.unit", "unit", **said)
        return None
    value = np.array([one.value for one in numbers]) * times
    held: Any = float(value[0]) if len(numbers) == 1 else value
    if issuer and number:
        behind = Evidence(f"{whose.name} {name}", issuer, number, document, None, (), whose.name, name, True)
        return Given(held, MEASURED, None, (behind,))
    what = {language: f"{whose.name} · {text}" for language, text in word("factor", name).items()}
    row = {"id": f"stated.{whose.name}.{name}", "scheme": "", "name": name, "value": value.tolist(),
           "unit": factor_unit(name, whose.per), "source": source or whose.enterprise, "status": STATED,
           **in_both("what", what)}  # fmt: skip
    return Given(held, STATED, row)


def _looked_up(inner: Fields, name: str, whose: Whose) -> Given | None:
    """A factor by the name of a rule row, of a published default or of a grid factor."""
    try:
        if inner.has("rule"):
            row = whose.rules.row(inner.text("rule", True))
        elif inner.has("table"):
            row = published.fuel_default(inner.text("fuel", True), inner.text("table", True))
        elif inner.has("purpose"):
            year = inner.whole("year") or 0
            row = published.grid_factor(inner.text("purpose", True), year, inner.text("region") or "全国")
        else:
            inner.report("carbon.factor.way", name=whose.name, **named("factor", "factor", name))
            return None
        value, unit = published.given_by(row, whose.kind, name)
        times = in_factor_unit(unit, name, whose.per, whose.kind)
    except Refused as refused:
        inner.found.extend(_placed(item, inner) for item in refused.findings)
        return None
    gross = row.get("heat") == HIGHER
    if "table" in row and gross != (whose.heat == GROSS):
        inner.report("carbon.factor.heat_basis", row=row["id"], name=whose.name,
                     **named("given", "heat", GROSS if gross else NET),
                     **named("wanted", "heat", whose.heat))  # fmt: skip
        return None
    return Given(value * times, DEFAULT, _taken(row, name, value, unit))


def _taken(row: Row, name: str, value: float, unit: str) -> Row:
    """A row with the number that was taken from it: one of defaults has several, and a claim shows what it used."""
    if "table" not in row:
        return row
    what = {language: f"{row[key]}{text}" for language, key, text in (
        ("zh", "fuel_zh", f"缺省值：{word('factor', name)['zh']}"),
        ("en", "fuel", f", default: {word('factor', name)['en']}"))}  # fmt: skip
    return {**row, "name": name, "value": value, "unit": unit, **in_both("what", what)}


def _placed(item: Finding, inner: Fields) -> Finding:
    """A finding of a look-up at the place in the document that asked for it."""
    where = inner.where(item.where) if item.where in inner.content else inner.where()
    return replace(item, where=where)
