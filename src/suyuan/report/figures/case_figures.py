"""The figures that suit a comparison case: from the case and its answer, a name and an SVG each.

Degrees of equivalence are drawn for every method that the case asks for, else for the first; what a kind has no figure
for is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.comparison.drift import Pilot as PilotOf
from suyuan.comparison.drift import drift as along_route
from suyuan.comparison.proficiency.robust import algorithm_a
from suyuan.quantity.finding import Refused, finding
from suyuan.report.comparison.round import term, word_or
from suyuan.report.comparison.shapes import density_of, duewer_of, naji_of
from suyuan.report.figures.density import Upright
from suyuan.report.figures.dress import Axis, italic
from suyuan.report.figures.drift import Pilot, Trend, Visits, drift_figure
from suyuan.report.figures.equivalence import (
    EquivalenceWords,
    Estimates,
    Line,
    Whiskers,
    equivalence_figure,
    references_figure,
)
from suyuan.report.figures.mandel import MandelWords, Statistic, mandel_figure
from suyuan.report.figures.pairwise import PairWords, pairwise_figure
from suyuan.report.figures.participants import Participants
from suyuan.report.figures.region import Ellipse
from suyuan.report.figures.scores import Rule, Scores, ScoreWords, scores_figure
from suyuan.report.figures.youden import YoudenWords, youden_figure
from suyuan.report.papers.document import Language, Text, plain
from suyuan.verbs.comparison.cases import FIELDS, read_key_comparison
from suyuan.verbs.comparison.form import Form
from suyuan.verbs.comparison.statistics import results_of

Floats = NDArray[Any]
Values = Mapping[str, Any]
Named = Iterator[tuple[str, str]]
COVERAGE = 2.0
"""Coverage factor of the degrees of equivalence of a case."""
MOST_PAIRS = 60
COURSE = 121
"""Points of the course of a drift."""
LIMITS: Mapping[str, tuple[float, float]] = {
    "En": (1.0, 1.0),
    "zeta": (3.0, 2.0),
    "z": (3.0, 2.0),
    "z_prime": (3.0, 2.0),
}
"""Score → from where on it is not satisfactory, and from where on questionable."""


def case_figures(case: Values, answer: Values, language: Language = "both") -> dict[str, str]:
    """The figures of a comparison case as SVG, by the names that their files bear.

    case: the document; answer: what `verbs.cases.answer` gives for it; language: of the words in the figures. Empty for
    a kind that has no figures. Raises Refused for a case that cannot be read, and for numbers beyond what can be drawn.
    """
    draw = KINDS.get(str(case.get("kind")))
    try:
        with np.errstate(all="ignore"):
            return {} if draw is None else dict(draw(case["input"], answer, _Said(language)))
    except (ValueError, ArithmeticError):  # figures refuse what is infinite: 10^308 and its negative are so far apart
        raise Refused(finding("comparison.case.undrawable", "/input")) from None


class _Said:
    """Words in one language or both."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str) -> str:
        return self.of(term(key))

    def of(self, text: Text) -> str:
        return plain(text, self.language)


def _key_comparison(body: Values, answer: Values, say: _Said) -> Named:
    case = read_key_comparison(Form(body, FIELDS))
    given, shown, unit = case.results, case.shown, str(body.get("unit") or "")
    labs, counts = tuple(given.labs[i] for i in shown), np.asarray(given.contributing[shown], bool)
    found = {name: row for name, row in answer.items() if isinstance(row, Mapping) and row.get("value") is not None}
    with_d = [name for name, row in found.items() if row.get("d")]
    for name in with_d if body.get("methods") else with_d[:1]:
        d, U = (_column(found[name][key]) for key in ("d", "U"))
        yield f"equivalence-{name}", _degrees(d, U, Participants(labs, counts, _beyond(d, U)), unit, say)
    if len(found) > 1:
        yield "references", _references(found, given.x, unit, say)
    if "pairwise" in answer and body.get("pairs") is None and 2 <= len(given.labs) <= MOST_PAIRS:
        yield from _pairs(given.labs, answer["pairwise"], say)
    value = next(iter(found.values()), None)
    everybody = Participants(given.labs, np.asarray(given.contributing, bool))
    lines = [] if value is None else [Upright(say("word.estimate"), float(value["value"]))]
    draw = density_of(given.x, everybody, Axis(italic("x"), unit), say, lines)
    yield from () if draw is None else [("density", draw("wide"))]
    if value is not None:
        d = given.x - float(value["value"])
        naji = naji_of(d, given.u, float(value["u"]) if value.get("u") is not None else np.nan, everybody, unit, say)
        for figure, made in (("naji", naji), ("duewer", duewer_of(d, given.u, everybody, say))):
            yield from () if made is None else [(figure, made("wide"))]


def _degrees(d: Floats, U: Floats, who: Participants, unit: str, say: _Said) -> str:
    words = EquivalenceWords(say("figure.contributing"), say("figure.excluded"), say("figure.pair.beyond_U"),
                             whisker=f"± {italic('U')}({italic('d')}ᵢ), {italic('k')} = {COVERAGE:g}",
                             beyond=say("figure.beyond"), unknown=say("figure.no_U_d"))  # fmt: skip
    axis = Axis(italic("d") + "ᵢ", unit)
    return equivalence_figure(Whiskers(d, U), who, Line(0.0, 0.0), axis, words, deviations=True)


def _references(found: Mapping[str, Values], x: Floats, unit: str, say: _Said) -> str:
    """Each method's value ± 2u, or its own 95 % interval where it gives one; without either, the value alone."""
    values = _column([row["value"] for row in found.values()])
    u = np.nan_to_num(_column([row.get("u") for row in found.values()]))
    ends = [_column([row.get(key) for row in found.values()]) for key in ("lo", "hi")]
    low = np.minimum(np.where(np.isnan(ends[0]), values - COVERAGE * u, ends[0]), values)
    high = np.maximum(np.where(np.isnan(ends[1]), values + COVERAGE * u, ends[1]), values)
    one: Language = "en" if say.language == "en" else "zh"
    names = tuple(plain(word_or(f"method.{name}", name), one) for name in found)
    estimates = Estimates(names, values, low, high)
    return references_figure(estimates, Axis(italic("x"), unit), x, ("", say("figure.strokes")))


def _pairs(labs: tuple[str, ...], found: Values, say: _Said) -> Named:
    """The square of pairs, where all have an uncertainty."""
    d, U = (np.array([_column(row) for row in found[key]]) for key in ("d", "U"))
    between = ~np.eye(len(labs), dtype=bool)
    if len(labs) > 1 and np.isfinite(d).all() and np.isfinite(U).all() and (U[between] > 0.0).all():
        words = PairWords(*(say(f"figure.pair.{key}") for key in ("close", "within", "beyond")))
        yield "pairwise", pairwise_figure(labs, d, U, words)


def _proficiency(body: Values, answer: Values, say: _Said) -> Named:
    form = Form(body, tuple(body))
    rows = form.table("data", ("lab", "value", "values", "unit"))
    labs = rows.labels()
    x = np.array([row.mean() for row in results_of(form, rows)])
    form.done()
    try:
        robust = algorithm_a(x)
    except Refused:
        return
    middle, s = float(robust.value), float(robust.s)
    z = (x - middle) / s if s > 0.0 else np.zeros_like(x)
    who = Participants(labs, failed=np.asarray(np.abs(z) >= 3.0))
    line = [Upright(say("figure.robust_mean"), middle)]
    draw = density_of(x, who, Axis(italic("x"), form.unit), say, line)
    if draw is not None:
        yield "density", draw("wide")
    scored = next((row["z"] for row in answer.values() if isinstance(row, Mapping) and "z" in row), None)
    if scored is None and s > 0.0:
        scored = z
    if scored is not None:
        yield "scores-z", _score("z", _column(scored), labs, say)


def _scores(body: Values, answer: Values, say: _Said) -> Named:
    labs = tuple(str(row["lab"]).strip() for row in body["data"])
    for name in LIMITS:
        values = _column(answer.get(name) or [])
        if values.size and np.isfinite(values).any():
            yield f"scores-{name}", _score(name, values, labs, say)


def _score(name: str, values: Floats, labs: tuple[str, ...], say: _Said) -> str:
    good, doubtful, bad = (say(f"verdict.{key}") for key in ("satisfactory", "questionable", "unsatisfactory"))
    words = ScoreWords(good, doubtful, bad, say("figure.missing"))
    limit, questionable = LIMITS[name]
    values = np.where(np.isinf(values), np.nan, values)
    return scores_figure([Scores("", values)], labs, Rule(term(f"symbol.{name}")["zh"], limit, questionable), words)


def _precision(body: Values, answer: Values, say: _Said) -> Named:
    limits = [answer.get(f"{name}_crit_{level}") for name in ("h", "k") for level in (5, 1)]
    if "h" not in answer or any(limit is None for limit in limits):
        return
    planes = [
        Statistic(italic(name), _column(answer[name])[None, :], _column([answer[f"{name}_crit_5"]]),
                  _column([answer[f"{name}_crit_1"]]))
        for name in ("h", "k")
    ]  # fmt: skip
    words = MandelWords(say("figure.usual"), *(say(f"figure.mandel.{key}") for key in ("5", "1", "line_5", "line_1")))
    labs = tuple(str(row["lab"]).strip() for row in body["data"])
    yield "mandel", mandel_figure(planes[0], planes[1], labs, ("",), words)


def _youden(body: Values, answer: Values, say: _Said) -> Named:
    x, y = (_column([row[key] for row in body["data"]]) for key in ("x", "y"))
    labs = tuple(str(row["lab"]).strip() for row in body["data"])
    ellipse = None
    if answer.get("ellipse"):
        half, angle = _column(answer["ellipse"]["half_axes"]), float(answer["ellipse"]["angle"])
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        ellipse = Ellipse(say("figure.ellipse"), _column(answer["ellipse"]["centre"]), turn * half**2 @ turn.T, 1.0)
    out = {str(lab).strip() for lab in answer.get("outside", ())}
    who = Participants(labs, failed=np.array([lab in out for lab in labs], bool))
    unit = str(body.get("unit") or "")
    axes = Axis(italic("x"), unit), Axis(italic("y"), unit)
    keys = ("figure.result", "figure.outside", "figure.medians", "figure.diagonal")
    yield "youden", youden_figure(x, y, who, ellipse, axes, YoudenWords(*(say(key) for key in keys)))


def _drift(body: Values, answer: Values, say: _Said) -> Named:
    form = Form(body, tuple(body))
    pilots = form.table("pilot", ("t", "value", "u", "unit"))
    t, own = pilots.numbers("t"), pilots.numbers("u", "positive", otherwise=np.nan)
    values, own = pilots.in_unit((pilots.numbers("value"), False), (own, True))
    rows = form.table("participants", ("lab", "t", "value", "u", "unit"))
    labs, days = rows.labels(), rows.numbers("t")
    x, u = rows.in_unit((rows.numbers("value"), False), (rows.numbers("u", "positive"), True))
    form.done()
    ends = np.append(t, days)
    at = np.linspace(ends.min(), ends.max(), COURSE)
    if not ends.min() < ends.max():
        return
    repeat = own if np.isfinite(own).all() else None
    pilot = PilotOf(t, values, float(body.get("u_pilot") or 0.0), repeat, answer.get("walk"))
    course = along_route(pilot, at, answer["model"], int(body.get("degree") or 1))
    band = COVERAGE * np.asarray(course.u_reference)
    trend = Trend(say(f"drift.short.{answer['model']}"), at, np.asarray(course.reference), band, say("figure.band"))
    failed = np.asarray(np.abs(_column(answer["En"])) > 1.0)
    visits = Visits(say("figure.result"), days, Participants(labs, failed=failed), x, COVERAGE * u)
    axes = Axis(italic("t")), Axis(italic("x"), form.unit)
    yield "drift", drift_figure(Pilot(say("word.pilot"), t, values), trend, visits, axes)


def _linking(body: Values, answer: Values, say: _Said) -> Named:
    form = Form(body, ("linking", "rmo_only"))
    rows = form.table("linking", ("lab", "d_cipm", "u_cipm", "y_rmo", "u_rmo", "r", "unit"))
    d, u = rows.in_unit((rows.numbers("d_cipm"), True), (rows.numbers("u_cipm", "positive"), True))
    labs = tuple(str(lab).strip() for lab in answer["pairs"]["labs"])
    d, U = np.append(d, _column(answer["d"])), np.append(COVERAGE * u, _column(answer["U"]))
    form.done()
    linked = np.arange(d.size) < len(rows)
    words = EquivalenceWords(say("word.linking"), say("figure.linked"), say("figure.pair.beyond_U"),
                             whisker=f"± {italic('U')}({italic('d')}ᵢ), {italic('k')} = {COVERAGE:g}",
                             beyond=say("figure.beyond"))  # fmt: skip
    axis = Axis(italic("d") + "ᵢ", form.unit)
    who = Participants(labs, linked, _beyond(d, U))
    yield "equivalence", equivalence_figure(Whiskers(d, U), who, Line(0.0, 0.0), axis, words, deviations=True)
    if len(labs) <= MOST_PAIRS:
        yield from _pairs(labs, answer["pairs"], say)


def _column(values: Any) -> Floats:
    """Numbers of an answer; null is not a number."""
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def _beyond(d: Floats, U: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.abs(d) > np.where(np.isnan(U), np.inf, U))


KINDS: Mapping[str, Callable[[Values, Values, _Said], Named]] = {
    "key_comparison": _key_comparison,
    "proficiency": _proficiency,
    "scores": _scores,
    "precision": _precision,
    "youden": _youden,
    "drift": _drift,
    "linking": _linking,
}
