"""One indicator or gate of a centre, opened: every fact that was counted, and where its evidence is."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from suyuan.centre.facts import Fact
from suyuan.centre.guideline import Gate, Indicator
from suyuan.centre.scorecard import gate_rule
from suyuan.site.acts import clock
from suyuan.site.acts.regulation import centre as acts
from suyuan.site.acts.regulation.centre import Known
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import joined, sentence
from suyuan.site.web.parts.text import both
from suyuan.site.web.regulation.centre_curve import curve_svg
from suyuan.site.web.regulation.centre_shown import (
    GOODS,
    evidence_html,
    named,
    points,
    source_said,
    span,
    status_html,
    unit_word,
    value_html,
)
from suyuan.verbs.centre.score import Given, scores_given

ORDER = ("bad", "unknown", "good", "against")
STATES = {"bad": "failed", "unknown": "unknown", "good": "passed", "against": "passed"}


def opened(request: HttpRequest, id: str, indicator: str) -> HttpResponse:
    """The facts behind an indicator or a gate, what does not count first; 404 for one that there is not."""
    day = acts.day_of(request.GET.get("day", ""))
    known = acts.on(day)
    at = acts.centre(known, id, request.GET.get("version", ""))
    of, row = _found(at, indicator)
    facts = at.scored.opened(id, indicator) if at.scored else {}
    rule = gate_rule(of) if isinstance(of, Gate) else of.rule
    secret = acts.secret(request.user, known)
    rows = [fact_row(at, fact, name, secret) for name in ORDER for fact in facts.get(name, ())]
    said = scores_given(known, id, indicator) if judged(of) else ()
    rows += [given_row(at, one) for one in said]
    asked = at.guideline is not None and request.GET.get("version") == at.guideline.version
    return render(
        request,
        "centre_facts.html",
        {
            "at": at,
            "row": at.row,
            "known": known,
            "of": of,
            "is_gate": isinstance(of, Gate),
            "rule": rule,
            "measure": f"guidelines.measure.{rule.measure}" if rule else "",
            "kind": f"guidelines.kind.{rule.kind}" if rule else "",
            "against": f"guidelines.kind.{rule.against}" if rule and rule.against else "",
            "value": value_html(row.low, row.high, of),
            "status": status_html(of.status),
            "rows": rows,
            "lead": lead(of, row, facts, len(said)),
            "source": source_said(of.source),
            "state": _state(of, row),
            "points": None if isinstance(of, Gate) else span(*row.points),
            "weight": None if isinstance(of, Gate) else points(of.weight),
            "curve": curve_svg(of, row.low, row.high) if isinstance(of, Indicator) and of.curve else "",
            "back": reverse("centre", args=[id]) + (f"?day={day}" if day else ""),
            "day_query": f"?day={day}" if day else "",
            "ahead": day is not None and day > clock.today(),
            "version_asked": at.guideline.version if asked and at.guideline else "",
        },
    )


def _found(at: Known, id: str) -> tuple[Indicator | Gate, Any]:
    if at.card is None:
        raise Http404
    found = at.card.row(id)
    if found is not None:
        return found.indicator, found
    gate = next((row for row in at.card.gates if row.gate.id == id), None)
    if gate is None:
        raise Http404
    return gate.gate, gate


def _state(of: Indicator | Gate, row: Any) -> str:
    if isinstance(of, Gate):
        return GOODS[row.passed]
    return "unknown" if row.unknown else ""


def judged(of: Indicator | Gate) -> bool:
    """Whether reviewers say it."""
    return of.judged if isinstance(of, Indicator) else of.rule is None and not of.document


def lead(of: Indicator | Gate, row: Any, facts: dict[str, tuple[Fact, ...]], scores: int = 0) -> SafeString:
    """How many facts were counted, how many count, how many are not known; scores: of reviewers that count."""
    return both(_lead(of, row, facts, scores, "zh"), _lead(of, row, facts, scores, "en"))


def _lead(
    of: Indicator | Gate, row: Any, facts: dict[str, tuple[Fact, ...]], scores: int, language: Language
) -> SafeString:
    counts = {name: len(facts.get(name, ())) for name in ORDER}
    if not sum(counts.values()) and not scores:
        return sentence("centres.facts.judged" if judged(of) else "centres.facts.none", language)
    if scores:
        said = [sentence("centres.facts.given", language, n=scores)]
    else:
        said = [sentence("centres.facts.lead", language, n=sum(counts.values()), good=counts["good"],
                         bad=counts["bad"], unknown=counts["unknown"])]  # fmt: skip
    if isinstance(of, Indicator):
        said.append(sentence("centres.facts.points", language, points=span(row.points[0], row.points[1], language),
                             weight=points(of.weight)))  # fmt: skip
    return joined(said, language)


def fact_row(at: Known, fact: Fact, name: str, secret: frozenset[str]) -> dict[str, Any]:
    """One fact as a row; of a confidential need only whether it counts."""
    if fact.evidence in secret:
        hidden = format_html('<span class="mute">{}</span>', term("centres.confidential"))
        return {
            "state": STATES[name],
            "word": f"centres.good.{STATES[name]}",
            "title": hidden,
            "subject": "",
            "value": "",
            "weight": "",
            "days": (None, None),
            "origin": f"centres.origin.{fact.origin}",
            "evidence": hidden,
            "detail": "",
            "declared": False,
        }
    return {
        "state": STATES[name], "word": f"centres.good.{STATES[name] if name != 'against' else name}",
        "title": named(fact.title, fact.subject), "subject": fact.subject if fact.title else "",
        "value": _value(fact),
        "weight": f"{fact.weight:g}" if fact.weight != 1.0 else "", "days": (fact.valid_from, fact.valid_until),
        "origin": f"centres.origin.{fact.origin}", "evidence": evidence_html(at.snapshot, fact.evidence),
        "detail": _detail(at, fact), "declared": fact.origin == "declared",
    }  # fmt: skip


def _persons(at: Known, ids: list[str]) -> SafeString:
    """The persons of a fact by their names, each with the way to them."""
    names = {row.id: row.name for row in at.snapshot.rows("person")}
    links = (evidence_html(at.snapshot, f"row:person/{id}", named(names.get(id, {}), id)) for id in ids)
    return format_html_join(term("centres.and"), "{}", ((link,) for link in links))


def given_row(at: Known, one: Given) -> dict[str, Any]:
    """What one reviewer gave, without the name."""
    return {
        "state": "passed", "word": "centres.good.passed", "subject": "", "weight": "", "days": (None, None),
        "title": term("centres.reviewer_n", n=one.place),
        "value": digits(f"{one.value:g} ({one.low:g}–{one.high:g})"), "origin": "centres.origin.reviewed",
        "evidence": evidence_html(at.snapshot, f"matter:panel/{one.panel}"), "detail": "", "declared": False,
    }  # fmt: skip


def _value(fact: Fact) -> SafeString | str:
    """The number of a fact; money with its unit."""
    if fact.value is None:
        return ""
    said, unit = digits(f"{fact.value:.6g}"), fact.detail.get("unit", "")
    return format_html('<span class="q">{}<span class="un">{}</span></span>', said, unit_word(unit)) if unit else said


def _detail(at: Known, fact: Fact) -> SafeString | str:
    if "persons" in fact.detail:
        return _persons(at, fact.detail["persons"].split("、"))
    rows = [f"{key} {value}" for key, value in fact.detail.items() if key not in ("name", "year", "unit")]
    year = fact.detail.get("year", "") if fact.kind in ("fund_plan", "fund_actual") else ""
    return ", ".join(filter(None, (term("centres.year").replace("{year}", year) if year else "", *rows)))
