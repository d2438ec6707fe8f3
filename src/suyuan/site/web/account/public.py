"""The public account: the answer first, then every indicator with its definition, its change, and all its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from suyuan.report.papers.sheet import sheet
from suyuan.report.service.account_figures import Point, trend_drawn
from suyuan.report.service.coverage_figures import Region, region_drawn
from suyuan.site.acts import clock
from suyuan.site.acts import public as acts
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.account.ways import item_way
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import joined, sentence
from suyuan.site.web.parts.text import both, day_text, pick, text_html
from suyuan.site.web.regulation.centre_shown import drawn_context, kept
from suyuan.verbs.centre.account import Change, Item, Value, change

PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MARKS = {"counts": "passed", "does_not": "failed", "unknown": "unknown"}
WORST = ("does_not", "unknown", "counts")
GROUPS_SHOWN = 5
MAP = {"zh": "各省市登记的能力中，当日成立的", "en": "Registered capabilities that hold, by province"}


@login_not_required
def public(request: HttpRequest) -> HttpResponse:
    """All indicators of a day."""
    day = acts.day_of(request.GET.get("day", ""))
    now = acts.values(day)
    before = {value.indicator.id: value for value in acts.values(day - acts.YEAR)}
    known = acts.on(day)
    places = acts.places(known)
    regions = [Region(p.code or "—", p.name if p.code else {"zh": "未写地区", "en": "no region"}, p.holds, p.all)
               for p in places]  # fmt: skip
    figure = kept(known, "public regions", lambda: region_drawn(regions, MAP, current())) if regions else None
    return render(request, "public.html", day_context(day) | {
        "lead": lead(now, day),
        "rows": [_row(value, change(before[value.indicator.id], value), day) for value in now],
        "figure": drawn_context(figure, "regions"),
        "excel": f"{reverse('public_excel')}{day_query(day)}",
    })  # fmt: skip


def day_context(day: date) -> dict[str, Any]:
    return {"day": day, "today": clock.today(), "past": day != clock.today(),
            "query": day_query(day)}  # fmt: skip


def day_query(day: date, **more: Any) -> str:
    given = {**({"day": day.isoformat()} if day != clock.today() else {}), **{k: v for k, v in more.items() if v}}
    return f"?{urlencode(given)}" if given else ""


# ---------------------------------------------------------------- values in words


def number_html(value: Value) -> SafeString:
    """What is proven with its unit, as an interval where something is unknown; a word where nothing can be counted."""
    if value.low is None:
        return format_html('<span class="mute">{}</span>', term("public.nothing"))
    low, high = _digits(value, value.low), _digits(value, value.high if value.high is not None else value.low)
    said = digits(low) if low == high else format_html("{}–{}", digits(low), digits(high))
    unit = unit_of(value)
    after = format_html('<span class="un">{}</span>', unit) if unit else ""
    return format_html('<span class="q">{}{}</span>', said, after)


def unit_of(value: Value, language: Language | None = None) -> str:
    """The unit as it is printed: per cent for a share, nothing for a count."""
    if value.indicator.form == "share":
        return "%"
    return term("public.unit.d", language) if value.indicator.unit == "d" else ""


def _digits(value: Value, number: float) -> str:
    if value.indicator.form == "share":
        return f"{100.0 * number:.0f}"
    return f"{number:.0f}" if value.indicator.form == "count" else f"{number:.1f}".removesuffix(".0")


def of_all(value: Value, language: Language | None = None) -> str:
    """Of how many, and how many of them are unknown."""
    parts = []
    if value.indicator.form == "share" and value.total:
        parts.append(term("public.of", language, n=value.counted, all=value.total))
    if value.unknown:
        parts.append(term("public.unknown", language, n=value.unknown))
    return term("public.comma", language).join(parts)


def change_html(found: Change) -> SafeString:
    """How it has changed against a year ago, in words."""
    if found.difference is None:
        return format_html('<span class="mute">{}</span>', term("public.no_before"))
    if found.better is None:
        return format_html("{}", term("public.same"))
    size = 100.0 * found.difference if found.after.indicator.form == "share" else found.difference
    written = f"{size:+.0f}" if found.after.indicator.form != "median" else f"{size:+.1f}"
    unit = {"share": term("public.points"), "median": term("public.unit.d"), "count": ""}[found.after.indicator.form]
    word = term("public.better" if found.better else "public.worse")
    return format_html('<span class="{}">{} <span class="q">{}{}</span></span>', "" if found.better else "warn", word,
                       digits(written), format_html('<span class="un">{}</span>', unit) if unit else "")  # fmt: skip


def _row(value: Value, moved: Change, day: date) -> dict[str, Any]:
    one = value.indicator
    return {
        "address": f"{reverse('public_indicator', args=[one.id])}{day_query(day)}",
        "title": one.title, "means": text_html(one.means), "number": number_html(value),
        "of": of_all(value), "change": change_html(moved),
        "groups": [{"why": text_html(why), "n": n, "state": state} for why, state, n in value.groups[:GROUPS_SHOWN]],
    }  # fmt: skip


def lead(values: Sequence[Value], day: date) -> SafeString:
    """What a person would say of the account."""
    return both(_lead(values, day, "zh"), _lead(values, day, "en"))


def _lead(values: Sequence[Value], day: date, language: Language) -> SafeString:
    by = {value.indicator.id: value for value in values}
    past = "" if day == clock.today() else ".then"
    said = []
    for id in ("capabilities_hold", "needs_met", "certificates_valid", "single_units"):
        value = by[id]
        if value.total:
            said.append(sentence(f"public.lead.{id}{past}", language, n=value.counted, all=value.total,
                                 rest=value.total - value.counted - value.unknown))  # fmt: skip
    if not said:
        return sentence("public.lead.nothing", language, day=day_text(day, language))
    return joined(said, language)


# ---------------------------------------------------------------- one indicator


@login_not_required
def indicator(request: HttpRequest, id: str) -> HttpResponse:
    """One indicator with everything that it is counted from, and how it has been."""
    day = acts.day_of(request.GET.get("day", ""))
    value = acts.value_of(id, day)
    if value is None:
        raise Http404
    state = request.GET.get("state", "")
    worst = sorted(value.items, key=lambda item: WORST.index(item.state))
    items = [item for item in worst if state not in MARKS or item.state == state]
    asked = request.GET.get("page", "1")
    pages = max(1, -(-len(items) // PAGE))
    page = min(pages, max(1, int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1))
    known, points = acts.on(day), acts.trend(id, day)
    one = value.indicator
    drawn = trend_drawn([_point(d, v) for d, v in points], one.title, unit_of(value), current())
    shown = items[(page - 1) * PAGE : page * PAGE]
    return render(request, "public_indicator.html", day_context(day) | {
        "one": one, "title": both(one.title["zh"], one.title["en"]), "value": value, "number": number_html(value),
        "lead": both(_said(value, day, "zh"), _said(value, day, "en")), "of": of_all(value),
        "change": change_html(change(acts.value_of(id, day - acts.YEAR) or value, value)),
        "means": both(one.means["zh"], one.means["en"]), "how": both(one.how["zh"], one.how["en"]),
        "figure": drawn_context(drawn, "trend"), "state": state,
        "groups": [{"why": text_html(why), "n": n, "mark": MARKS[s]} for why, s, n in value.groups],
        "states": _states(value, request.path),
        "items": [_item(request, known, item) for item in shown], "total": len(items), "all": value.total,
        "dated": any(item.day for item in shown),
        "page": page, "pages": pages,
        "before": f"{request.path}{day_query(day, state=state, page=page - 1)}" if page > 1 else "",
        "after": f"{request.path}{day_query(day, state=state, page=page + 1)}" if page < pages else "",
        "excel": f"{reverse('public_evidence', args=[id])}{day_query(day)}",
        "back": f"{reverse('public')}{day_query(day)}",
    })  # fmt: skip


def _states(value: Value, path: str) -> list[tuple[str, str, int, str]]:
    """The states that items are in: name, word, how many, and the address that shows these alone."""
    number = {state: sum(1 for item in value.items if item.state == state) for state in MARKS}
    return [
        (state, f"public.state.{state}", n, f"{path}{day_query(value.day, state=state)}")
        for state, n in number.items()
        if n
    ]


def _point(day: date, value: Value) -> Point:
    factor = 100.0 if value.indicator.form == "share" else 1.0
    ends = [None if end is None else end * factor for end in (value.low, value.high)]
    return Point(day, ends[0], ends[1])


def _said(value: Value, day: date, language: Language) -> SafeString:
    """The value as a sentence."""
    form = value.indicator.form
    if value.low is None:
        return sentence("public.said.nothing", language, day=day_text(day, language))
    key = f"public.said.{form}" + (".unknown" if value.unknown else "")
    return sentence(key, language, day=day_text(day, language), n=value.counted, all=value.total,
                    unknown=value.unknown, size=_digits(value, value.low))  # fmt: skip


def _item(request: HttpRequest, known: Any, item: Item) -> dict[str, Any]:
    secret = acts.hidden(request.user, item)
    way = None if secret else item_way(known, item.address)
    return {
        "mark": MARKS[item.state], "state": f"public.state.{item.state}", "why": text_html(item.why), 
        "secret": f"public.held.{item.held}" if secret else "",
        "title": "" if secret else text_html(item.title),
        "owner": "" if secret or not item.owner or acts.owner_hidden(request.user, item) else text_html(item.owner),
        "day": item.day, "size": "" if item.size is None else f"{item.size:.1f}", "way": way,
        "digest": item.address.partition(":")[2] if item.address.startswith("document:") and not secret else "",
    }  # fmt: skip


# ---------------------------------------------------------------- Excel


def excel(request: HttpRequest) -> HttpResponse:
    """The indicators of a day."""
    day = acts.day_of(request.GET.get("day", ""))
    heads = [term(f"public.head.{key}") for key in ("id", "title", "low", "high", "unit", "counted", "unknown", "all",
                                                    "before", "means", "how", "status", "day")]  # fmt: skip
    before = {value.indicator.id: value for value in acts.values(day - acts.YEAR)}
    body = sheet(term("nav.public"), heads, _lines(acts.values(day), before), (20, 30, *[10] * 7, 60, 60, 12, 12))
    return _file(body, f"suyuan-public-{day}.xlsx")


def _lines(values: Sequence[Value], before: dict[str, Value]) -> Iterator[tuple[Any, ...]]:
    for v in values:
        one = v.indicator
        yield (one.id, pick(one.title)[0], v.low, v.high, one.unit, v.counted, v.unknown, v.total, before[one.id].low,
               pick(one.means)[0], pick(one.how)[0], term(f"public.status.{one.status.replace(' ', '_')}"),
               v.day)  # fmt: skip


def evidence(request: HttpRequest, id: str) -> HttpResponse:
    """Everything that an indicator is counted from; what may not be named is counted without its name."""
    day = acts.day_of(request.GET.get("day", ""))
    value = acts.value_of(id, day)
    if value is None:
        raise Http404
    heads = [term(f"public.head.{key}") for key in ("state", "why", "item", "owner", "day", "size", "address")]
    rows = (_line(request, item) for item in value.items)
    body = sheet(pick(value.indicator.title)[0], heads, rows, (12, 24, 40, 28, 12, 9, 70))
    return _file(body, f"suyuan-{id}-{day}.xlsx")


def _line(request: HttpRequest, item: Item) -> tuple[Any, ...]:
    secret = acts.hidden(request.user, item)
    named = term(f"public.held.{item.held}") if secret else pick(item.title)[0]
    owner, address = ("", "") if secret else (pick(item.owner)[0], item.address)
    owner = "" if acts.owner_hidden(request.user, item) else owner
    return (term(f"public.state.{item.state}"), pick(item.why)[0], named, owner, item.day, item.size, address)


def _file(body: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


excel = login_not_required(excel)
evidence = login_not_required(evidence)
