"""Published key comparisons computed again: reference value and degrees of equivalence beside what was printed.

    KCRV: power-moderated mean of the results that count;   d = x − KCRV,   U = 2·√((1 − 2w)·u² + u²(KCRV))

Releases from before that mean was in use have the arithmetic mean, printed with the standard deviation of the mean, and
U from the stated uncertainties. A file says who counts in the present KCRV, not who counted in an earlier one, nor how
several results of one laboratory became one. What gives the printed KCRV is taken; where nothing does, degrees are
computed with the printed KCRV, and U, which needs the weights, stays unknown.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from suyuan.comparison.consensus import arithmetic_mean, generalised_least_squares, power_moderated_mean
from suyuan.comparison.equivalence import degrees_of_equivalence
from suyuan.comparison.results import Consensus
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import convert
from suyuan.verbs.comparison.bipm import FAR, ComparisonFile, Entry, Release, Result, Stated

METHODS = ("power_moderated_mean", "arithmetic_mean")
MOST_CHOICES = 256
MOST_TRIED = 2000
"""Sets of results that are tried at all."""
FARTHEST = 1e9
"""Units of the last digit beyond which it does not matter how many."""
TOLERATED = 1
"""Units of the last digit by which a recomputed number may be off: a report may subtract the rounded KCRV."""


@dataclass(frozen=True, slots=True)
class Row:
    """A published degree of equivalence beside the recomputed one, in the unit of the published one. off, off_U: their
    differences in units of the last printed digit; entry: the submission it was computed from («» where there is none);
    contributes: whether that one counts in the KCRV."""

    lab: str
    entry: str
    contributes: bool
    unit: str
    published: tuple[str, str]
    d: float | None
    U: float | None
    off: int | None
    off_U: int | None


@dataclass(frozen=True, slots=True)
class Recomputed:
    """One release. kcrv: (value, u) as printed, in kcrv_unit; value, u: recomputed in the unit of the file, None where
    they cannot be; off, off_u: differences in units of the last printed digit; method: what gave it; reproduced:
    whether they agree; contributors: submissions that count; case: the same as a case of comparison."""

    year: int
    doi: str
    kcrv: tuple[str, str] | None
    kcrv_unit: str
    value: float | None
    u: float | None
    off: int | None
    off_u: int | None
    method: str
    reproduced: bool
    contributors: tuple[str, ...]
    rows: tuple[Row, ...]
    case: dict[str, Any] | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Results that are taken to have made a KCRV: entries with one (value, u) each, contributing or not, and how."""

    entries: tuple[Entry, ...]
    x: np.ndarray[Any, Any]
    u: np.ndarray[Any, Any]
    counts: np.ndarray[Any, Any]
    method: str


def recompute(file: ComparisonFile) -> tuple[Recomputed, ...]:
    """Every release of a file that states a KCRV, computed again."""
    return tuple(_release(file, release) for release in file.releases if release.kcrv is not None)


def _release(file: ComparisonFile, release: Release) -> Recomputed:
    assert release.kcrv is not None
    # A KCRV that is a thousand times the results has the wrong unit; its digits are compared at the right power of ten.
    power = _power(file, release.kcrv)
    printed, place, place_u = (
        float(release.kcrv.text) * power, release.kcrv.last_digit() * power, release.kcrv.last_digit(True) * power,
    )  # fmt: skip
    printed_u = release.kcrv.u * power
    best = None
    for chosen in itertools.islice(_choices(file, release), MOST_TRIED):
        found = _mean(chosen)
        if found is None:
            continue
        off = _units(float(found.value), printed, place)
        off_u = _units(_printed_u(chosen, found), printed_u, place_u)
        rank = (max(abs(off) - TOLERATED, 0) + max(abs(off_u) - TOLERATED, 0), abs(off) + abs(off_u))
        if best is None or rank < best[0]:
            best = (rank, chosen, found, off, off_u)
    told: list[Finding] = []
    if best is None:
        told.append(finding("comparison.bipm.contributors", release.where, "warning", year=release.year))
        rows = tuple(_rows(file, release, None, None, printed))
        return Recomputed(release.year, release.doi, (release.kcrv.text, release.kcrv.uncertainty_text),
                          release.kcrv.unit.symbol, None, None, None, None, "", False, (), rows, None,
                          (*told, *_differing(release, rows)))  # fmt: skip
    _, chosen, found, off, off_u = best
    same = abs(off) <= TOLERATED and abs(off_u) <= TOLERATED
    if not same:
        told.append(finding(
            "comparison.bipm.kcrv_differs", release.kcrv.where, "warning", year=release.year, printed=release.kcrv.text,
            found=f"{float(found.value):.6g}", unit=file.unit.symbol,
        ))  # fmt: skip
    rows = tuple(_rows(file, release, chosen if same else None, found if same else None, printed))
    names = tuple(e.name for e, c in zip(chosen.entries, chosen.counts, strict=True) if c)
    return Recomputed(
        release.year, release.doi, (release.kcrv.text, release.kcrv.uncertainty_text), release.kcrv.unit.symbol,
        float(found.value), _printed_u(chosen, found), off, off_u, chosen.method, same, names, rows,
        _case(file, chosen), (*told, *_differing(release, rows)),
    )  # fmt: skip


def _power(file: ComparisonFile, kcrv: Stated) -> float:
    """What turns the printed digits of a KCRV into the unit of the file: its unit, or where it is off by a power of ten
    from all results, the power that is nearest."""
    value, _ = kcrv.to(file.unit)
    middle = float(np.median([r.stated.to(file.unit)[0] for e in file.entries for r in e.results]))
    scale = float(convert(1.0, kcrv.unit.as_difference(), file.unit.as_difference()))
    ratio = middle / value if value != 0.0 else 0.0
    if 0.0 < ratio < np.inf and max(ratio, 1.0 / ratio) > FAR:
        scale *= 10.0 ** float(np.clip(3 * round(np.log10(ratio) / 3), -24, 24))
    return scale


def _choices(file: ComparisonFile, release: Release) -> Iterator[_Chosen]:
    """Sets of results that may have made the KCRV: those that count today and were there, with any of what several
    results of one submission can give, and with the last years left out (a release is written before its year ends)."""
    there = [e for e in file.entries if e.year <= release.year and e.results]
    named = {lab for lab, _ in release.degrees}
    sets: list[tuple[str, list[Entry]]] = []
    years = sorted({e.year for e in there}, reverse=True)[:4]
    for latest in [release.year, *(y - 1 for y in years)]:
        sets.append((METHODS[0], [e for e in there if e.in_kcrv and e.year <= latest]))
    sets.append((METHODS[0], [e for e in there if e.in_kcrv and named & set(e.names)]))
    by_lab = [[e for e in there if lab in e.names] for lab, _ in release.degrees]
    if all(by_lab):  # who counted in an old release: one submission of each laboratory that it names
        sets += [(METHODS[1], list(one)) for one in itertools.islice(itertools.product(*by_lab), MOST_CHOICES)]
    seen = set()
    for method, counted in sets:
        key = (method, *(id(e) for e in counted))
        if len(counted) < 2 or key in seen:
            continue
        seen.add(key)
        options = [list(_values(file, e))[: None if e in counted else 1] for e in there]
        for taken in itertools.islice(itertools.product(*options), MOST_CHOICES):
            x, u = np.array([t[0] for t in taken]), np.array([t[1] for t in taken])
            yield _Chosen(tuple(there), x, u, np.array([e in counted for e in there]), method)


def _values(file: ComparisonFile, entry: Entry) -> Iterator[tuple[float, float]]:
    """What an entry may count as: each of its results, or their mean with what they have in common."""
    rows = [r.stated.to(file.unit) for r in entry.results]
    yield from rows
    if len(rows) > 1:
        try:
            yield _together(entry.results, rows)
        except Refused:
            return


def _together(results: tuple[Result, ...], rows: list[tuple[float, float]]) -> tuple[float, float]:
    x, u = np.array([x for x, _ in rows]), np.array([u for _, u in rows])
    common = np.array([0.0 if np.isnan(r.common) else r.common for r in results]) * np.abs(x)
    covariance = np.minimum.outer(common, common) ** 2
    np.fill_diagonal(covariance, u**2)
    mean, _ = generalised_least_squares(x, covariance)
    return float(mean.value), float(mean.u)


def _mean(chosen: _Chosen) -> Consensus | None:
    try:
        mean = power_moderated_mean if chosen.method == METHODS[0] else arithmetic_mean
        return mean(chosen.x, chosen.u, chosen.counts)
    except Refused:
        return None


def _printed_u(chosen: _Chosen, found: Consensus) -> float:
    """The u that a release prints beside its KCRV: of an arithmetic mean it is the standard deviation of the mean."""
    if chosen.method == METHODS[0]:
        return float(found.u)
    part = chosen.x[chosen.counts]
    return float(np.std(part, ddof=1) / np.sqrt(part.size))


def _units(found: float, printed: float, place: float) -> int:
    """By how many units of the last digit a number that is rounded there is off."""
    apart = (found - printed) / place
    return round(round(found / place) - printed / place) if abs(apart) < FARTHEST else round(np.sign(apart) * FARTHEST)


def _rows(
    file: ComparisonFile, release: Release, chosen: _Chosen | None, reference: Consensus | None, kcrv: float
) -> Iterator[Row]:
    """Each published degree beside the recomputed one that is nearest among the laboratory's submissions."""
    U = None
    if chosen is not None and reference is not None:
        U = degrees_of_equivalence(chosen.x, chosen.u, reference).U
        kcrv = float(reference.value)
    for lab, stated in release.degrees:
        scale = _scale(file, stated)
        best: tuple[tuple[int, int], Row] | None = None
        for entry, x, at, counts in _candidates(file, release, chosen, lab):
            d = (x - kcrv) * scale
            expanded = None if U is None or at is None else float(U[at]) * scale * stated.k / 2.0
            off = _units(d, float(stated.text), stated.last_digit())
            off_U = None if expanded is None else _units(
                expanded, float(stated.uncertainty_text), stated.last_digit(True))  # fmt: skip
            row = Row(lab, entry.name, counts, stated.unit.symbol, (stated.text, stated.uncertainty_text), d,
                      expanded, off, off_U)  # fmt: skip
            rank = (abs(off) + abs(off_U or 0), -entry.year)
            if best is None or rank < best[0]:
                best = (rank, row)
        if best is not None:
            yield best[1]
        else:
            printed = (stated.text, stated.uncertainty_text)
            yield Row(lab, "", False, stated.unit.symbol, printed, None, None, None, None)


def _scale(file: ComparisonFile, stated: Stated) -> float:
    """Factor from the unit of the file to that of a published number."""
    return float(convert(1.0, file.unit.as_difference(), stated.unit.as_difference()))


def _candidates(
    file: ComparisonFile, release: Release, chosen: _Chosen | None, lab: str
) -> Iterator[tuple[Entry, float, int | None, bool]]:
    if chosen is not None:
        for at, entry in enumerate(chosen.entries):
            if lab in entry.names:
                yield entry, float(chosen.x[at]), at, bool(chosen.counts[at])
        return
    for entry in file.entries:
        if lab in entry.names and entry.year <= release.year:
            for x, _ in _values(file, entry):
                yield entry, x, None, entry.in_kcrv


def _differing(release: Release, rows: tuple[Row, ...]) -> Iterator[Finding]:
    for row, (_, stated) in zip(rows, release.degrees, strict=True):
        off = max(abs(row.off or 0), abs(row.off_U or 0))
        if row.off is not None and off > TOLERATED:
            yield finding(
                "comparison.bipm.degree_differs", stated.where, "warning", year=release.year, lab=row.lab, off=off,
                printed=row.published[0], found=f"{row.d:.4g}", unit=row.unit,
            )  # fmt: skip


def _case(file: ComparisonFile, chosen: _Chosen) -> dict[str, Any]:
    """The same as a case of `key_comparison`, for `suyuan compare` and for anybody else's program."""
    data = [
        {"lab": e.name, "value": float(x), "u": float(u), "in_kcrv": bool(c)}
        for e, x, u, c in zip(chosen.entries, chosen.x, chosen.u, chosen.counts, strict=True)
    ]
    return {"kind": "key_comparison", "input": {"unit": file.unit.symbol, "methods": [chosen.method], "data": data}}
