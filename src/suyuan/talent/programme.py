"""Yearly skill programmes: who took part, and whether the measure got better from before to after.

Each participant is compared with himself. The mean difference has a t interval; the effect size is the mean difference
in standard deviations of the differences (Cohen's d_z, with Hedges' correction), its interval from the noncentral t.
Who has no value before is counted as taken part, and never as improved.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, cast

import numpy as np
from scipy import special

from suyuan.certificate.certificate import Text
from suyuan.procedure.register import Context
from suyuan.quantity.fields import Fields
from suyuan.quantity.finding import Finding, finding
from suyuan.talent.read import digest, in_order, truth, usable, whole, words

YEARS = (1949, 2149)
"""A year outside is a typing error."""
MOST = 10_000_000
"""Participants that may be planned for."""
Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Participation:
    """One participant. person; organisation: names, {} where not said; before, after: the measure, None where it was
    not taken; day: of taking part."""

    person: str
    organisation: Text = field(default_factory=dict)
    before: float | None = None
    after: float | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme of one year. units: competence units that it serves; measure: what was measured, in words; unit: of
    it; better: whether a higher or a lower value is the better one; planned: participants that were planned for;
    organisation: who holds it; start, end: its days."""

    id: str
    title: Text
    year: int
    units: tuple[str, ...] = ()
    measure: Text = field(default_factory=dict)
    unit: str = "1"
    better: Better = "higher"
    planned: int | None = None
    participants: tuple[Participation, ...] = ()
    document: str = ""
    source: str = ""
    demo: bool = False
    organisation: Text = field(default_factory=dict)
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a programme did. n: participants with both values; difference: mean of after − before, positive where it got
    better, with low, high; size: standardised, with its interval; None where it cannot be known."""

    n: int
    before: float | None
    after: float | None
    difference: float | None
    low: float | None
    high: float | None
    size: float | None
    size_low: float | None
    size_high: float | None


@dataclass(frozen=True, slots=True)
class Year:
    """One programme in a row of years. took_part: participants; organisations: that they came from; found: what the
    numbers cannot say."""

    programme: Programme
    took_part: int
    organisations: int
    effect: Effect
    found: tuple[Finding, ...]


def programme(row: Fields, context: Context) -> Programme | None:
    """A programme from its row."""
    before = len(row.found)
    year, planned = row.whole("year"), whole(row, "planned", 1, MOST)
    if year is None or not YEARS[0] <= year <= YEARS[1]:
        row.report("talent.programme.year", "year", given=row.content.get("year", "—"))
    value = Programme(
        row.text("id", required=True),
        row.names("title", required=True),
        year or 0,
        words(row, "units"),
        row.names("measure"),
        row.text("unit") or "1",
        cast("Better", row.choice("better", ("higher", "lower"), "higher")),
        planned,
        _participants(row),
        digest(row, "document"),
        row.text("source"),
        truth(row, "demo") or context.demo,
        row.names("organisation") or context.organisation,
        row.day("start"),
        row.day("end"),
    )
    in_order(row, ("start", value.start), ("end", value.end))
    twice = {p.person for p in value.participants if [q.person for q in value.participants].count(p.person) > 1}
    for person in sorted(twice):
        row.report("talent.programme.twice", "participants", id=value.id, person=person)
    return value if usable(row, before) else None


def _participants(row: Fields) -> tuple[Participation, ...]:
    """Participants as objects, or as a list of persons of whom nothing was measured."""
    given = row.content.get("participants")
    if isinstance(given, list) and given and all(isinstance(word, str) for word in given):
        return tuple(Participation(person) for person in words(row, "participants"))
    return tuple(_participation(inner) for inner in row.several("participants"))


def _participation(row: Fields) -> Participation:
    before, after = row.number("before"), row.number("after")
    value = Participation(
        row.text("person", required=True), row.names("organisation"), None if before is None else before.value,
        None if after is None else after.value, row.day("day"),
    )  # fmt: skip
    row.close()
    return value


def effect(before: Iterable[float], after: Iterable[float], better: Better = "higher", p: float = 0.95) -> Effect:
    """Mean difference and effect size of paired values with their intervals.

    d̄ ± t_{(1+p)/2, m}·s_d/√n, m = n − 1;  g = J·d̄/s_d, J = Γ(m/2)/(√(m/2)·Γ((m−1)/2)); interval of g: J/√n times the
    noncentralities for which the t that was found is the (1+p)/2 and the (1−p)/2 quantile.

    before, after: (n,) values of the same persons; better: which way is up; p: coverage probability of the intervals.
    Returns the effect; fewer than three pairs, or equal differences, give no size (J is zero for two).

    >>> e = effect([60, 62, 58, 70], [66, 70, 61, 75])
    >>> e.n, e.difference, round(e.low, 2), round(e.high, 2), round(e.size, 2)
    (4, 5.5, 2.19, 8.81, 1.91)

    Source: Hedges & Olkin, Statistical Methods for Meta-Analysis, 1985, chapter 5 (J); Cumming & Finch, Educ. Psychol.
    Meas. 61 (2001) 532 (interval by the noncentral t).
    """
    x, y = np.asarray(list(before), float), np.asarray(list(after), float)
    n = len(x)
    if n == 0:
        return Effect(0, None, None, None, None, None, None, None, None)
    d = (y - x) * (1.0 if better == "higher" else -1.0)
    mean = float(d.mean())
    ends = float(x.mean()), float(y.mean())
    if n < 2:
        return Effect(n, *ends, mean, None, None, None, None, None)
    s, dof = float(d.std(ddof=1)), n - 1
    half = float(special.stdtrit(dof, (1.0 + p) / 2.0)) * s / math.sqrt(n)
    if dof < 2 or s <= 1e-12 * max(abs(mean), abs(ends[0]), abs(ends[1]), 1e-300):
        return Effect(n, *ends, mean, mean - half, mean + half, None, None, None)
    correction = math.exp(math.lgamma(dof / 2.0) - math.lgamma((dof - 1) / 2.0)) / math.sqrt(dof / 2.0)
    t = mean / s * math.sqrt(n)
    low, high = _noncentral(dof, (1.0 + p) / 2.0, t), _noncentral(dof, (1.0 - p) / 2.0, t)
    sizes = [None if x is None else correction * x / math.sqrt(n) for x in (low, high)]
    return Effect(n, *ends, mean, mean - half, mean + half, correction * mean / s, sizes[0], sizes[1])


def _noncentral(dof: int, p: float, t: float) -> float | None:
    """The noncentrality for which t is the p-quantile; None where it cannot be found."""
    # for t < 0 by symmetry: the routine is exact for positive arguments
    if t < 0.0:
        mirrored = _noncentral(dof, 1.0 - p, -t)
        return None if mirrored is None else -mirrored
    low, high = -12.0, 4.0 * t + 12.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        value = float(special.nctdtr(dof, middle, t))
        if not math.isfinite(value):
            return None
        low, high = (middle, high) if value > p else (low, middle)
    return 0.5 * (low + high)


def of_year(given: Programme) -> Year:
    """Participation and effect of one programme, with what it cannot say."""
    pairs = [(p.before, p.after) for p in given.participants if p.before is not None and p.after is not None]
    found = effect([b for b, _ in pairs], [a for _, a in pairs], given.better)
    told = []
    lacking = len(given.participants) - len(pairs)
    if lacking:
        told.append(finding("talent.programme.no_before", f"programme/{given.id}", "warning", "", id=given.id,
                            lacking=lacking, n=len(given.participants)))  # fmt: skip
    labs = {next(iter(p.organisation.values())) for p in given.participants if p.organisation}
    return Year(given, len(given.participants), len(labs), found, tuple(told))


def trend(programmes: Iterable[Programme]) -> tuple[Year, ...]:
    """All programmes by their year."""
    return tuple(of_year(p) for p in sorted(programmes, key=lambda p: (p.year, p.id)))
