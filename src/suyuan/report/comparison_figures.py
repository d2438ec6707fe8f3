"""The figures of a comparison report, each with its caption and with the finding that it shows in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import LANGUAGES
from suyuan.report.comparison_round import term
from suyuan.report.document import Figure, Language, Text, plain
from suyuan.report.dress import Axis, Size, italic
from suyuan.report.equivalence import (
    EquivalenceWords,
    Estimates,
    Line,
    Whiskers,
    equivalence_figure,
    references_figure,
)
from suyuan.report.pairwise import PairWords, pairwise_figure
from suyuan.report.participants import Participants
from suyuan.report.scores import Rule, Scores, ScoreWords, scores_figure

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SIZES: tuple[Size, Size] = ("wide", "narrow")
MOST_PLANES = 12
"""Measurands that one figure of scores takes."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a figure of one measurand shows. name: of the measurand; labs: (n,) codes; x, U, d, Ud: (n,) results and
    degrees of equivalence with their expanded uncertainties; contributing, failed: (n,); value, U_value: the reference
    value; dark: (n,) k·√(u² + τ²), None where there is no uncertainty between laboratories."""

    name: Text
    unit: str
    labs: tuple[str, ...]
    x: Floats
    U: Floats
    d: Floats
    Ud: Floats
    contributing: Bools
    failed: Bools
    value: float
    U_value: float
    dark: Floats | None = None


def _word(key: str, language: Language) -> str:
    return plain(term(key), language)


def _verdicts(failed: Bools, labs: Sequence[str]) -> Text:
    """Who is not satisfactory, in words."""
    n, out = len(labs), [lab for lab, bad in zip(labs, failed, strict=True) if bad]
    if not out:
        return term("alt.all", n=n)
    return term("alt.some", n=n, bad=len(out), names=", ".join(out[:12]) + ("…" if len(out) > 12 else ""))


def results_figure(shown: Shown, k: float, language: Language) -> Figure:
    """Results with the reference value and its band: the summary graph of one measurand."""
    words = EquivalenceWords(
        _word("figure.contributing", language),
        _word("figure.excluded", language),
        _word("verdict.unsatisfactory", language),
        whisker=f"{_word('figure.whisker', language)} {italic('k')} = {k:g}",
        dark=_word("figure.dark", language) if shown.dark is not None else "",
        band=_word("figure.band", language),
    )
    people = Participants(shown.labs, shown.contributing, shown.failed)
    whiskers = Whiskers(shown.x, shown.U, shown.dark)
    line = Line(shown.value, shown.U_value)
    axis = Axis(italic("x"), shown.unit)
    wide, narrow = (equivalence_figure(whiskers, people, line, axis, words, size) for size in SIZES)
    alternative = _verdicts(shown.failed, shown.labs)
    return Figure(wide, term("figure.results", name=shown.name, k=f"{k:g}"), alternative, narrow)


def deviations_figure(shown: Shown, k: float, language: Language) -> Figure:
    """Degrees of equivalence about zero."""
    words = EquivalenceWords(
        _word("figure.contributing", language),
        _word("figure.excluded", language),
        _word("verdict.unsatisfactory", language),
        whisker=f"{italic('U')}({italic('d')}ᵢ), {italic('k')} = {k:g}",
    )
    people = Participants(shown.labs, shown.contributing, shown.failed)
    axis = Axis(italic("d") + "ᵢ", shown.unit)
    whiskers, line = Whiskers(shown.d, shown.Ud), Line(0.0, 0.0)
    wide, narrow = (equivalence_figure(whiskers, people, line, axis, words, size, deviations=True) for size in SIZES)
    alternative = _verdicts(shown.failed, shown.labs)
    return Figure(wide, term("figure.equivalence", name=shown.name, k=f"{k:g}"), alternative, narrow)


def references(names: Sequence[Text], shown: Shown, values: Floats, U: Floats, language: Language) -> Figure:
    """The reference value by the protocol's method, which is the first, and by those beside it."""
    said = tuple(plain(name, "en" if language == "en" else "zh") for name in names)
    estimates = Estimates(said, values, values - U, values + U, 0)
    labels = (_word("figure.band", language), _word("figure.strokes", language))
    axis = Axis(italic("x"), shown.unit)
    wide, narrow = (references_figure(estimates, axis, shown.x, labels, size) for size in SIZES)
    spread = float(np.ptp(values))
    alternative = term("alt.references", n=len(names), spread=f"{spread:.3g} {shown.unit}")
    return Figure(wide, term("figure.references", name=shown.name), alternative, narrow)


def pairs(shown: Shown, d: Floats, U: Floats, language: Language) -> Figure:
    """All pairs as a square of fields."""
    words = PairWords(*(_word(f"figure.pair.{key}", language) for key in ("close", "within", "beyond")))
    wide, narrow = (pairwise_figure(shown.labs, d, U, words, size) for size in SIZES)
    upper = np.triu_indices(len(shown.labs), 1)
    beyond = int(np.sum(np.abs(d[upper]) > U[upper]))
    alternative = term("alt.pairs", n=upper[0].size, beyond=beyond)
    return Figure(wide, term("figure.pairs", name=shown.name), alternative, narrow)


def score_columns(
    names: Sequence[str], values: Sequence[Floats], labs: tuple[str, ...], rule: Rule, language: Language
) -> tuple[Figure, ...]:
    """Scores as columns, at most so many measurands a figure as it takes."""
    keys = ("satisfactory", "questionable", "unsatisfactory")
    words = ScoreWords(*(_word(f"verdict.{key}", language) for key in keys), missing=_word("figure.missing", language))
    made = []
    for start in range(0, len(names), MOST_PLANES):
        part = slice(start, start + MOST_PLANES)
        planes = [Scores(n, v) for n, v in zip(names[part], values[part], strict=True) if np.isfinite(v).any()]
        if not planes:
            continue
        wide, narrow = (scores_figure(planes, labs, rule, words, size) for size in SIZES)
        bad = sum(int(np.sum(np.abs(p.values) > rule.limit)) for p in planes)
        every = sum(int(np.isfinite(p.values).sum()) for p in planes)
        which = ", ".join(p.name for p in planes)
        caption = term("figure.scores", name=dict.fromkeys(LANGUAGES, which), limit=f"{rule.limit:g}", symbol=rule.name)
        made.append(Figure(wide, caption, term("alt.scores", n=every, bad=bad), narrow))
    return tuple(made)
