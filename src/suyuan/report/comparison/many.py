"""The tables of a comparison of many measurands: a row each, what needs a person in full, the rest in the workbook."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from suyuan.comparison.methods import WITH_TAU
from suyuan.comparison.round.evaluation import Evaluation
from suyuan.comparison.round.protocol import DecisionRule
from suyuan.quantity.notation import notate, number
from suyuan.report.comparison.appendix import on_paper
from suyuan.report.comparison.round import Names, same, term, word_or
from suyuan.report.comparison.tables import D, U, X, contributes, counted, measured, verdict
from suyuan.report.figures.columns import score
from suyuan.report.figures.dress import italic
from suyuan.report.papers.document import Block, Cell, Number, Table, Text

ATTENTION = 60
"""Results and findings that paper lists one by one, the worst first."""


def _measured(value: float, spread: float, *, sign: bool = False) -> tuple[Cell, Cell]:
    """A value and its uncertainty in columns of mixed units."""
    if not math.isfinite(value) or not math.isfinite(spread):
        unknown = term("none.unknown")
        return (Number(number(value, 4) or "", value) if math.isfinite(value) else unknown), unknown
    written = notate(value, spread, sign=sign)
    return Number(written.value_text or "", value), Number(written.uncertainty_text or "0", spread)


def references(judged: Sequence[Evaluation], k: float, note: Sequence[Text]) -> Table:
    """One row a measurand: reference value, consistency, who counts, how many are not satisfactory."""
    heads = (
        term("word.measurand"), term("word.unit"), same(X + "ᵣ"), same(f"{U}({X}ᵣ)"), same(italic("τ")), same("χ²"),
        same(italic("ν")), same(italic("P")), term("word.contributes"), term("head.bad"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for e in judged:
        found = e.methods[0]
        counts, bad = int(counted(e).sum()), sum(v == "unsatisfactory" for v in found.judged.verdict)
        known, tau = math.isfinite(found.chi2), float(found.consensus.tau)
        none: Cell = term("none.not_applicable")
        rows.append((
            e.measurand.id, e.measurand.unit, *_measured(found.value, found.U),
            Number(number(tau, 2) or "", tau) if found.method in WITH_TAU else none,
            Number(number(found.chi2, 3) or "", found.chi2) if known else none,
            Number(str(found.dof), found.dof) if known else none,
            Number(number(found.p, 2) or "", found.p, "bad" if found.p < 0.05 else "") if known else none,
            Number(f"{counts}/{e.inputs.n}"), Number(str(bad), bad, "bad" if bad else ""),
        ))  # fmt: skip
    return Table(term("caption.references", k=number(k)), heads, tuple(rows), "llrrrrrrrr", tuple(note), "references")


def results(evaluations: Sequence[Evaluation], names: Names, note: Sequence[Text]) -> Table:
    """Every result of every measurand."""
    rows: list[tuple[Cell, ...]] = []
    for e in evaluations:
        given = e.inputs
        for i, lab in enumerate(given.labs):
            pair = _measured(float(given.value[i]), float(given.U[i]))
            u = Number(number(float(given.u[i]), 3) or "", float(given.u[i]))
            rows.append(
                (e.measurand.id, names.full(lab), *pair, u, e.measurand.unit, measured(e, i), contributes(e, i))
            )
    heads = (
        term("word.measurand"), term("word.laboratory"), same(X + "ᵢ"), same(f"{U}({X}ᵢ)"),
        same(f"{italic('u')}({X}ᵢ)"), term("word.unit"), term("word.measured"), term("word.contributes"),
    )  # fmt: skip
    return on_paper(Table(term("caption.all_results"), heads, tuple(rows), "llrrrlll", tuple(note), "results"))


def _judged(e: Evaluation, i: int, rule: DecisionRule, names: Names) -> tuple[Cell, ...]:
    j = e.methods[0].judged
    value = float(j.score[i])
    none: Cell = term("none.not_applicable")
    return (
        e.measurand.id, names.full(e.labs[i]), *_measured(float(j.d[i]), float(j.U_d[i]), sign=True), e.measurand.unit,
        score(value, rule.limit) if math.isfinite(value) else none, verdict(e.methods[0], i),
    )  # fmt: skip


def _heads(rule: DecisionRule) -> tuple[Text, ...]:
    return (term("word.measurand"), term("word.laboratory"), same(D + "ᵢ"), same(f"{U}({D}ᵢ)"), term("word.unit"),
            term(f"symbol.{rule.score}"), term("word.verdict"))  # fmt: skip


def attention(judged: Sequence[Evaluation], rule: DecisionRule, names: Names, note: Sequence[Text]) -> Iterator[Block]:
    """What is not satisfactory, the worst first, and how many of how many are listed."""
    found = [
        (abs(float(e.methods[0].judged.score[i])), e, i)
        for e in judged
        for i, v in enumerate(e.methods[0].judged.verdict)
        if v in ("unsatisfactory", "questionable")
    ]
    if not found:
        return
    found.sort(key=lambda row: -row[0] if math.isfinite(row[0]) else 0.0)
    rows = tuple(_judged(e, i, rule, names) for _, e, i in found[:ATTENTION])
    caption = term("caption.attention", symbol=term(f"symbol.{rule.score}"), n=len(found), shown=len(rows))
    yield Table(caption, _heads(rule), rows, "llrrlrl", tuple(note), "attention")


def equivalence(judged: Sequence[Evaluation], rule: DecisionRule, names: Names, note: Sequence[Text]) -> Table:
    """Every degree of equivalence of every measurand."""
    rows = tuple(_judged(e, i, rule, names) for e in judged for i in range(len(e.labs)))
    caption = term("caption.all_equivalence", k=number(rule.coverage))
    return on_paper(Table(caption, _heads(rule), rows, "llrrlrl", tuple(note), "equivalence"))


def missing(evaluations: Sequence[Evaluation], names: Names) -> Iterator[Block]:
    """Everybody without a result, or whose result does not count, with why."""
    rows: list[tuple[Cell, ...]] = []
    for e in evaluations:
        given = e.inputs
        rows += [
            (e.measurand.id, names.full(code), term("missing.none"), word_or(f"missing.{why}", why))
            for code, why in given.missing.items()
        ]
        rows += [
            (e.measurand.id, names.full(lab), term("missing.out"), word_or(f"missing.{why or 'no_uncertainty'}", why))
            for lab, counts, why in zip(given.labs, counted(e), given.reasons, strict=True)
            if not counts
        ]
    if rows:
        heads = (term("word.measurand"), term("word.laboratory"), term("word.state"), term("word.reason"))
        yield on_paper(Table(term("caption.all_missing"), heads, tuple(rows), "llll", sheet="missing"))


def leave_one_out(judged: Sequence[Evaluation], names: Names, note: Sequence[Text]) -> Table:
    """One row a measurand: whose absence moves the reference value most, and by how much of its uncertainty."""
    rows: list[tuple[Cell, ...]] = []
    for e in judged:
        found = e.methods[0]
        change = np.full(1, np.nan) if found.left_value is None else found.left_value - found.value
        if not np.isfinite(change).any():
            rows.append((e.measurand.id, *(term("none.not_applicable"),) * 4))
            continue
        i = int(np.nanargmax(np.abs(change)))
        share = abs(float(change[i])) / found.U if found.U else math.inf
        moved = Number(number(float(change[i]), 3, sign=True) or "", float(change[i]))
        rows.append((e.measurand.id, names.full(e.labs[i]), moved, e.measurand.unit,
                     Number(f"{share:.2f}", share)))  # fmt: skip
    heads = (term("word.measurand"), term("word.without"), same("Δ"), term("word.unit"), same(f"|Δ|/{U}({X}ᵣ)"))
    return Table(term("caption.all_left_out"), heads, tuple(rows), "llrlr", tuple(note), "leave-one-out")


def drift(modelled: Sequence[Evaluation], note: Sequence[Text]) -> Table:
    """The model of drift of each measurand: change along the route, and how sure it is."""
    heads = (term("word.measurand"), term("word.method"), term("head.change"), term("head.u_change"),
             term("word.unit"), term("head.residual"), same(italic("ν")), same(italic("P")))  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for e in modelled:
        d = e.travelled.drift
        assert d is not None
        u = np.sqrt(np.diagonal(np.atleast_2d(d.change_covariance)))
        i = int(np.argmax(np.abs(d.change))) if d.change.size else 0
        none: Cell = term("none.not_applicable")
        dof = float(d.dof)
        rows.append((
            e.measurand.id, term(f"drift.short.{d.model}"),
            *(_measured(float(d.change[i]), float(u[i]), sign=True) if d.change.size else (none, none)),
            e.measurand.unit,
            none if d.residual_sd is None else Number(number(d.residual_sd, 2) or "", d.residual_sd),
            Number(number(dof, 3) or "", dof) if math.isfinite(dof) else same("∞"),
            none if d.p is None else Number(number(d.p, 2) or "", d.p),
        ))  # fmt: skip
    return Table(term("caption.drift"), heads, tuple(rows), "llrrlrrr", tuple(note), "drift")
