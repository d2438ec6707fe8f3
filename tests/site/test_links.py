"""No link leads to a page that is refused: the site is followed from the first page as each of its people and nobody.

Of each kind of page every second reader opens one address, another than the reader before, and every reader of those
that differ between people; files, calculations and what a page is asked (a past day, a filter), which are slow and the
same for all, only one reader in six opens; so does of all pages but its own the second person of a group.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from lxml import html as parsed
from tests.site.matter_play import Clients, matters

HOST = "http://localhost"
PICKED = 1
"""Addresses of a kind of page that one reader opens."""
ONE_IN = 6
SAME_FOR_ALL = frozenset(("calculation", "calculations", "example", "examples", "evaluate", "certificate_file"))
"""Kinds of pages that say the same to everybody; those that end in a file beside them."""
OWN = frozenset(
    ("start", "today", "rooms", "matter", "panel", "comparison", "contest", "training", "challenges", "panels")
)
"""Kinds of pages that differ between people of one group."""
LEFT_OUT = frozenset(("logout", "look"))
GOOD = (200, 301, 302, 422)
"""422: the page says what is wrong with the case that the link brings."""
Link = tuple[str, str]
"""Address, and the page on which it stands."""


def fetched(page: str) -> Iterator[str]:
    """Everything in a page that a click or the page itself fetches with GET."""
    for element in parsed.fromstring(page).iter("*"):
        if element.tag == "a" and element.get("href"):
            yield element.get("href")
        if element.tag == "form" and element.get("method", "get").lower() == "get":
            yield element.get("action", "")
        yield from (element.get(name) for name in ("hx-get", "src") if element.get(name))


@cache
def kind_of(address: str) -> tuple[str, tuple[str, ...]]:
    """The name of a page's address with the names of what it is asked."""
    from django.urls import Resolver404, resolve

    parts = urlsplit(address)
    try:
        name = resolve(parts.path).url_name or ""
    except Resolver404:
        name = f"? {parts.path}"
    return name, tuple(sorted({key for key, _ in parse_qsl(parts.query, keep_blank_values=True)}))


def links_of(answer: Any, address: str) -> Iterator[str]:
    if answer.status_code in (301, 302):
        found = [answer["Location"]]
    elif answer.get("Content-Type", "").startswith("text/html"):
        found = [*fetched(answer.content.decode())]
    else:
        return
    for link in found:
        parts = urlsplit(urljoin(HOST + address, link))
        if parts.netloc == "localhost" and not parts.path.startswith("/static/"):
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def order(role: str, address: str) -> bytes:
    """Which addresses come first: for each reader others, each time the same."""
    return hashlib.sha256(f"{role} {address}".encode()).digest()


def wanted(number: int, role: str, kind: tuple[str, tuple[str, ...]]) -> bool:
    name = kind[0]
    if name in LEFT_OUT or "lang" in kind[1]:
        return False
    if role[-2:] in ("_b", "_c") and name not in OWN:
        return (number + hashlib.sha256(name.encode()).digest()[0]) % ONE_IN == 0
    asked = bool(kind[1]) and not name.endswith("_new")
    slow = asked or name in SAME_FOR_ALL or name.endswith(("_file", "_excel", "_evidence"))
    one_in = 1 if name in OWN else ONE_IN if slow else 2
    return (number + hashlib.sha256(name.encode()).digest()[0]) % one_in == 0


def refused(client: Any, number: int, role: str) -> list[tuple[str, int, str, str]]:
    """Every link that a reader meets and that does not open: role, status, address, the page on which it stands."""
    first = "/" if role else "/public"
    waiting, seen = deque[Link]([(first, "")]), {first}
    picked: dict[tuple[str, tuple[str, ...]], int] = {}
    bad = []
    client.raise_request_exception = False  # a page that fails is a fault among the others
    while waiting:
        address, on = waiting.popleft()
        answer = client.get(address)
        if answer.status_code not in GOOD:
            bad.append((role or "nobody", answer.status_code, address, on))
        fresh = sorted(set(links_of(answer, address)) - seen, key=lambda link: order(role, link))
        for link in fresh:
            kind = kind_of(link)
            if wanted(number, role, kind) and picked.get(kind, 0) < PICKED:
                picked[kind] = picked.get(kind, 0) + 1
                seen.add(link)
                waiting.append((link, address))
    return bad


@pytest.fixture
def whole(stocked: Path) -> Iterator[None]:
    """The demonstration as a visitor finds it: documents, matters, comparisons, contests."""
    from suyuan.site import demonstration, demonstration_contest

    with matters():
        demonstration.rounds()
        demonstration_contest.running()
        yield


def test_no_link_is_refused_to_whoever_sees_it(whole: None, client: Clients) -> None:
    from django.test import Client

    from suyuan.site.records.authority import DEMO_PEOPLE

    nobody = Client(headers={"host": "localhost"}, raise_request_exception=False)
    readers = [("", nobody), *((role, client(role)) for role in DEMO_PEOPLE)]
    bad = [row for number, (role, one) in enumerate(readers) for row in refused(one, number, role)]
    assert not bad, "\n".join(" ".join(map(str, row)) for row in bad)
