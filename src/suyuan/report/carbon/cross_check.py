"""The cross-check of monitoring against calculation: what differs, what both hang on, what agreement is worth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from suyuan.carbon.claim.check import Check, row
from suyuan.carbon.claim.claim import MONTHS, Claim
from suyuan.carbon.words import influence
from suyuan.quantity.finding import sentences
from suyuan.quantity.quantity import Quantity
from suyuan.report.carbon.told import (
    COVERAGE,
    Head,
    Paper,
    certificate,
    estimate,
    facts,
    findings,
    heads,
    number,
    paper,
    relative,
    say,
    section,
    sentence,
    term,
    two,
    unknown,
    with_u,
)
from suyuan.report.figures.carbon.months import Months, months_figure
from suyuan.report.figures.dress import Axis
from suyuan.report.papers.document import Block, Facts, Language, Number, Paragraph, Table, Text, Word

CALCULATED = (2, 3)
"""Columns of the calculated tonnes and their U, after the month."""
VERDICTS = {"agree": "good", "agree, unconfirmed": "warn", "differ": "bad"}


def cross_check_paper(
    claim: Claim, check: Check, pair: tuple[Quantity, Quantity], issued: date, language: Language = "both"
) -> Paper:  # fmt: skip
    """The cross-check of a claim.

    pair: monitored and calculated tonnes, scalars or by month (12,); with months there is a figure of them.
    """
    whole = np.array([month not in check.left_out for month in range(1, MONTHS + 1)], float)
    sums = [(one * whole).sum() if one.size == MONTHS else one.sum() if one.size > 1 else one for one in pair]
    leasts = [any(part.least for part in claim.parts if part.kind == kind) for kind in ("monitoring", "combustion")]
    blocks: list[Block] = [Paragraph(said(check), "lead"), section("totals"), _totals(sums[0], sums[1], check, leasts)]
    blocks += [check_facts(check), Paragraph(term("text.check"), "note")]
    if pair[0].size == MONTHS == pair[1].size:
        blocks += _months(pair, claim, check.left_out, language)
    blocks += [section("common"), *_common(check), *findings(check.findings[1:])]  # the lead is the first
    fields = {
        "scheme": claim.scheme, "unit_of_mass": "t",
        "monitored": {"value": float(sums[0].value), "u": float(sums[0].u)},
        "calculated": {"value": float(sums[1].value), "u": float(sums[1].u)}, **check_fields(check),
    }  # fmt: skip
    return paper(Head.of("cross-check", claim, issued), blocks, fields)


def said(check: Check) -> Text:
    """What a cross-check says, in the words that pages and the terminal have."""
    ends = {"zh": "。", "en": "."}
    return {language: sentences(check.sentence, language)["what"] + end for language, end in ends.items()}


def check_facts(check: Check) -> Facts:
    """A cross-check in short: difference, ζ, En, correlation, what it would not see, verdict."""
    U, least = COVERAGE * check.u_difference, "≥ " if check.least else ""
    verdict = Word(term("verdict." + check.verdict.replace(", ", "_")), VERDICTS[check.verdict])  # type: ignore[arg-type]
    return facts(
        ("difference", f"{estimate(check.difference, U, check.least)} (k = {COVERAGE:g})"),
        ("zeta", _signed(check.zeta)), ("En", _signed(check.En)), ("correlation", f"{check.correlation:.3f}"),
        ("seen", f"{least}{sentence(check.seen, check.seen)} t ({100.0 * check.seen_share:.1f} %)"),
        ("measured", None if check.measured is None else f"{100.0 * check.measured:.1f} %"),
        ("limit", term("text.limits", agreement=f"{row('agreement'):g}", dependent=f"{row('dependent'):g}",
                       material=sentence(check.material, check.material), row=str(check.material_row["id"]),
                       measured=f"{100.0 * row('measured'):g}")),
        ("verdict", verdict),
    )  # fmt: skip


def check_fields(check: Check) -> dict[str, Any]:
    """A cross-check as data."""
    return {
        "difference": check.difference, "u_difference": check.u_difference, "u_is_least": check.least,
        "covariance": check.covariance, "correlation": check.correlation, "zeta": check.zeta, "En": check.En,
        "verdict": check.verdict, "seen": check.seen, "seen_share": check.seen_share, "material": check.material,
        "material_row": check.material_row["id"], "measured": check.measured, "doubts": list(check.doubts),
        "left_out": list(check.left_out),
        "common": [{"label": c.label, "source": str(c.source), "monitored": c.monitored, "calculated": c.calculated,
                    "covariance": c.covariance} for c in check.common],
    }  # fmt: skip


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\u2212")


def _totals(monitored: Quantity, calculated: Quantity, check: Check, leasts: Sequence[bool]) -> Table:
    values = [float(monitored.value), float(calculated.value), check.difference]
    U = [COVERAGE * float(monitored.u), COVERAGE * float(calculated.u), COVERAGE * check.u_difference]
    least = [*leasts, any(leasts)]
    best, spread = with_u(values, U, least)
    names = ("word.monitored", "word.calculated", "word.difference")
    rows = tuple((term(name), best[n], spread[n], relative(U[n], values[1], least[n])) for n, name in enumerate(names))
    return Table(term("table.totals"), heads("total", "best", "U", "U_of_calculated"), rows, "lrrr",
                 (term("note.covariance"),), "totals")  # fmt: skip


def _months(pair: tuple[Quantity, Quantity], claim: Claim, left_out: Sequence[int], language: Language) -> list[Block]:
    """Both by month; of a month that is not compared the monitored tonnes are unknown."""
    values = [np.asarray(one.value, float) for one in pair]
    U = [COVERAGE * np.asarray(one.u, float) for one in pair]
    apart = pair[0] - pair[1]
    names = ("word.monitored", "word.calculated")
    series = tuple(Months(say(name, language), values[n], U[n]) for n, name in enumerate(names))
    numbers = tuple(range(1, MONTHS + 1))
    axis = Axis(say("figure.emission", language), "t")
    worst = int(np.argmax(np.abs(values[0] - values[1])))
    label = term("alt.check", month=worst + 1, apart=sentence(float(values[0][worst] - values[1][worst]), sign=True))
    figure = two(lambda size: months_figure(numbers, series, axis, say("head.month", language), size),
                 term("figure.check"), label)  # fmt: skip
    least = [[any(part.least_in(month) for part in claim.parts if part.kind == kind) for month in numbers]
             for kind in ("monitoring", "combustion")]  # fmt: skip
    columns = [cells for n in range(2) for cells in with_u(values[n].tolist(), U[n].tolist(), least[n])]
    columns += with_u(np.asarray(apart.value).tolist(), (COVERAGE * np.asarray(apart.u)).tolist(),
                      [a or b for a, b in zip(*least, strict=True)], True)  # fmt: skip
    rows = tuple(
        (Number(str(n), float(n)), *(unknown() if n in left_out and at not in CALCULATED else cell
                                     for at, cell in enumerate(cells)))
        for n, *cells in zip(numbers, *columns, strict=True)
    )  # fmt: skip
    table = Table(term("table.check"), heads("month", "monitored", "U", "calculated", "U", "difference", "U"), rows,
                  "rrrrrrr", (), "months")  # fmt: skip
    return [section("months"), figure, table]


def _common(check: Check) -> list[Block]:
    if not check.common:
        return [Paragraph(term("text.nothing_common"))]
    mine, other = (with_u([1.0] * len(check.common), [abs(getattr(c, side)) for c in check.common])[1]
                   for side in ("monitored", "calculated"))  # fmt: skip
    rows = tuple(
        (influence(c.label), certificate(c.source), mine[n], other[n],
         number(100 * c.covariance / check.covariance, 1) if check.covariance else Number("0", 0.0))
        for n, c in enumerate(check.common)
    )  # fmt: skip
    columns = heads("influence", "certificate", "u_monitored", "u_calculated", "covariance")
    return [Table(term("table.common"), columns, rows, "llrrr", (term("note.common"),), "common")]
