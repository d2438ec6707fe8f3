"""One stream: its corrected values over a span, the certificates of the time, gaps with reasons, hours and days."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from suyuan.lake.table import now
from suyuan.series.asof import FIRST, LAST, Status
from suyuan.series.course import thinned, widest
from suyuan.series.shares import Share
from suyuan.site.acts.series.held import Held, K, join, moments
from suyuan.site.language import LANGUAGES, Language, spoken
from suyuan.site.terms import term
from suyuan.site.web.matching.match_parts import quantity_word
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import both, pick
from suyuan.site.web.reach import opened_named
from suyuan.site.web.series import figure, ticks
from suyuan.site.web.series.figure import Band
from suyuan.site.web.series.periods import table
from suyuan.site.web.series.seen import Seen, seen
from suyuan.site.web.series.ways import heading, rules_of_use, split, stream_way
from suyuan.site.web.ways import certificate_way
from suyuan.store.zone import house_zone

GAPS, PARTS = 8, 8
TONES = {Status.VALID: "ok", Status.NO_CERTIFICATE: "none", Status.WITHDRAWN: "bad"}


@require_safe
def stream(request: HttpRequest, id: str) -> HttpResponse:
    """The page; with `X-Suyuan-Part: course` only what changes with the span."""
    look = seen(request, id)
    context = _moving(look, request.GET.get("page", "1"))
    if request.headers.get("X-Suyuan-Part") == "course":
        return render(request, "part/series_course.html", context)
    context |= _staying(look)
    return render(request, "series_stream.html", context)


@require_safe
def readings(request: HttpRequest, id: str) -> HttpResponse:
    """A span for programs: the least and greatest of each of so many columns, and the gaps."""
    look = seen(request, id)
    text = request.GET.get("width", "")
    width = min(int(text), 4000) if text.isascii() and text.isdigit() and len(text) < 6 and int(text) else 1000
    made = thinned(look.held.course, look.first, look.last, width)
    return JsonResponse(
        {
            "stream": look.held.stream.id,
            "unit": look.held.unit,
            "k": K,
            "first": made.first,
            "last": made.last,
            "readings": made.readings,
            "single": made.single,
            "time": made.time.tolist(),
            "low": made.low.tolist(),
            "high": made.high.tolist(),
            "U_low": made.U_low.tolist(),
            "U_high": made.U_high.tolist(),
            "broken": np.flatnonzero(made.broken).tolist(),
            "gaps": [
                {"first": a, "last": b, "status": figure.word(s), "readings": n}
                for a, b, s, n in zip(
                    *(c.tolist() for c in (made.gaps.first, made.gaps.last, made.gaps.status, made.gaps.readings)),
                    strict=True,
                )
            ][:2000],
        }
    )


# ---------------------------------------------------------------- what changes with the span


def _moving(look: Seen, page: str) -> dict[str, Any]:
    one, span = look.held, (look.first, look.last)
    course = one.course
    drawn = figure.both(lambda size: figure.drawn(course, span, bands(one), one.unit, size)) if course.whole else ""
    rows = table(look, page)
    return {
        "stream": one.stream,
        "usable": rules_of_use(str(one.usable["id"])),
        "figure": drawn,
        "span": _span_text(look),
        "ways": _ways(look),
        "whole": look.whole,
        "mean": _mean(look),
        "gaps": _gaps(look),
        "table": rows,
        "kind": look.kind,
        "unit": one.unit,
        "mean_unit": one.unit,
        "asked": look.asked.texts,
        "wrong": look.asked.findings,
        "query": look.query(),
        "by": [(name, look.query(by=name), name == look.kind) for name in ("day", "hour")],
    }


def bands(one: Held) -> list[Band]:
    """The certificates of the time as bands of a picture."""
    made = []
    used = join().used
    for held_windows in one.windows():
        for start, end, code, c in zip(
            *(x.tolist() for x in (held_windows.start, held_windows.end, held_windows.status)),
            held_windows.corrections,
            strict=True,
        ):
            status = Status(code)
            way = certificate_way(used[c.id]) if c is not None and c.id in used else ""
            made.append(
                Band(start, end, c.number if c is not None else "", status.word, TONES.get(status, "warn"), way)
            )
    return made


def _span_text(look: Seen) -> dict[str, str]:
    zone = house_zone()
    return {
        name: ticks.local(t, zone).strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")
        for name, t in (("first", look.first), ("last", look.last - 1))
    }


def _ways(look: Seen) -> list[dict[str, str]]:
    """Zoom and move by links, which need neither mouse nor script."""
    size, middle = look.last - look.first, (look.first + look.last) // 2
    quarter = max(1, size // 4)
    ends = look.held.course.first, look.held.course.last + 1
    spans = {
        "earlier": (look.first - quarter, look.last - quarter),
        "later": (look.first + quarter, look.last + quarter),
        "nearer": (middle - quarter, middle + quarter),
        "farther": (look.first - size // 2, look.last + size // 2),
    }
    made = []
    for name, (a, b) in spans.items():
        inside = b > ends[0] and a < ends[1] and b - a >= 2000
        if name == "farther":
            a, b = max(a, ends[0]), min(b, ends[1])
            inside = not look.whole
        if inside:
            made.append({"name": name, "way": stream_way(look.held.stream.id) + look.query(first=a, last=b)})
    if not look.whole:
        made.append({"name": "all", "way": stream_way(look.held.stream.id) + look.query(first="", last="")})
    return made


def _mean(look: Seen) -> dict[str, Any]:
    """The mean of the span with its budget: what the certificates share does not shrink with the number."""
    made, parts, why = look.held.mean(look.first, look.last)
    if made is None:
        return {"value": None, "why": why}
    total = float(made.u) ** 2
    return {
        "value": float(made.value),
        "U": K * float(made.u),
        "k": K,
        "parts": [_part(one, total) for one in parts[:PARTS]],
        "more": len(parts) - PARTS if len(parts) > PARTS else 0,
    }


def _part(one: Share, total: float) -> dict[str, Any]:
    """A row of the budget; a correlation may take away, so its share may be below zero."""
    names = [name.strip() for name in one.parameter.split(",") if name.strip()]
    return {
        "kind": one.kind,
        "name": one.influence.label or one.influence.id[:8] if one.kind == "own" else one.certificate,
        "words": [(f"data.part.{n}" if n in ("gain", "offset") else "", n) for n in names],
        "u": abs(one.u),
        "minus": one.variance < 0.0,
        "share": one.variance / total if total else None,
    }


def _gaps(look: Seen) -> dict[str, Any]:
    inside = look.held.course.gaps.within(look.first, look.last)
    some, zone = widest(inside, GAPS), house_zone()
    rows = [
        {
            "state": figure.word(code),
            "tone": figure.tone(code),
            "readings": n,
            "from": ticks.local(max(a, look.first), zone),
            "to": ticks.local(min(b, look.last), zone),
            "way": stream_way(look.held.stream.id) + look.query(first=a - (b - a), last=b + (b - a)),
        }
        for a, b, code, n in zip(
            *(c.tolist() for c in (some.first, some.last, some.status, some.readings)), strict=True
        )
    ]
    return {"rows": rows, "total": len(inside)}


# ---------------------------------------------------------------- what stays


def _staying(look: Seen) -> dict[str, Any]:
    one = look.held
    rows = windows_rows(one)
    return {
        "title": heading(one.stream),
        "quantity": quantity_word(one.stream.quantity),
        "said": None if heading(one.stream) == pick(split(one.stream.title))[0] else split(one.stream.title),
        "place": split(one.stream.place),
        "lead": _lead(look),
        "certificates": rows,
        "steps": _steps(look),
        "known_now": look.asked.known is None,
        "rule": look.asked.usable,
        "counts": _counts(one),
        "findings": list(dict.fromkeys((*one.told, *(f for w in one.windows() for f in w.findings)))),
        "detach_way": opened_named("series_detach", one.stream.id),
        "excel": look.query(by=look.kind),
        "forms": (("nc", "netCDF"), ("json", "SensorThings"), ("zip", "Frictionless")),
        "k": K,
        "blocks": len({v.block.source for v in one.views} - {""}) or len(one.views),
    }


def _counts(one: Held) -> list[dict[str, Any]]:
    return [{"state": s.word, "n": n, "tone": TONES.get(s, "warn")} for s, n in one.counts.items()]


def windows_rows(one: Held) -> list[dict[str, Any]]:
    """Which certificate counts when, the newest first, as a table."""
    zone, used, rows = house_zone(), join().used, []
    for held_windows in one.windows():
        for start, end, code, c in zip(
            *(x.tolist() for x in (held_windows.start, held_windows.end, held_windows.status)),
            held_windows.corrections,
            strict=True,
        ):
            if start > max(now(), one.course.last):
                continue  # what is to come is said by the end of what is
            rows.append(
                {
                    "start": None if start <= FIRST else ticks.local(start, zone),
                    "end": None if end >= LAST else ticks.local(end, zone),
                    "state": Status(code).word,
                    "tone": TONES.get(Status(code), "warn"),
                    "number": c.number if c is not None else "",
                    "issuer": c.issuer if c is not None else "",
                    "way": certificate_way(used[c.id]) if c is not None and c.id in used else "",
                    "range": c.range if c is not None else None,
                    "raw_unit": c.raw_unit if c is not None else "",
                }
            )
    return rows[::-1]


def _steps(look: Seen) -> list[dict[str, Any]]:
    """The moments at which something became known: as of each, another page."""
    zone, made = house_zone(), []
    for moment in reversed(moments(look.held.corrections)):
        when = ticks.local(moment, zone)
        names = [
            (c.number, what)
            for c in look.held.corrections
            for what, t in (
                ("known", c.known_from),
                ("withdrawn", c.withdrawn_known),
                ("superseded", c.superseded_known),
            )
            if t == moment
        ]
        made.append(
            {
                "when": when,
                "names": [(number, f"data.step.{what}") for number, what in dict.fromkeys(names)],
                "way": stream_way(look.held.stream.id) + look.query(known=when.isoformat()),
                "here": look.asked.known is not None and look.held.known == moment,
            }
        )
    return made[:12]


def _lead(look: Seen) -> Any:
    """What a person would say aloud of these readings."""
    return both(*(_said(look, language) for language in LANGUAGES))


def _said(look: Seen, language: Language) -> Any:
    one = look.held
    counts, total = one.counts, sum(one.counts.values())
    if not total:
        return sentence("data.stream.lead.empty", language)
    valid = counts.get(Status.VALID, 0)
    share = f"{100 * valid / total:.0f}" if valid in (0, total) or not 0.995 < valid / total < 1.0 else "99.9"
    flagged = one.flagged
    worst = max(((n, s) for s, n in counts.items() if s != Status.VALID), default=None)
    with spoken(language):
        said = sentence(
            "data.stream.lead" if valid < total else "data.stream.lead.all", language, n=_grouped(total), share=share
        )
        if worst is not None:
            said += sentence(
                "data.stream.lead.most", language, n=_grouped(worst[0]), why=term(f"data.status.{worst[1].word}")
            )
        if flagged:
            said += sentence("data.stream.lead.flagged", language, n=_grouped(flagged))
    return said


def _grouped(n: int) -> Any:
    return digits(str(n))
