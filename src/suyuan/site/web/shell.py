"""What stands around every page: masthead, navigation, foot, and the pages for errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from suyuan.quantity.finding import Finding, Refused
from suyuan.site.language import TAGS, current, other_language
from suyuan.site.terms import term

ROOMS_OF: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("judge",), ("today", "centres", "challenges", "carbon", "public")),
    (("regulate",), ("today", "centres", "challenges", "people", "comparisons", "carbon", "public")),
    (("direct",), ("today", "centres", "match", "orders", "challenges", "people", "certificates", "carbon")),
    (("teach",), ("today", "people", "practice", "comparisons")),
    (("steward",), ("today", "data", "registers", "certificates", "public")),
    (("authorise", "manage_people"), ("today", "certificates", "trace", "people", "comparisons", "match")),
    (("evaluate", "issue", "receive"),
     ("today", "certificates", "trace", "comparisons", "evaluate", "calculate", "carbon", "match")),
    (("pilot", "take_part"), ("today", "comparisons", "certificates", "calculate")),
    (("ask",), ("today", "match", "orders", "challenges", "carbon", "public")),
    (("learn",), ("today", "practice", "people", "comparisons")),
    (("verify",), ("today", "carbon", "certificates", "trace", "public")),
)  # fmt: skip
"""Acts → URL names of the pages in the navigation of whoever may do one of them; the first row that fits counts."""
ROOMS = ("today", "certificates", "trace", "comparisons", "match", "centres", "public")
"""The navigation of everybody else; their words are `nav.…` in the term table. Behind each stands the list of all."""


PUBLIC_ROOMS = ("public", "commitments", "open_data")
"""Pages that are read without signing in."""


@dataclass(frozen=True, slots=True)
class Door:
    """One entry of the navigation."""

    room: str
    address: str
    term: str
    here: bool


def address(name: str) -> str | None:
    """The address of a page, or None where this site has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def rooms(request: HttpRequest) -> tuple[str, ...]:
    """The pages that somebody works with from day to day."""
    user = getattr(request, "user", None)
    if user is None or getattr(user, "is_superuser", False):
        return ROOMS
    held = {name.partition(".")[2] for name in user.get_all_permissions()}
    return next((pages for acts, pages in ROOMS_OF if held.intersection(acts)), ROOMS)


def doors(request: HttpRequest) -> list[Door]:
    """The navigation: pages that exist, the present one marked."""
    found = [(room, address(room)) for room in (*rooms(request), "rooms")]
    path = request.path
    best = max((a for _, a in found if a and (path == a or (a != "/" and path.startswith(a)))), key=len, default=None)
    return [Door(room, a, f"nav.{room}", a == best) for room, a in found if a]


def public_doors(request: HttpRequest) -> list[Door]:
    """The navigation of somebody who is not signed in: the pages that everybody may read."""
    found = [(room, a) for room in PUBLIC_ROOMS if (a := address(room))]
    best = max((a for _, a in found if request.path.startswith(a)), key=len, default=None)
    return [Door(room, a, f"nav.{room}", a == best) for room, a in found] if best else []


def sign_in(request: HttpRequest) -> str:
    """Where somebody signs in to come back to this page."""
    return f"{address('enter') or address('login')}?{urlencode({'next': request.get_full_path()})}"


def laboratory() -> Mapping[str, str]:
    """The laboratory's own name in both languages, from `laboratory.json` of the data folder; else the words for
    «this laboratory»."""
    if settings.DATA is not None:
        path = settings.DATA / "laboratory.json"
        if path.is_file():
            try:
                name = json.loads(path.read_text("utf-8"))["name"]
            except (ValueError, KeyError, TypeError):
                name = None
            if isinstance(name, str):
                return {"": name}
            if isinstance(name, dict):
                return {str(key): str(text) for key, text in name.items()}
    return {"zh": term("shell.laboratory", "zh"), "en": term("shell.laboratory", "en")}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of every page."""
    user = getattr(request, "user", None)
    name, inside = "", user is not None and user.is_authenticated
    if user is not None and inside:
        name = (user.last_name if current() == "zh" else user.first_name) or user.get_username()
    return {
        "lang": current(),
        "lang_tag": TAGS[current()],
        "other_language": other_language(request),
        "demo": settings.DEMO,
        "doors": doors(request) if inside else public_doors(request),
        "find_address": address("find") if inside else None,
        "sign_in": None if inside or request.path in (address("enter"), address("login")) else sign_in(request),
        "me": name,
        "me_address": address("enter") or address("logout"),
        "laboratory": laboratory(),
    }


def _error(request: HttpRequest, status: int, told: Sequence[Finding] = ()) -> HttpResponse:
    context = {"status": status, "title": f"error.{status}", "why": f"error.{status}.why", "told": told}
    return render(request, "error.html", context, status=status)


class RefusedMiddleware:
    """Where the records as they stand refuse a page that no form awaits: 409, with what, where and what to do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page; None for any other exception."""
        return _error(request, 409, exception.findings) if isinstance(exception, Refused) else None


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _error(request, 400)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from this site, or whose cookie is gone."""
    return _error(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _error(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _error(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    """500: drawn without the records, which may be what failed."""
    return HttpResponse(
        f"<!doctype html><html lang='{TAGS[current()]}'><meta charset='utf-8'><title>500</title>"
        "<link rel='stylesheet' href='/static/suyuan/style.css'><main class='page'><div class='head'>"
        f"<h1>{term('error.500')}</h1><p class='lead'>{term('error.500.why')}</p>"
        f"<p class='lead'><a href='/'>{term('error.home')}</a></p></div></main></html>",
        status=500,
    )
