"""The language of a request: Chinese unless a person chose English.

Our own words come from one term table (`terms`); Django's own messages (forms, login) follow the same choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.utils import translation

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
COOKIE = "suyuan_lang"
TAGS: Mapping[Language, str] = {"zh": "zh-CN", "en": "en"}
CATALOGUES: Mapping[Language, str] = {"zh": "zh-hans", "en": "en"}

_current: ContextVar[Language] = ContextVar("suyuan_language", default="zh")


def current() -> Language:
    """The language in which the present request is answered."""
    return _current.get()


@contextmanager
def spoken(language: Language) -> Iterator[None]:
    """Everything inside is said in that language."""
    token = _current.set(language)
    try:
        with translation.override(CATALOGUES[language]):
            yield
    finally:
        _current.reset(token)


def other_language(request: HttpRequest) -> str:
    """The address of the same page in the other language."""
    query = request.GET.copy()
    query["lang"] = "zh" if current() == "en" else "en"
    return f"{request.path}?{query.urlencode()}"


class LanguageMiddleware:
    """`?lang=en` chooses and is remembered by a cookie; without a choice the page is Chinese."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("lang")
        chosen = asked if asked in LANGUAGES else request.COOKIES.get(COOKIE)
        language: Language = "en" if chosen == "en" else "zh"
        with spoken(language):
            response = self.get_response(request)
        if asked in LANGUAGES:
            response.set_cookie(COOKIE, language, max_age=365 * 86400, samesite="Lax", httponly=True)
        response.headers["Content-Language"] = TAGS[language]
        return response
