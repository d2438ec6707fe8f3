"""Addresses of the pages.

Names kept for them: `start` (the first page), `today`, `certificates`, `certificate`, `trace`, `what_if`, `evaluate`.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from suyuan.site.web.shell import address


def start(request: HttpRequest) -> HttpResponse:
    """The first page: the day's work."""
    first = address("today") or address("look")
    if first is None:
        raise Http404
    return redirect(first)


urlpatterns = [
    path("", start, name="start"),
]
