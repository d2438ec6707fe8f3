"""The year of a unit as its carbon manager files it: the document «carbon-plant», read strictly.

Source streams by month, with where each factor comes from (measured, laboratory reports, a rule row, a published
factor), its components of uncertainty and their certificates; overrides of rows that nobody checked. Nothing is
guessed: a month, factor or oxidation that is absent is a finding.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from suyuan.carbon.citations import contradictions
from suyuan.carbon.claim.claim import YEARS
from suyuan.carbon.fuel.calculation import EXACT, HALVES, Rounding
from suyuan.carbon.fuel.filed import read_stream
from suyuan.carbon.fuel.stream import SourceStream
from suyuan.carbon.rule import Override, Rules, known_rows, rules, schemes
from suyuan.carbon.sector.sector import basis_told
from suyuan.quantity.fields import Fields, open_document
from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.quantity.table import Row, load, valid_on

KIND = "carbon-plant"
LEAST_LETTERS = 2
"""Letters or characters of a reason in words: a full stop is none."""
LEGAL = ("calculation", "monitoring")
"""What the legal total stands on; the other, where it is there, checks it."""


@dataclass(frozen=True, slots=True, eq=False)
class Plant:
    """A unit's year. rules: of its scheme at the end of the year, with the overrides; streams: what it burns, converts,
    buys and sells; content: the document as read, for what other rooms take from it (stacks, meters)."""

    enterprise: str
    unit: str
    sector: str
    year: int
    rules: Rules
    streams: tuple[SourceStream, ...]
    made: date
    by: str
    overrides: tuple[Override, ...]
    supersedes: str
    reason: str
    content: Mapping[str, Any]

    @property
    def issuer(self) -> str:
        """Whose document it is, as a store lists it."""
        return self.enterprise

    @property
    def number(self) -> str:
        """Unit and year, as a store lists it."""
        return f"{self.unit} {self.year}"

    @property
    def basis_admitted(self) -> tuple[str, ...]:
        """The rows admitted by name where the legal total is to stand on monitoring; none where it is not."""
        asked = self.content.get("legal_basis") == "monitoring"
        return tuple(one.row for one in self.overrides) if asked else ()


def read_plant(
    data: bytes, swapped: Mapping[str, Row] | None = None, mixed: bool = False
) -> tuple[Plant | None, tuple[Finding, ...]]:
    """A plant's year from its document, or None with every fault, each with its JSON pointer.

    swapped: name → row of another scheme that is to be read in place of its own, for «same data, new rule»;
    mixed: put together from two documents that were each judged by itself, so that days and what was admitted by name
    are not judged again.
    """
    fields, found = open_document(data, KIND)
    if fields is None:
        return None, tuple(found)
    fields.found.extend(found)
    enterprise, unit = fields.text("enterprise", True), fields.text("unit", True)
    sector, scheme = fields.text("sector", True), fields.text("scheme", True)
    year, made = fields.whole("year"), fields.day("made", True)
    overrides = tuple(_override(one) for one in fields.several("overrides"))
    if mixed:
        overrides = tuple(Override(row, "", "", date.min) for row in sorted(known_rows()))
    by, supersedes, reason = fields.text("by"), fields.text("supersedes"), fields.text("reason")
    rounding = _rounding(fields)
    if year is None or year not in YEARS:
        fields.report("typed.field.missing", "year", field="year")
        year = 0
    held = _rules(fields, scheme, year, overrides, made) if year else None
    if held is not None and swapped:
        held.rows = {**held.rows, **swapped}
    filed, owner = fields.several("streams"), (enterprise, unit, year, sector)
    streams = tuple(read_stream(one, held, rounding, owner, None if mixed else made) for one in filed) if held else ()
    _doubled(filed)
    fields.found.extend(contradictions(fields.content))
    if year and made is not None and not mixed:
        _dated(fields, year, made, overrides)
    basis = fields.choice("legal_basis", LEGAL, "calculation")
    fields.found.extend(basis_told(sector, basis == "monitoring", overrides, made.isoformat() if made else ""))
    for key in ("stacks", "forests", "meters", "plan", "title", "note", "production"):
        fields.asked.add(key)
    fields.close()
    told = tuple(dict.fromkeys(fields.found))
    if errors(told) or held is None or made is None:
        return None, told
    kept = tuple(one for one in streams if one is not None)
    return Plant(enterprise, unit, sector, year, held, kept, made, by, overrides, supersedes, reason,
                 fields.content), told  # fmt: skip


def _rules(fields: Fields, scheme: str, year: int, overrides: tuple[Override, ...], made: date | None) -> Rules | None:
    """The rules of a scheme of calculation at the end of a year; a scheme outside its years only where admitted."""
    dated = {str(row["scheme"]): row for row in load("suyuan.carbon", "schemes")}
    row = dated.get(scheme)
    if row is None:
        fields.report("carbon.rule.scheme", "scheme", scheme=scheme[:60], known=", ".join(dated),
                      of_stack=scheme if scheme in schemes() else "")  # fmt: skip
        return None
    held = rules(scheme, date(year, 12, 31), overrides)
    if not valid_on([row], date(year, 7, 1)):
        key = str(row["id"])
        said = {"scheme": scheme, "year": year, "first": row["valid_from"], "last": row["valid_to"], "row": key,
                "source": row["source"]}  # fmt: skip
        one = held.overrides.get(key)
        if one is None:
            fields.report("carbon.scheme.years", "scheme", day=made.isoformat() if made else "", **said)
        else:
            fields.report("carbon.scheme.admitted", "scheme", severity="warning", person=one.person,
                          reason=one.reason, **said)  # fmt: skip
    return held


def _override(fields: Fields) -> Override:
    """Who admits a row: one that exists, with a reason in words."""
    row, person, reason = (fields.text(key, True) for key in ("row", "person", "reason"))
    day = fields.day("day", True)
    fields.close()
    known = known_rows()
    if row and row not in known:
        near = difflib.get_close_matches(row, known, 3, 0.4)
        fields.report("carbon.override.row", "row", given=row[:80], near=", ".join(near))
    if reason and len(re.findall(r"\w", reason)) < LEAST_LETTERS:
        fields.report("carbon.override.reason", "reason", row=row, given=reason[:20])
    return Override(row, person, reason, day or date.min)


def _dated(fields: Fields, year: int, made: date, overrides: Sequence[Override]) -> None:
    """Findings where the document was made before its year was over, or a row admitted after that, years before or
    twice."""
    if made <= date(year, 12, 31):
        fields.report("carbon.plant.early", "made", made=made.isoformat(), year=year)
    rows = [one.row for one in overrides]
    for at, one in enumerate(overrides):
        if one.row and one.row in rows[:at]:
            fields.report("carbon.override.twice", "overrides", at, "row", row=one.row)
        if not date(year - 1, 1, 1) <= one.day <= made and one.day != date.min:
            fields.report("carbon.override.day", "overrides", at, "day", row=one.row, day=one.day.isoformat(),
                          first=f"{year - 1}-01-01", made=made.isoformat())  # fmt: skip


def _doubled(filed: Iterable[Fields]) -> None:
    """Findings where two streams have one name, or two reports one number of one laboratory."""
    names: dict[str, str] = {}
    numbers: dict[tuple[str, str], str] = {}
    for one in filed:
        name = str(one.content.get("name", "")).strip()
        if name and name in names:
            one.report("carbon.stream.twice", "name", name=name, first_place=names[name])
        names.setdefault(name, one.pointer)
        for report in one.several("reports") if one.content.get("kind") != "stock" else ():  # a heap is of what came in
            key = tuple(str(report.content.get(part, "")).strip() for part in ("issuer", "number"))
            if all(key) and key in numbers:
                report.report("carbon.report.number", "number", number=key[1], issuer=key[0], first_place=numbers[key])
            numbers.setdefault((key[0], key[1]), report.pointer)


def untimely(plant: Plant, today: date) -> tuple[Finding, ...]:
    """An error where a claim is to be made of a year that was not over on its day, or on a day that has not come.

    plant: with the day on which it is claimed; today: as the face knows it.
    """
    made = plant.made.isoformat()
    if plant.made > today:
        return (finding("carbon.plant.ahead", "/made", made=made, today=today.isoformat()),)
    if plant.made <= date(plant.year, 12, 31):
        return (finding("carbon.plant.early", "/made", made=made, year=plant.year),)
    return ()


def _rounding(fields: Fields) -> Rounding:
    inner = fields.inner("round")
    if inner is None:
        return EXACT
    half = inner.choice("half", HALVES, "up")
    steps = {key: inner.whole(key) for key in inner.content if key != "half"}
    try:
        return Rounding({key: value for key, value in steps.items() if value is not None}, half or "up")
    except Refused as refused:
        fields.found.extend(refused.findings)
        return EXACT
