"""The page that says why a day cannot be shown, for every address with `?day=`; and the query that keeps a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from suyuan.site.acts import clock
from suyuan.site.acts.day import NoDay, day_of
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.parts.text import day_text
from suyuan.verbs.snapshot import Snapshot


class DayMiddleware:
    """Turns a day of which nothing can be shown into a page that says so: 400, or 404 for what was not known then."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page; None for any other exception."""
        return wrong_day(request, exception) if isinstance(exception, NoDay) else None


def wrong_day(request: HttpRequest, exception: NoDay) -> HttpResponse:
    """What is wrong with the day, a field for another one, and the way to today; what else was asked stays."""
    kept = [(name, value) for name, values in request.GET.lists() if name != "day" for value in values]
    title = "day.not_then" if exception.status == 404 else "day.wrong"
    first, path = exception.first, quote(request.path)
    return render(request, "day_wrong.html", {
        "title": title, "status": exception.status, "told": [exception.told], "kept": kept, "path": path,
        "now": path + (f"?{urlencode(kept)}" if kept else ""), "first": first,
        "then": f"{path}?{urlencode([*kept, ('day', first.isoformat())])}" if first is not None else "",
        "today": clock.today(),
    }, status=exception.status)  # fmt: skip


def asked_day(request: HttpRequest) -> date | None:
    """The day of `?day=`, None for today; raises NoDay."""
    return day_of(request.GET.get("day", ""))


def when(day: date, language: Language) -> str:
    """«today», or «on 2026-03-12», as a word of a sentence."""
    if day == clock.today():
        return term("day.when.today", language)
    return term("day.when.past", language, day=day_text(day, language))


def day_context(snapshot: Snapshot) -> Mapping[str, Any]:
    """What a page with a day says of it. past: whether it is not today's; day_query: `?day=…` of a past day, else «»;
    day_more: the same to be added to a query."""
    past = snapshot.day != clock.today()
    text = f"day={snapshot.day.isoformat()}" if past else ""
    return {
        "day": snapshot.day, "today": clock.today(), "past": past, "iso": snapshot.day.isoformat() if past else "",
        "day_query": f"?{text}" if text else "", "day_more": f"&{text}" if text else "",
    }  # fmt: skip
