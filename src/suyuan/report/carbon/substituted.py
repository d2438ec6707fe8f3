"""The substitution log: every gap, what the rule put in its place, what most likely left the stack, and the bias."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from suyuan.carbon.monitoring.lost.lost import RATE, Replaced
from suyuan.carbon.monitoring.lost.substitution import Substitute
from suyuan.carbon.monitoring.year.year import StackYear
from suyuan.carbon.words import word
from suyuan.quantity.finding import Finding
from suyuan.report.carbon.hours import missing_alert, reason_of, section_of, stack_fields
from suyuan.report.carbon.told import (
    Head,
    Paper,
    apart,
    count,
    facts,
    finding_fields,
    findings,
    heads,
    paper,
    rule_table,
    section,
    sentence,
    summed,
    term,
    tonnes,
    unknown,
)
from suyuan.report.figures.columns import Places
from suyuan.report.papers.document import Block, Cell, Number, Paragraph, Table, Word

UNIT_OF = {RATE: "t/h", "concentration": "1", "flow": "m³/h", "moisture": "%"}
"""What is replaced → the unit of its value."""
MOST_GAPS = 150
"""Gaps of a stack that a page prints; the workbook has all."""


@dataclass(frozen=True, slots=True)
class LostGap:
    """One gap of a target. first, last: hours of the year, inclusive; hours: running ones; mark: what took most of
    them; legal, best: t over the gap, NaN where there is none."""

    target: str
    first: int
    last: int
    hours: int
    mark: int
    made: Substitute
    legal: float
    best: float


def gaps_of_year(year: StackYear) -> tuple[LostGap, ...]:
    """The gaps of all targets, in the order of time."""
    found = [lost for target, one in year.made.legal.items() for lost in _of_target(year, target, one)]
    return tuple(sorted(found, key=lambda lost: (lost.first, lost.target)))


def _of_target(year: StackYear, target: str, replaced: Replaced) -> Iterator[LostGap]:
    running = year.made.running
    for made in replaced.made:
        part = slice(made.gap.start - replaced.ahead, made.gap.stop - replaced.ahead)
        place = running.place[part]
        marks, times = np.unique(running.reason[part], return_counts=True)
        legal, best = year.legal[place], year.best[place]
        yield LostGap(target, int(place[0]), int(place[-1]), len(place), int(marks[np.argmax(times)]), made,
                   float(legal.sum()), float(best.sum()))  # fmt: skip


def bias(year: StackYear) -> tuple[int, float, float]:
    """Lost running hours that have a legal value, their legal tonnes and their best tonnes.

    An hour that two targets lack counts once; one without any legal value is unknown and in no sum.
    """
    lost = (year.operating > 0.0) & np.isnan(year.value) & ~np.isnan(year.legal)
    return int(lost.sum()), float(year.legal[lost].sum()), float(year.best[lost].sum())


def substitution_log(head: Head, years: Sequence[StackYear], told: Sequence[Finding] = ()) -> Paper:
    """The log of stacks; the bias of the legal value is told first. told: findings, else those of the years."""
    sums = [bias(year) for year in years]
    hours, legal, best = sum(s[0] for s in sums), sum(s[1] for s in sums), sum(s[2] for s in sums)
    key = "lead.substituted" if hours else "lead.substituted.none"
    blocks: list[Block] = [Paragraph(term(key, hours=hours, legal=sentence(legal), best=summed(best, 0.0),
                                          apart=summed(apart(legal, best), 0.0, sign=True)), "lead"),
                           *missing_alert(years), Paragraph(term("text.bias"), "note")]  # fmt: skip
    for year, (lost, of_law, likely) in zip(years, sums, strict=True):
        blocks += [section_of(year), facts(("scheme", word("scheme", year.scheme)), ("lost", str(lost)))]
        blocks += [_sums(lost, of_law, likely)] if lost else []
        blocks += list(_tables(year)) if year.made.legal and gaps_of_year(year) else [Paragraph(term("text.no_gaps"))]
    rows = {str(row["id"]): row for year in years for row in year.used if "substitut" in str(row["name"])
            or row["id"] in year.rules_of_hours}  # fmt: skip
    told = told or [item for year in years for item in year.findings]
    blocks += [section("rules"), rule_table(list(rows.values())), *findings(told)]
    fields = {"unit_of_mass": "t", "lost": hours, "legal": legal, "best": best, "bias": legal - best,
              "findings": finding_fields(told),
              "stacks": [{**stack_fields(year), "gaps": [_fields(year, one) for one in gaps_of_year(year)]}
                         for year in years]}  # fmt: skip
    return paper(head, blocks, fields)


def _sums(hours: int, legal: float, best: float) -> Table:
    written = [*tonnes([legal, best]), *tonnes([apart(legal, best)], sign=True)]
    row: tuple[Cell, ...] = (count(hours), *written)
    return Table(term("table.lost"), heads("hours", "legal", "best", "apart"), (row,), "rrrr", (), "lost")


def _tables(year: StackYear) -> Iterator[Table]:
    """What a page has room for, and all of it for the workbook."""
    gaps = gaps_of_year(year)
    legal, best = tonnes([one.legal for one in gaps]), tonnes([one.best for one in gaps])
    bias_of = tonnes([apart(one.legal, one.best) for one in gaps], sign=True)
    rows = []
    for n, one in enumerate(gaps):
        ends = [year.calendar.told(hour)[:16].replace("T", "\u2007") for hour in (one.first, one.last)]
        rule, how, value, back = _how(one)
        rows.append((*ends, count(one.hours), reason_of(one.mark), term(f"target.{one.target}"), rule, how, value,
                     back, legal[n], best[n], bias_of[n]))  # fmt: skip
    names = ("from", "to", "hours", "reason", "target", "row", "how", "substitute", "looked_back", "legal", "best",
             "apart")  # fmt: skip
    shown = [names.index(name) for name in ("from", "hours", "reason", "row", "substitute", "legal", "best", "apart")]
    sides = "llrllllrrrrr"
    yield Table(term("table.gaps"), heads(*(names[n] for n in shown)),
                tuple(tuple(row[n] for n in shown) for row in rows), "".join(sides[n] for n in shown),
                (term("note.gaps"),), f"gaps {year.stack}", len(rows) > MOST_GAPS, "small")  # fmt: skip
    yield Table(term("table.gaps.all"), heads(*names), tuple(rows), sides, (term("note.gaps"),),
                f"gaps {year.stack} all", True)  # fmt: skip


def _how(one: LostGap) -> tuple[Cell, Cell, Cell, Cell]:
    made = one.made
    if not made.known:
        return "", Word(term("word.no_substitute"), "bad"), unknown(), count(made.looked_back)
    unit = UNIT_OF.get(one.target, "").removeprefix("1")
    value = Number(f"{digits(made.value)} {unit}".strip(), made.value)
    return made.rule, term(f"how.{made.how}"), value, count(made.looked_back)


def digits(value: float) -> str:
    """A substitute to five digits, without powers of ten.

    >>> digits(955_000.0), digits(505.66992), digits(0.121)
    ('955000', '505.67', '0.12100')
    """
    place = min(math.floor(math.log10(abs(value))) - 4, 0) if value and math.isfinite(value) else 0
    return Places(0, place).value(value).text


def _fields(year: StackYear, one: LostGap) -> dict[str, Any]:
    def known(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        "target": one.target, "from": year.calendar.told(one.first), "to": year.calendar.told(one.last),
        "hours": one.hours, "mark": one.mark, "row": one.made.rule, "how": one.made.how,
        "value": known(one.made.value), "unit": UNIT_OF.get(one.target, ""), "looked_back": one.made.looked_back,
        "legal": known(one.legal), "best": known(one.best),
    }  # fmt: skip
