"""Results of a round as its viewers may see them: a figure with its table a measurand, and the answer in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from suyuan.comparison.methods import WITH_TAU
from suyuan.comparison.round.evaluation import Evaluation, Found
from suyuan.report.papers.words import table
from suyuan.site.acts.rounds.one import Seen
from suyuan.site.acts.rounds.results import shown
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.parts.number import digits, quantity_html
from suyuan.site.web.parts.sentence import count, counted
from suyuan.site.web.parts.text import day_text, pick, text_html, unbroken
from suyuan.site.web.rounds.facts import called, decimals, fixed, method_word, plainly, short_name, unit_text
from suyuan.site.web.rounds.figures import drifted

STATES = {
    "satisfactory": ("satisfactory", ""), "questionable": ("undecided", ""), "unsatisfactory": ("unsatisfactory", ""),
    "undetermined": ("unknown", "mute"),
}  # fmt: skip


NAMED = 3
"""So many results that are not satisfactory are named in the sentence; the table has all."""


def results(view: Seen) -> list[dict[str, Any]]:
    """Every measurand by the protocol's method; those beside it, and pairs, for the report."""
    report = shown(view)
    if report is None:
        return []
    return [_measurand(view, e) | {"drift": drifted(view, e)} for e in report.evaluations]


def _measurand(view: Seen, e: Evaluation) -> dict[str, Any]:
    found = e.methods[0] if e.methods else None
    row: dict[str, Any] = {
        "id": e.measurand.id,
        "name": text_html(e.measurand.name),
        "nominal": e.measurand.nominal,
        "unit": unit_text(e.measurand.unit),
        "missing": [
            {"name": called(view, code), "why": f"comparison.missing.{why}"} for code, why in e.inputs.missing.items()
        ],
        "findings": (*e.findings, *(f for told in e.refused.values() for f in told)),
        "rows": [],
        "evaluation": e,
        "found": found,
        "digest": e.digest,
        "score": score_symbol(view),
        "moved": e.travelled.drift is not None,
        "meaning": _meaning(view, e),
        "out": [
            {"name": called(view, code), "reason": why}
            for code, counts, why in zip(e.labs, e.inputs.contributing, e.inputs.reasons, strict=True)
            if not counts and why
        ],
    }
    if found is None:
        return row
    row |= {"rows": _rows(view, e, found), "note": _note(view, e, found), "label": _label(view, e, found)}
    failed = tuple(v == "unsatisfactory" for v in found.judged.verdict)
    if e.inputs.n > 1:
        mine = e.labs.index(view.me) if view.me in e.labs else None
        names = tuple(short_name(view, lab) for lab in e.labs)
        key = (names, tuple(map(float, found.judged.d)), tuple(map(float, found.judged.U_d)),
               tuple(map(bool, e.inputs.contributing)), failed, mine, e.measurand.unit, words())  # fmt: skip
        row |= {"wide": deviations(*key, "wide"), "narrow": deviations(*key, "narrow")}
    return row


def _meaning(view: Seen, e: Evaluation) -> SafeString:
    """What a degree of equivalence is the difference of, and what the pilot's value is a mean of."""
    drift, n = e.travelled.drift, len(e.inputs.pilot_days)
    said = SafeString("")
    if drift is not None:
        day = day_text(date.fromordinal(round(drift.date)))
        said += format_html(mark_safe(term("comparison.meaning.moved")), day=day)
    else:
        said += mark_safe(term("comparison.meaning"))
    if n > 1 and e.inputs.pilot in e.labs:
        said += format_html(mark_safe(term("comparison.meaning.mean")), pilot=unbroken(e.inputs.pilot), n=n)
    return said


def score_symbol(view: Seen) -> SafeString:
    """The symbol of the score by which the protocol judges."""
    name = view.protocol.decision.score
    if name == "En":
        return mark_safe('<i class="sy">E</i><sub>n</sub>')
    return format_html("{}", term(f"comparison.choice.score.{name}"))


def words() -> tuple[str, ...]:
    """Words of the figures in the language of the page."""
    said = table("comparison")
    keys = ("figure.contributing", "figure.excluded", "verdict.unsatisfactory", "figure.no_U_d")
    return tuple(pick(said[key])[0] for key in keys)


@lru_cache(maxsize=128)
def deviations(
    names: tuple[str, ...], d: tuple[float, ...], spread: tuple[float, ...], contributing: tuple[bool, ...],
    failed: tuple[bool, ...], mine: int | None, unit: str, said: tuple[str, ...], size: Any,
) -> str:  # fmt: skip
    """Degrees of equivalence about zero, from the smallest to the largest, one's own in its colour."""
    from suyuan.quantity.unit import parse_unit
    from suyuan.report.figures.dress import Axis, italic
    from suyuan.report.figures.equivalence import EquivalenceWords, Line, Whiskers, equivalence_figure
    from suyuan.report.figures.participants import Participants

    people = Participants(names, np.array(contributing), np.array(failed), mine)
    axis = Axis(f"{italic('D')}ᵢ ± {italic('U')}({italic('D')}ᵢ)", parse_unit(unit).symbol)
    figure_words = EquivalenceWords(said[0], said[1] if not all(contributing) else "", said[2], unknown=said[3])
    return equivalence_figure(
        Whiskers(np.array(d), np.array(spread)), people, Line(0.0, 0.0), axis, figure_words, size, deviations=True
    )


def _rows(view: Seen, e: Evaluation, found: Found) -> list[dict[str, Any]]:
    judged, given = found.judged, e.inputs
    places = decimals(judged.U_d, given.U)
    moved = e.travelled.x if e.travelled.drift is not None else None
    rows = []
    for i in np.argsort(judged.d, kind="stable"):
        verdict = judged.verdict[i]
        state, tone = STATES[verdict]
        code = e.labs[i]
        rows.append(
            {
                "name": called(view, code),
                "code": code,
                "x": fixed(given.value[i], places),
                "moved": fixed(float(moved[i]), places) if moved is not None else "",
                "U": fixed(given.U[i], places),
                "d": fixed(judged.d[i], places, sign=True),
                "U_d": fixed(judged.U_d[i], places),
                "score": fixed(judged.score[i], 2, sign=True),
                "in": bool(given.contributing[i]),
                "reason": given.reasons[i],
                "state": state,
                "tone": tone,
                "word": f"comparison.verdict.{verdict}",
                "why": f"comparison.why.{judged.why[i]}"
                if judged.why[i] in ("largest_U", "own_reference", "no_score")
                else "",
                "mine": code == view.me,
                "failed": verdict == "unsatisfactory",
                "ratio": fixed(judged.ratio[i], 1),
                "zeta": fixed(judged.zeta[i], 2, sign=True),
                "measured": given.measured[i],
            }
        )
    return rows


def _note(view: Seen, e: Evaluation, found: Found) -> SafeString:
    """The reference value, how it was found, and what the uncertainty of a degree of equivalence rests on."""
    k = view.protocol.decision.coverage
    value = quantity_html(found.value, found.U, e.measurand.unit, k=k)
    said = format_html(
        '{} <i class="sy">x</i><sub>R</sub> = {}{}{}', term("comparison.reference"), value, term("comparison.comma"),
        method_word(found.method),
    )  # fmt: skip
    if math.isfinite(found.chi2):
        key = "comparison.chi2" if found.p >= 0.05 else "comparison.chi2.no"
        said += format_html(
            "{}{}",
            term("comparison.stop"),
            mark_safe(
                term(
                    key, n=int(e.inputs.contributing.sum()), chi2=f"{found.chi2:.1f}", dof=found.dof, p=f"{found.p:.2f}"
                )
            ),
        )
    if not e.inputs.contributing.all():
        said += format_html("{}{}", term("comparison.stop"), term("comparison.hollow"))
    said += format_html("{}{}", term("comparison.stop"), mark_safe(term("comparison.equivalence.note")))
    if e.inputs.shared:
        named = (f"{s.first}–{s.second} r\u00a0=\u00a0{s.r:.2f}" for s in e.inputs.shared[:6])
        pairs = term("comparison.and").join(named)
        said += format_html("{}", term("comparison.shared", pairs=pairs))
    return said


def _label(view: Seen, e: Evaluation, found: Found) -> str:
    bad = [e.labs[i] for i, v in enumerate(found.judged.verdict) if v == "unsatisfactory"]
    return term("comparison.figure.label", n=e.inputs.n, bad=term("comparison.and").join(bad) or term("empty.none"))


# ---------------------------------------------------------------- the answer in words


def verdict_sentence(view: Seen, shown: Sequence[dict[str, Any]], language: Language) -> SafeString:
    """How many results are satisfactory, who is not and by how much, and one's own."""
    judged = [(row["evaluation"], row["found"]) for row in shown if row.get("found") is not None]
    if not judged:
        return SafeString("")
    total = sum(e.inputs.n for e, _ in judged)
    good = sum(v == "satisfactory" for _, f in judged for v in f.judged.verdict)
    key = "comparison.answer" + (".all" if good == total else "" if good else ".none")
    well = counted("results", good, language) if language == "zh" else count(good, language)
    said = format_html("{}", term(key, language, n=counted("results", total, language), good=well))
    failed = []
    for e, f in judged:
        for i, verdict in enumerate(f.judged.verdict):
            if verdict == "unsatisfactory":
                mine = e.labs[i] == view.me
                who = term("comparison.answer.mine", language) if mine else e.labs[i]
                key = f"comparison.answer.failed{'.mine' if mine and len(judged) == 1 else ''}"
                who = f"{who} ({e.measurand.id})" if len(judged) > 1 else who
                score = digits(f"{f.judged.score[i]:.2f}", sign=True)
                said_of = mark_safe(term(key, language))
                failed.append(format_html(said_of, who=who, symbol=score_symbol(view), score=score))
    if failed:
        named = format_html_join(term("comparison.comma", language), "{}", ((one,) for one in failed[:NAMED]))
        more = term("comparison.answer.more", language, n=len(failed) - NAMED) if len(failed) > NAMED else ""
        said += format_html("{}{}{}", named, more, term("comparison.answer.due", language))
    return said + _own(view, judged, language)


def _own(view: Seen, judged: Sequence[tuple[Evaluation, Found]], language: Language) -> SafeString:
    """One's own degree of equivalence where it is not told already."""
    for e, f in judged:
        if view.me in e.labs and len(judged) == 1:
            i = e.labs.index(view.me)
            if f.judged.verdict[i] == "unsatisfactory":
                return SafeString("")
            d = quantity_html(float(f.judged.d[i]), float(f.judged.U_d[i]), e.measurand.unit, sign=True)
            word = term(f"comparison.verdict.{f.judged.verdict[i]}", language)
            return format_html(mark_safe(term("comparison.answer.own", language)), d=d, verdict=word)
    return SafeString("")


def methods_beside(view: Seen, e: Evaluation) -> list[dict[str, Any]]:
    """Every method's reference value in one table, the protocol's first."""
    rows = []
    for n, f in enumerate(e.methods):
        bad = [e.labs[i] for i, v in enumerate(f.judged.verdict) if v == "unsatisfactory"]
        tau = float(f.consensus.tau)
        rows.append(
            {
                "name": method_word(f.method),
                "value": quantity_html(f.value, f.U, e.measurand.unit),
                "first": n == 0,
                "p": f"{f.p:.2f}" if math.isfinite(f.p) else term("none.not_applicable"),
                "tau": quantity_html(f"{tau:.2g}", None, e.measurand.unit)
                if f.method in WITH_TAU
                else term("none.not_applicable"),
                "bad": term("comparison.and").join(bad) or term("empty.none"),
            }
        )
    rows += [{"name": method_word(m), "refused": found} for m, found in e.refused.items()]
    return rows


def pair_figures(view: Seen, e: Evaluation) -> dict[str, str]:
    """All pairs as a square of fields, wide and narrow."""
    if e.pairs is None or e.inputs.n < 2:
        return {}
    names = tuple(short_name(view, lab) for lab in e.labs)
    mine = e.labs.index(view.me) if view.me in e.labs else None
    said = tuple(pick(table("comparison")[f"figure.pair.{key}"])[0] for key in ("close", "within", "beyond"))
    d, spread = (tuple(tuple(map(float, row)) for row in matrix) for matrix in (e.pairs.d, e.pairs.U))
    return {size: _pairs(names, d, spread, said, mine, size) for size in ("wide", "narrow")}


@lru_cache(maxsize=64)
def _pairs(names: tuple[str, ...], d: Any, spread: Any, said: tuple[str, ...], mine: int | None, size: Any) -> str:
    from suyuan.report.figures.pairwise import PairWords, pairwise_figure

    between = np.array(spread)
    if not (between[~np.eye(len(names), dtype=bool)] > 0.0).all():
        return ""  # a pair that is wholly correlated has no uncertainty to be measured by
    return pairwise_figure(names, np.array(d), between, PairWords(*said), size, mine)


def choices_of_failed(view: Seen, evaluations: Sequence[Evaluation]) -> list[tuple[str, str]]:
    """(member and measurand, in words) of the results that are not satisfactory and have no open help plan."""
    found = []
    for e in evaluations:
        if not e.methods:
            continue
        for code, verdict in zip(e.labs, e.methods[0].judged.verdict, strict=True):
            plan = view.where.plan(code, e.measurand.id)
            if verdict == "unsatisfactory" and plan is None:
                found.append((f"{code} {e.measurand.id}", f"{plainly(view, code)} · {e.measurand.id}"))
    return found
