"""Key-comparison files of the BIPM (XML, «KC_Schema»): read, looked at for what cannot be right, and recomputed.

A file holds the releases of a continuous comparison (reference value KCRV with degrees of equivalence, as published)
and what each laboratory submitted. Nothing that is published is corrected in silence: where a number cannot be what its
unit says, a finding says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from suyuan.certificate.xml import Element, children, parse, place
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import Unit, convert, parse_unit

NAMESPACE = "KC_Schema"
FAR = 30.0
"""A result or relative uncertainty so many times the median of the others is told: units differ by 1000, per cent and
parts by 100."""
PERCENT = 3.0
"""Stated and summed relative uncertainties of an activity agree within this factor, or one is told."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A value as a file states it. value, u (standard, from U and k) in `unit`; text, uncertainty_text: its digits;
    where: its place in the file."""

    value: float
    u: float
    unit: Unit
    k: float
    text: str
    uncertainty_text: str
    where: str

    def last_digit(self, uncertainty: bool = False) -> float:
        """One unit of the last digit that means something: decimals as they are written; of a whole number the second
        digit of its uncertainty, since zeros at the end only fill."""
        text = self.uncertainty_text if uncertainty else self.text
        if "." in text and "e" not in text.lower():
            return float(10.0 ** -len(text.partition(".")[2]))
        U = float(self.uncertainty_text)
        return float(10.0 ** max(math.floor(math.log10(U)) - 1, 0)) if U > 0.0 else 1.0

    def to(self, unit: Unit) -> tuple[float, float]:
        """Value and u in another unit."""
        return float(convert(self.value, self.unit, unit)), float(convert(self.u, self.unit, unit))


@dataclass(frozen=True, slots=True)
class Release:
    """One published state. doi; year; kcrv: with its u, None where it states none; degrees: (laboratory, d with U)."""

    doi: str
    year: int
    kcrv: Stated | None
    degrees: tuple[tuple[str, Stated], ...]
    where: str


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a submission in the quantity that is compared. common: relative standard uncertainty from the
    comparison's own instrument, which all results have in common; nan where not stated."""

    stated: Stated
    common: float


@dataclass(frozen=True, slots=True)
class Entry:
    """What a laboratory submitted in a year. names: acronym and past ones; in_kcrv: it counts in the present KCRV;
    valid: its degree of equivalence holds; results: one or more."""

    lab: str
    names: tuple[str, ...]
    year: int
    in_kcrv: bool
    valid: bool
    results: tuple[Result, ...]
    where: str

    @property
    def name(self) -> str:
        return f"{self.lab}-{self.year}"


@dataclass(frozen=True, slots=True)
class ComparisonFile:
    """A key comparison as its file states it. unit: of all results, that of the first."""

    code: str
    pilot: str
    unit: Unit
    releases: tuple[Release, ...]
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]


def read_comparison(data: bytes) -> ComparisonFile:
    """A key-comparison file from its bytes, with findings for what cannot be right.

    Raises Refused for bytes that are no such file, and for numbers or units that cannot be read.
    """
    tree, found = parse(data)
    if tree is None:
        raise Refused(*found)
    root = tree.getroot()
    if _local(root) != "comparison" or NAMESPACE not in str(root.tag):
        raise Refused(finding("comparison.bipm.not_one", place(root), root=_local(root)))
    faults: list[Finding] = []
    releases = tuple(_release(e, faults) for e in _all(root, "comparisonData", "release"))
    entries = tuple(_entry(e, faults) for e in _all(root, "comparisonMetadata", "submission"))
    activities = [s for e in _all(root, "comparisonMetadata", "submission") for s in _activities(e, faults)]
    if any(f.severity == "error" for f in faults):
        raise Refused(*faults)
    results = [r.stated for e in entries for r in e.results]
    if not results:
        raise Refused(finding("comparison.bipm.empty", place(root)))
    unit = results[0].unit
    for stated in (*results, *(r.kcrv for r in releases if r.kcrv), *(s for r in releases for _, s in r.degrees)):
        if not stated.unit.converts_to(unit):
            shown = {"unit": stated.unit.symbol, "wanted": unit.symbol}
            raise Refused(finding("comparison.bipm.unit", stated.where, "error", "", **shown))
    code, pilot = (
        _text(root, "generalInformation", "comparisonCode"),
        _text(root, "generalInformation", "pilot", "acronym"),
    )
    told = (*faults, *_unlikely(entries, releases, unit), *_percent(activities))
    return ComparisonFile(code, pilot, unit, releases, entries, told)


def _unlikely(entries: tuple[Entry, ...], releases: tuple[Release, ...], unit: Unit) -> Iterator[Finding]:
    """What a file states and cannot be meant."""
    rows = [(e, *r.stated.to(unit), r.stated.where) for e in entries for r in e.results]
    middle = float(np.median([x for _, x, _, _ in rows]))
    typical = float(np.median([u / abs(x) for _, x, u, _ in rows if x != 0.0] or [math.nan]))
    for entry, x, u, where in rows:
        if _factor(x, middle) > FAR:
            yield finding("comparison.bipm.result_scale", where, "warning", lab=entry.name, value=f"{x:g}",
                          middle=f"{middle:g}", unit=unit.symbol)  # fmt: skip
        elif x != 0.0 and _factor(u / abs(x), typical) > FAR:
            own = f"{100 * u / abs(x):.2g}"
            yield finding("comparison.bipm.u_scale", where, "warning", lab=entry.name, relative=own,
                          typical=f"{100 * typical:.2g}")  # fmt: skip
    for entry in entries:
        if len(entry.results) > 1:
            yield finding("comparison.bipm.several", entry.where, "note", lab=entry.name, n=len(entry.results))
    for release in releases:
        if release.kcrv is None:
            yield finding("comparison.bipm.no_kcrv", release.where, "warning", year=release.year)
            continue
        x, _ = release.kcrv.to(unit)
        if _factor(x, middle) > FAR:
            yield finding("comparison.bipm.kcrv_scale", release.kcrv.where, "warning", year=release.year,
                          value=f"{x:g}", middle=f"{middle:g}", unit=unit.symbol)  # fmt: skip
        if not release.degrees:
            yield finding("comparison.bipm.no_degrees", release.where, "warning", year=release.year)
        known = {name for e in entries for name in e.names}
        for lab, stated in release.degrees:
            if lab not in known:
                yield finding("comparison.bipm.lab_unknown", stated.where, "warning", lab=lab, year=release.year)


def _factor(a: float, b: float) -> float:
    """By which factor two numbers differ, 1 or more; infinite where one is zero or their signs differ."""
    return max(a / b, b / a) if a * b > 0.0 else math.inf


def _percent(activities: list[tuple[str, Stated, float]]) -> Iterator[Finding]:
    """Activities whose stated u is not what their relative parts give: most often it is written in per cent."""
    wrong = [
        (lab, stated, relative)
        for lab, stated, relative in activities
        if stated.value > 0.0 and relative > 0.0 and stated.u > 0.0
        and _factor(stated.u / stated.value, relative / 100.0) > PERCENT
    ]  # fmt: skip
    if not wrong:
        return
    lab, stated, relative = wrong[0]
    meant = stated.value * relative / 100.0
    yield finding(
        "comparison.bipm.percent", stated.where, "warning", n=len(wrong), lab=lab, stated=stated.uncertainty_text,
        unit=stated.unit.symbol, value=stated.text, relative=f"{relative:.3g}", meant=f"{meant:.3g}",
    )  # fmt: skip


# ---------------------------------------------------------------- elements


def _release(element: Element, faults: list[Finding]) -> Release:
    degrees = []
    for row in _all(element, "degreesOfEquivalence", "degreeOfEquivalence"):
        stated = _stated(_first(row, "result"), row, faults)
        if stated is not None:
            degrees.append((_text(row, "laboratory", "acronym"), stated))
    kcrv = _first(element, "kcrv")
    stated = None if kcrv is None else _stated(kcrv, element, faults)
    return Release(_text(element, "doi"), _year(element, faults), stated, tuple(degrees), place(element))


def _entry(element: Element, faults: list[Finding]) -> Entry:
    lab = _text(element, "laboratory", "acronym")
    past = [name.strip() for name in _text(element, "laboratory", "pastAcronyms").split(",") if name.strip()]
    results = []
    for row in _all(element, "bipmMeasurements", "bipmMeasurement", "equivalentActivity"):
        stated = _stated(_first(row, "sirResult"), row, faults)
        if stated is not None:
            common = _float(_text(row, "relStdUncertFromSIR"))
            results.append(Result(stated, common))
    return Entry(
        lab, (lab, *past), _year(element, faults), _text(element, "inKCRV") == "true",
        _text(element, "doeValid") == "true", tuple(results), place(element),
    )  # fmt: skip


def _activities(element: Element, faults: list[Finding]) -> Iterator[tuple[str, Stated, float]]:
    """What the laboratory itself measured: (laboratory, value with u, √(A² + B²) of its parts in per cent)."""
    lab = f"{_text(element, 'laboratory', 'acronym')}-{_text(element, 'year')}"
    for row in _all(element, "laboratoryMeasurements", "measurement", "activity"):
        parts = [_float(_text(row, name)) for name in ("relStdUncertTypeA", "relStdUncertTypeB")]
        result = _first(row, "measurementResult")
        if result is not None and all(math.isfinite(p) for p in parts):
            stated = _stated(result, row, faults)
            if stated is not None:
                yield lab, stated, math.hypot(*parts)


def _stated(element: Element | None, around: Element, faults: list[Finding]) -> Stated | None:
    """Value, unit and uncertainty of an element; None where there is no value, a fault where it cannot be read."""
    if element is None or not _text(element, "value"):
        return None
    text, given = _text(element, "value"), _text(element, "unit")
    U_text = _text(element, "expandedUnc", "uncertainty")
    k_text = _text(element, "expandedUnc", "coverageFactor") or "1"
    value, U, k = _float(text), _float(U_text), _float(k_text)
    if not (math.isfinite(value) and math.isfinite(U) and U > 0.0 and math.isfinite(k) and k > 0.0):
        shown = " ".join(part for part in (text, U_text, k_text) if part)[:60]
        faults.append(finding("comparison.bipm.number", place(element), given=shown))
        return None
    try:
        unit = parse_unit(given)
    except Refused as refused:
        faults.extend(finding(f.code, place(element), "error", "", **dict(f.parameters)) for f in refused.findings)
        return None
    return Stated(value, U / k, unit, k, text, U_text, place(element))


def _year(element: Element, faults: list[Finding]) -> int:
    text = _text(element, "year")
    if text.isdecimal() and len(text) == 4:
        return int(text)
    faults.append(finding("comparison.bipm.year", place(element), given=text[:20]))
    return 0


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _all(element: Element, *path: str) -> list[Element]:
    """The elements at a path of local names."""
    found = [element]
    for name in path:
        found = [child for e in found for child in children(e) if _local(child) == name]
    return found


def _first(element: Element, *path: str) -> Element | None:
    return next(iter(_all(element, *path)), None)


def _text(element: Element, *path: str) -> str:
    found = _first(element, *path)
    return "" if found is None else (found.text or "").strip()
