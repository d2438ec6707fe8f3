"""The page that says why measurement data cannot be shown: a damaged block, a table that is gone, a missing engine."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from suyuan.quantity.finding import Refused

View = Callable[..., HttpResponse]


def guarded(view: View) -> View:
    """A view that never fails for what the lake refuses: it says what, where, why and what to do, with status 503."""

    @wraps(view)
    def answer(request: HttpRequest, *parts: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, *parts, **named)
        except Refused as refused:
            return render(request, "data_refused.html", {"found": refused.findings}, status=503)

    return answer
