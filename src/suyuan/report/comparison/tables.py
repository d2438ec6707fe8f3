"""The tables of a comparison report: results, reference values, degrees of equivalence, pairs, leave-one-out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.comparison.equivalence import Equivalence, pairwise
from suyuan.comparison.methods import WITH_TAU, WITHOUT_U
from suyuan.comparison.round.evaluation import Evaluation, Found
from suyuan.comparison.round.judge import Verdict
from suyuan.comparison.round.protocol import DecisionRule
from suyuan.comparison.round.report import Report
from suyuan.quantity.finding import LANGUAGES
from suyuan.quantity.notation import notate, number
from suyuan.report.comparison.round import Mark, Names, same, term, word_or
from suyuan.report.figures.columns import Places, score
from suyuan.report.figures.dress import italic
from suyuan.report.papers.document import Block, Cell, Facts, Findings, Number, Paragraph, Table, Text, Word

Array = NDArray[Any]
MARKS: dict[Verdict, Mark] = {
    "satisfactory": "good", "questionable": "warn", "unsatisfactory": "bad", "undetermined": "",
}  # fmt: skip
MATRIX = 12
"""Columns of a matrix of pairs beside each other on a page."""
X, D, U, K = italic("x"), italic("d"), italic("U"), italic("k")


def verdict(found: Found, i: int) -> Word:
    """The verdict on a laboratory; where it rests on something else than the score, what."""
    word: Verdict = found.judged.verdict[i]
    why = found.judged.why[i]
    text = term(f"verdict.{word}")
    if why not in ("", "score"):
        text = {one: f"{text[one]}{term('why.between')[one]}{term(f'why.{why}')[one]}" for one in LANGUAGES}
    return Word(text, MARKS[word])


def counted(e: Evaluation) -> Array:
    """Whose results are in the reference value: a method that weighs by u has none of those that state no u."""
    unknown = np.isnan(e.travelled.u)
    if not e.methods or e.methods[0].method in WITHOUT_U:
        unknown = np.zeros_like(unknown)
    return np.asarray(e.inputs.contributing & ~unknown, bool)


def contributes(e: Evaluation, i: int) -> Word:
    yes = bool(counted(e)[i])
    return Word(term("word.yes" if yes else "word.no"), "" if yes else "warn")


def measured(e: Evaluation, i: int) -> Cell:
    """The day of a result; of a pilot's repeated measurements the first and the last."""
    day, given = e.inputs.measured[i], e.inputs
    if day is None and given.labs[i] == given.pilot and given.pilot_days:
        return f"{given.pilot_days[0].isoformat()} … {given.pilot_days[-1].isoformat()}"
    return day.isoformat() if day else term("none.not_stated")


def order(e: Evaluation) -> list[int]:
    """Laboratories from the smallest value to the largest, as the figures have them."""
    return [int(i) for i in np.argsort(e.travelled.x, kind="stable")]


# ---------------------------------------------------------------- results and degrees of equivalence


def results(e: Evaluation, names: Names, note: Sequence[Text]) -> Table:
    """What each laboratory reported, from small to large, and beside it at one date where the standard drifted."""
    given, moved, unit = e.inputs, e.travelled, e.measurand.unit
    places = Places.of(given.U, given.value)
    drifted = moved.drift is not None
    heads = [term("word.laboratory"), places.head(X + "ᵢ", unit), places.head(f"{U}({X}ᵢ)", unit)]
    heads += [term("head.k"), term("head.dof")]
    heads += [places.head(f"{X}ᵢ′", unit)] if drifted else []
    heads += [term("word.measured"), term("word.contributes")]
    rows: list[tuple[Cell, ...]] = []
    for i in order(e):
        row: list[Cell] = [names.full(given.labs[i]), places.value(float(given.value[i]))]
        row += [_spread(places, float(given.U[i])), _k(float(given.k[i])), _dof(float(given.dof[i]))]
        row += [places.value(float(moved.x[i]))] if drifted else []
        row += [measured(e, i), contributes(e, i)]
        rows.append(tuple(row))
    notes = (*((term("note.drifted"),) if drifted else ()), *note)
    alignment = "lrrrr" + ("r" if drifted else "") + "ll"
    return Table(term("caption.results", name=e.measurand.name), tuple(heads), tuple(rows), alignment, notes,
                 f"results {e.measurand.id}")  # fmt: skip


def equivalence(e: Evaluation, rule: DecisionRule, names: Names, note: Sequence[Text]) -> Table:
    """Degree of equivalence, score and verdict of each laboratory, from small to large."""
    found, unit = e.methods[0], e.measurand.unit
    j = found.judged
    places = Places.of(j.U_d, j.d)
    away = abs(found.value) > 10.0 * found.U  # a share of a value near nil says nothing
    relative = away and rule.score != "D_percent" and np.isfinite(j.D_percent).all()
    percent = Places.of(np.abs(100.0 * j.U_d / found.value)) if relative else None
    heads = [term("word.laboratory"), places.head(f"{D}ᵢ", unit), places.head(f"{U}({D}ᵢ)", unit)]
    heads += [same(f"{D}ᵢ/{X}ᵣ / %")] if percent else []
    heads += [term(f"symbol.{rule.score}")]
    heads += [same(italic("ζ"))] if rule.score != "zeta" else []
    heads += [same(f"{U}/{U}ᵣ"), term("word.verdict")]
    rows: list[tuple[Cell, ...]] = []
    for i in order(e):
        row: list[Cell] = [names.full(e.labs[i]), places.value(float(j.d[i]), sign=True)]
        row += [_spread(places, float(j.U_d[i]), bool(np.isnan(e.travelled.u[i])))]
        row += [percent.value(float(j.D_percent[i]), sign=True)] if percent else []
        row += [_score(float(j.score[i]), rule.limit)]
        row += [_score(float(j.zeta[i]), math.inf)] if rule.score != "zeta" else []
        ratio = float(j.ratio[i])
        row += [Number(f"{ratio:.1f}", ratio) if math.isfinite(ratio) else term("none.not_applicable")]
        rows.append((*row, verdict(found, i)))
    caption = term("caption.equivalence", name=e.measurand.name, k=number(rule.coverage))
    return Table(caption, tuple(heads), tuple(rows), "l" + "r" * (len(heads) - 2) + "l", tuple(note),
                 f"equivalence {e.measurand.id}")  # fmt: skip


def linked(e: Evaluation, k: float, names: Names, note: Sequence[Text]) -> Iterator[Block]:
    """Degrees of equivalence with the comparison to which the round is linked; nothing where it is linked to none."""
    found, unit = e.linked, e.measurand.unit
    if found is None:
        return
    places = Places.of(found.U_d, found.d)
    heads = (term("word.laboratory"), places.head(f"{D}ᵢ", unit), places.head(f"{U}({D}ᵢ)", unit),
             term("word.linking"), term("word.weight"))  # fmt: skip
    rows = tuple(
        (
            names.full(e.labs[i]), places.value(float(found.d[i]), sign=True), _spread(places, float(found.U_d[i])),
            term("word.yes" if e.labs[i] in found.linking else "word.no"),
            Number(f"{w:.3f}".replace("-", "\u2212"), w) if math.isfinite(w := float(found.weights[i]))
            else term("none.not_applicable"),
        )
        for i in order(e)
    )  # fmt: skip
    shift = notate(found.correction, found.u, unit).concise
    said = term("note.linked", number=found.number, shift=shift)
    yield Table(term("caption.linked", name=e.measurand.name, number=found.number, k=number(k)), heads, rows, "lrrlr",
                (said, *note), f"linked {e.measurand.id}")  # fmt: skip
    if found.findings:
        yield Findings(found.findings)


def _score(value: float, limit: float) -> Cell:
    return term("none.not_applicable") if math.isnan(value) else score(value, limit)


def _spread(places: Places, U: float, own: bool = True) -> Cell:
    """own: what is missing is the laboratory's own statement, and not that of the reference value."""
    return term("none.not_stated" if own else "none.unknown") if math.isnan(U) else places.spread(U)


def _k(k: float) -> Cell:
    return Number(number(k, 4) or "", k) if math.isfinite(k) else term("none.not_stated")


def _dof(dof: float) -> Cell:
    return Number(number(dof, 3) or "", dof) if math.isfinite(dof) else same("∞")


def missing(e: Evaluation, names: Names) -> Iterator[Block]:
    """Who has no result and why; who does not count and why."""
    given = e.inputs
    rows: list[tuple[Cell, ...]] = [
        (names.full(code), term("missing.none"), word_or(f"missing.{why}", why)) for code, why in given.missing.items()
    ]
    for code, counts, why in zip(given.labs, counted(e), given.reasons, strict=True):
        if not counts:
            why = why or "no_uncertainty"
            rows.append((names.full(code), term("missing.out"), word_or(f"missing.{why}", why)))
    if rows:
        heads = (term("word.laboratory"), term("word.state"), term("word.reason"))
        yield Table(term("caption.missing", name=e.measurand.name), heads, tuple(rows), "lll",
                    sheet=f"missing {e.measurand.id}")  # fmt: skip


# ---------------------------------------------------------------- reference values


def reference(e: Evaluation, k: float) -> Facts:
    """The reference value with what stands behind it."""
    found, unit = e.methods[0], e.measurand.unit
    counts = int(np.sum(counted(e)))
    rows: list[tuple[Text, Cell]] = [
        (term("word.method"), word_or(f"method.{found.method}", found.method)),
        (term("fact.reference"), stated(found, unit, k)),
        (term("fact.contributors"), term("fact.of", counts=counts, n=e.inputs.n)),
        (term("fact.consistency"), consistency(found)),
    ]
    if found.method in WITH_TAU:
        rows.append((term("fact.tau"), same(f"{number(float(found.consensus.tau), 3)} {unit}")))
    if found.consensus.low is not None and found.consensus.high is not None:
        u = found.u
        low, high = (notate(float(v), u).value_text for v in (found.consensus.low, found.consensus.high))
        rows.append((term("fact.interval"), same(f"[{low}, {high}] {unit}")))
    return Facts(tuple(rows))


def stated(found: Found, unit: str, k: float) -> Text:
    """«(14.2 ± 6.3) nm, 𝑘 = 2»."""
    pair = notate(found.value, found.U, unit).pair
    return same(f"{pair}, {K} = {number(k)}")


def consistency(found: Found) -> Text:
    """χ² with degrees of freedom and probability, and whether the results agree within what they state."""
    if not math.isfinite(found.chi2) or found.dof < 1:
        return term("none.not_applicable")
    birge = math.sqrt(found.chi2 / found.dof)
    key = "fact.consistent" if found.p >= 0.05 else "fact.inconsistent"
    return term(key, chi2=number(found.chi2, 3), dof=found.dof, p=number(found.p, 2), birge=f"{birge:.2f}")


def beside(e: Evaluation, note: Sequence[Text]) -> Table:
    """All methods side by side: the protocol's first, then the others, and those that give nothing with why."""
    unit = e.measurand.unit
    places = Places.of([f.U for f in e.methods], [f.value for f in e.methods])
    heads = (
        term("word.method"), places.head(X + "ᵣ", unit), places.head(f"{U}({X}ᵣ)", unit), places.head("τ", unit),
        places.head("Δ", unit), same("χ²"), same(italic("ν")), term("head.bad"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for f in e.methods:
        bad = sum(v == "unsatisfactory" for v in f.judged.verdict)
        known = math.isfinite(f.chi2)
        rows.append((
            word_or(f"method.{f.method}", f.method), places.value(f.value), places.spread(f.U),
            places.value(float(f.consensus.tau)) if f.method in WITH_TAU else term("none.not_applicable"),
            places.value(f.value - e.methods[0].value, sign=True),
            Number(number(f.chi2, 3) or "", f.chi2) if known else term("none.not_applicable"),
            Number(str(f.dof), f.dof) if known else term("none.not_applicable"), Number(str(bad), bad),
        ))  # fmt: skip
    return Table(term("caption.beside", name=e.measurand.name), heads, tuple(rows), "lrrrrrrr",
                 (term("note.beside"), *note), f"methods {e.measurand.id}")  # fmt: skip


def weights(e: Evaluation, names: Names, note: Sequence[Text]) -> Table:
    """The weight of each laboratory in the reference value."""
    found = e.methods[0]
    w = np.asarray(found.consensus.weights, float)
    rows = tuple(
        (names.full(e.labs[i]), Number(f"{w[i]:.3f}".replace("-", "\u2212"), float(w[i])), contributes(e, i))
        for i in sorted(range(len(e.labs)), key=lambda i: -w[i])
    )
    heads = (term("word.laboratory"), term("word.weight"), term("word.contributes"))
    return Table(term("caption.weights", name=e.measurand.name), heads, rows, "lrl", tuple(note),
                 f"weights {e.measurand.id}")  # fmt: skip


def leave_one_out(e: Evaluation, names: Names, note: Sequence[Text]) -> Iterator[Block]:
    """The reference value without each contributor in turn, the largest change first."""
    found = e.methods[0]
    if found.left_value is None or found.left_u is None:
        yield Paragraph(term("text.no_leave_one_out", name=e.measurand.name))
        return
    k = found.U / found.u if found.u else 2.0
    change = found.left_value - found.value
    known = np.flatnonzero(np.isfinite(change))
    places = Places.of(k * found.left_u[known], found.left_value[known])
    fine = Places(places.power, places.place - 1)
    rows = tuple(
        (
            names.full(e.labs[i]),
            fine.value(float(found.left_value[i])),
            fine.spread(float(k * found.left_u[i])),
            fine.value(float(change[i]), sign=True),
            Number(f"{abs(change[i]) / found.U:.2f}", float(abs(change[i]) / found.U)),
        )
        for i in sorted(known, key=lambda i: -abs(change[i]))
    )
    unit = e.measurand.unit
    heads = (term("word.without"), places.head(X + "ᵣ", unit), places.head(f"{U}({X}ᵣ)", unit),
             places.head("Δ", unit), same(f"|Δ|/{U}({X}ᵣ)"))  # fmt: skip
    yield Table(term("caption.leave_one_out", name=e.measurand.name), heads, rows, "lrrrr", tuple(note),
                f"leave-one-out {e.measurand.id}")  # fmt: skip


# ---------------------------------------------------------------- matrices


@dataclass(frozen=True, slots=True)
class Paired:
    """Differences between laboratories. labs: those that state an uncertainty; without: those that do not."""

    labs: tuple[str, ...]
    found: Equivalence
    without: tuple[str, ...] = ()


def paired(e: Evaluation, k: float) -> Paired | None:
    """The pairs of a measurand: as evaluated, or, where some state no uncertainty, of the others among themselves; None
    where there are fewer than two."""
    unknown = np.isnan(e.travelled.u)
    if e.pairs is not None:
        return Paired(e.labs, e.pairs)
    if not unknown.any() or (~unknown).sum() < 2:
        return None
    moved, known = e.travelled, np.flatnonzero(~unknown)
    shared = None if moved.covariance is None else moved.covariance[np.ix_(known, known)]
    labs, without = (tuple(e.labs[i] for i in np.flatnonzero(part)) for part in (~unknown, unknown))
    return Paired(labs, pairwise(moved.x[known], moved.u[known], shared, k), without)


def pairs(e: Evaluation, found: Paired, note: Sequence[Text]) -> Iterator[Table]:
    """d of row and column above the diagonal, its U below, as many columns beside each other as a page takes."""
    n = len(found.labs)
    upper = np.triu_indices(n, 1)
    places = Places.of(found.found.U[upper], found.found.d[upper])
    for start in range(0, n, MATRIX):
        part = range(start, min(n, start + MATRIX))
        yield _matrix(e, found, places, part, note)


def pairs_sheet(e: Evaluation, found: Paired, note: Sequence[Text]) -> Table:
    """The whole matrix for a workbook: as numbers, whatever its size."""
    return _matrix(e, found, Places.of(found.found.U, found.found.d), range(len(found.labs)), note, True)


def _matrix(
    e: Evaluation, found: Paired, places: Places, part: range, note: Sequence[Text], sheet: bool = False
) -> Table:
    unit = e.measurand.unit
    d, spread = found.found.d.tolist(), found.found.U.tolist()
    rows: list[tuple[Cell, ...]] = []
    for i, lab in enumerate(found.labs):
        cells: list[Cell] = [lab]
        for j in part:
            if i == j:
                cells.append(Number("0", 0.0))
            elif sheet:
                cells.append(Number("", d[i][j] if i < j else spread[i][j]))
            elif i < j:
                bad = abs(d[i][j]) > spread[i][j]
                cells.append(places.value(d[i][j], sign=True, bad=bad))
            else:
                cells.append(places.spread(spread[i][j]))
        rows.append(tuple(cells))
    scale = "" if sheet else f"10{str(places.power).translate(_HIGH)} " if places.power else ""
    caption = term("caption.pairs", name=e.measurand.name, unit=f"{scale}{unit}", k=number(found.found.k))
    heads = (term("word.laboratory"), *(same(found.labs[j]) for j in part))
    return Table(caption, heads, tuple(rows), "l" + "r" * len(part), tuple(note), f"pairs {e.measurand.id}", sheet,
                 "small")  # fmt: skip


_HIGH = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def uncounted(report: Report) -> tuple[Findings, ...]:
    """Standards that several members declare and that could not be counted."""
    told = tuple(f for f in report.findings if f.code == "comparison.round.uncounted")
    return (Findings(told),) if told else ()


def correlations(e: Evaluation, names: Names, note: Sequence[Text]) -> Iterator[Block]:
    """Who is correlated with whom, and through which certificates."""
    if not e.inputs.shared:
        yield Paragraph(term("text.independent", name=e.measurand.name))
        return
    heads = (term("word.laboratory"), term("word.laboratory"), same(italic("r")), term("word.through"))
    hidden = term("none.blind")
    rows = tuple(
        (
            names.full(s.first),
            names.full(s.second),
            Number(f"{s.r:.3f}".replace("-", "\u2212"), s.r),
            hidden if names.blind else same("; ".join(s.through)),
        )
        for s in e.inputs.shared
    )
    yield Table(term("caption.correlations", name=e.measurand.name), heads, rows, "llrl", tuple(note),
                f"correlations {e.measurand.id}")  # fmt: skip
