"""Quality of a stream: findings by rule with their spans, and flags reported, computed and human, kept apart."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from suyuan.quantity.finding import Finding, Refused
from suyuan.series.block import NO_TIME
from suyuan.series.quality.observed import Observation
from suyuan.site.acts.series import quality as acts
from suyuan.site.acts.series.asked import asked
from suyuan.site.acts.series.held import require_sight, streams
from suyuan.site.acts.series.quality import Quality
from suyuan.site.language import LANGUAGES, Language, current
from suyuan.site.terms import term
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import both
from suyuan.site.web.series import ticks
from suyuan.site.web.series.ways import heading, stream_way
from suyuan.store.zone import house_zone

SPANS, PEOPLE = 4, 40
RANK = {"error": 0, "warning": 1, "note": 2}


@require_http_methods(["GET", "HEAD", "POST"])
def quality(request: HttpRequest, id: str) -> HttpResponse:
    """The page; POST `do`: flag a span, or keep what the rules see."""
    require_sight(request.user)
    if id not in streams():
        raise Http404
    typed = {
        name: request.POST.get(name, "").replace("\x00", "")[:2000] for name in ("from", "to", "verdict", "reason")
    }
    found: tuple[Finding, ...] = ()
    if request.method == "POST":
        try:
            if request.POST.get("do") == "keep":
                run = acts.keep_run(request.user, id)
                messages.success(request, term("data.quality.kept", n=len(run)))
            else:
                acts.flag(request.user, id, asked(typed), typed["verdict"], typed["reason"])
                messages.success(request, term("data.quality.flagged"))
            return redirect("series_quality", id)
        except Refused as refused:
            found = refused.findings
    elif request.GET.get("from"):
        typed |= {name: request.GET.get(name, "")[:40] for name in ("from", "to")}
    return _page(request, id, typed, found)


def _page(request: HttpRequest, id: str, typed: dict[str, str], found: tuple[Finding, ...]) -> HttpResponse:
    made, stream, zone = acts.quality(id), streams()[id], house_zone()
    rows = sorted(made.checked.observations, key=lambda one: (RANK.get(one.finding.severity, 3), -one.readings))
    context = {
        "stream": stream,
        "title": heading(stream),
        "lead": both(*(_lead(made, lang) for lang in LANGUAGES)),
        "rows": [_observation(one, made, id) for one in rows],
        "readings": len(made.checked.subject),
        "quiet": [_rule(made, name) for name in made.checked.asked if name not in {o.rule for o in rows}],
        "unasked": [(_rule(made, name), f"data.lacks.{need}") for name, need in made.checked.unasked.items()],
        "told": made.checked.subject.told,
        "reported": made.reported.items(),
        "runs": [
            {"when": ticks.local(run.when, zone), "flags": len(run), "rules": len(run.asked)} for run in made.runs[:5]
        ],
        "people": [_human(one, id) for one in made.people[:PEOPLE]],
        "total": len(made.people),
        "may": acts.may_flag(request.user),
        "typed": typed,
        "found": found,
        "verdicts": [(v, f"data.verdict.{v}", typed["verdict"] == v) for v in acts.VERDICTS],
    }
    return render(request, "series_quality.html", context, status=422 if found else 200)


def _lead(made: Quality, language: Language) -> Any:
    observations = made.checked.observations
    if not len(made.checked.subject):
        return sentence("data.stream.lead.empty", language)
    bad = [one for one in observations if one.finding.severity == "error"]
    rules = len(made.checked.asked)
    if not observations:
        return sentence("data.quality.lead.none", language, rules=rules)
    worst = max(bad or list(observations), key=lambda one: one.readings)
    row = made.rules[worst.rule]
    return sentence(
        "data.quality.lead",
        language,
        rules=rules,
        seen=len({o.rule for o in observations}),
        worst=row[f"title_{language}"],
        n=digits(str(worst.readings)),
    )


def _rule(made: Quality, name: str) -> dict[str, Any]:
    row, language = made.rules[name], current()
    known = row["status"] in ("confirmed", "recomputed")
    return {
        "name": row[f"title_{language}"],
        "checks": row[f"checks_{language}"],
        "source": row["source"],
        "version": row["version"],
        "status": "" if known else str(row["status"]),
        "id": name,
    }


def _observation(one: Observation, made: Quality, id: str) -> dict[str, Any]:
    zone, spans = house_zone(), one.spans
    shown = []
    order = sorted(range(len(spans)), key=lambda i: -int(spans.readings[i]))[:SPANS]
    for i in sorted(order):
        a, b = int(spans.first[i]), int(spans.last[i])
        if a == NO_TIME:
            continue
        air = max((b - a) // 2, 600_000_000)
        shown.append(
            {
                "first": ticks.local(a, zone),
                "last": ticks.local(b, zone),
                "one": a == b,
                "readings": int(spans.readings[i]),
                "way": stream_way(id, first=a - air, last=b + air),
            }
        )
    return {
        "rule": _rule(made, one.rule),
        "finding": one.finding,
        "readings": one.readings,
        "spans": shown,
        "more": len(spans) - len(shown),
        "severity": one.finding.severity,
    }


def _human(one: Any, id: str) -> dict[str, Any]:
    zone = house_zone()
    return {
        "verdict": one.verdict,
        "who": one.who,
        "reason": one.reason,
        "when": ticks.local(one.when, zone),
        "first": None if one.first is None else ticks.local(one.first, zone),
        "last": None if one.last is None else ticks.local(one.last - 1, zone),
        "way": stream_way(id, first=one.first, last=one.last),
        "tone": {"good": "ok", "bad": "bad"}.get(one.verdict, "warn"),
        "mark": {"good": "ok", "bad": "fail"}.get(one.verdict, "undecided"),
    }
