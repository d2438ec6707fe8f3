"""What its reader may open: a page that would be refused is no link. One table of guards, a guard an address name.

The reader is the person whose request is being answered, kept as the language is. Where nobody asks (a file made
outside a request), everything is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

from suyuan.quantity.finding import Refused
from suyuan.site.acts import service, store
from suyuan.site.acts.carbon import held as carbon
from suyuan.site.acts.closing import challenge
from suyuan.site.acts.matching import need
from suyuan.site.acts.matters import matter
from suyuan.site.acts.regulation import centre
from suyuan.site.acts.rounds import one as rounds
from suyuan.site.acts.series import detach, held, intake, sharing

Guard = Callable[[Any, Mapping[str, Any]], bool]
OPEN_TO_ALL = frozenset(("public", "commitments", "open_data", "open_data_file", "public_indicator", "enter", "login"))
"""Pages that are read without signing in and need no guard."""
ACTS: Mapping[str, tuple[str, ...]] = {
    "receive": ("receive",), "type_in": ("receive",), "comparison_new": ("pilot",), "need_new": need.STATE,
    "panel_new": ("regulate",), "guideline_take_in": ("regulate",), "registers_defects": ("steward", "regulate"),
    "people_authorise": ("authorise",), "people_revise": ("authorise",),
    "people_evidence": service.MAY_DELIVER["evidence"], "data_import": intake.TAKE_IN, "dataset_new": sharing.STEWARD,
    "series_detach": detach.DECLARE,
    **dict.fromkeys(("series", "series_readings", "series_excel", "series_taken_file", "series_quality", "data_impact"),
                    held.SEE),
}  # fmt: skip
"""Address name → acts of which one opens it."""


@dataclass
class _Reader:
    user: Any
    found: dict[str, bool] = field(default_factory=dict)


_reader: ContextVar[_Reader | None] = ContextVar("suyuan_reader", default=None)


class ReaderMiddleware:
    """Keeps who reads, behind the middleware that knows the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with read_by(request.user):
            return self.get_response(request)


@contextmanager
def read_by(user: Any) -> Iterator[None]:
    """Everything inside is read by somebody."""
    token = _reader.set(_Reader(user))
    try:
        yield
    finally:
        _reader.reset(token)


def opened(address: str | None) -> str | None:
    """An address where the reader may open it, else None; asked once a request."""
    reader = _reader.get()
    if not address or reader is None:
        return address or None
    if address not in reader.found:
        reader.found[address] = _opens(reader.user, address)
    return address if reader.found[address] else None


def opened_named(name: str, *args: str) -> str | None:
    """The address of a page by its name, None where this site has no such page or the reader may not open it."""
    try:
        return opened(reverse(name, args=args))
    except NoReverseMatch:
        return None


def _opens(user: Any, address: str) -> bool:
    try:
        found = resolve(unquote(urlsplit(address).path))
    except Resolver404:
        return False
    name = found.url_name or ""
    if not getattr(user, "is_authenticated", False):
        return name in OPEN_TO_ALL or (name == "comparison_public" and _released(user, found.kwargs))
    if name in ACTS:
        return service.may(user, *ACTS[name])
    guard = GUARDS.get(name)
    return guard is None or guard(user, found.kwargs)


# ---------------------------------------------------------------- guards


def _there(look: Callable[[], Any]) -> bool:
    """Whether what a page begins with finds something."""
    try:
        look()
    except Http404:
        return False
    return True


def _matter(user: Any, given: Mapping[str, Any]) -> bool:
    return _there(lambda: matter.seen(given["procedure"], given["number"], user))


def _panel(user: Any, given: Mapping[str, Any]) -> bool:
    return _there(lambda: matter.seen("panel", given["number"], user))


def _released(user: Any, given: Mapping[str, Any]) -> bool:
    return _there(lambda: rounds.everyones(given["number"]))


def _round(user: Any, given: Mapping[str, Any]) -> bool:
    return _there(lambda: rounds.seen(given["number"], user))


def _file(user: Any, given: Mapping[str, Any]) -> bool:
    return _there(lambda: centre.file_of(service.now_known(), user, given["digest"]))


def _carbon(user: Any, given: Mapping[str, Any]) -> bool:
    try:
        value: Any = store.store().value(given["digest"])
    except Refused:
        return False
    return carbon.may_see(user, value)


GUARDS: Mapping[str, Guard] = {
    "carbon_new": lambda user, _: carbon.may_make(user),
    **dict.fromkeys(
        ("carbon_claim", "carbon_claim_json", "carbon_claim_file", "carbon_verify", "carbon_meters"), _carbon
    ),
    "matter": _matter,
    "panel": _panel,
    "matter_new": lambda user, given: challenge.may_open(user, given["procedure"]),
    "order_new": lambda user, _: challenge.may_open(user, "order"),
    "comparison_public": _released,
    "comparison": _round,
    "centre_file": _file,
}
"""Address name → whether somebody may open the page with these parts of its address."""
