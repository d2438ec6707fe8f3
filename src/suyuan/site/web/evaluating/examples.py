"""Published examples, computed now by this program and shown beside the printed numbers at their digits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from suyuan.quantity.finding import Finding, Refused
from suyuan.quantity.notation import grouped
from suyuan.quantity.notation import number as written
from suyuan.site.acts.evaluating.numbers import number_of
from suyuan.site.terms import term, term_table
from suyuan.site.web.evaluating.calculate import KINDS, slug
from suyuan.site.web.evidence.picture import in_both
from suyuan.site.web.parts.number import digits
from suyuan.verbs.examples import Compared, Example, allowance, computed, example
from suyuan.verbs.examples import examples as published


@dataclass(frozen=True)
class Line:
    """One number of an example: what it is, as printed, as computed, whether they agree; allowed: the tolerance of the
    case, where both differ within it."""

    name: SafeString
    printed: SafeString
    computed: SafeString
    agrees: bool
    allowed: str = ""


@dataclass(frozen=True)
class Block:
    """One example. lines: empty where it is computed on demand; findings: why it could not be computed."""

    example: Example
    name: str
    address: str
    lines: tuple[Line, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def done(self) -> bool:
        return bool(self.lines or self.findings)

    @property
    def agrees(self) -> bool:
        return bool(self.lines) and all(line.agrees for line in self.lines)

    @property
    def anchor(self) -> str:
        """The example's name as far as an address and a selector bear it."""
        return "ex-" + re.sub(r"[^A-Za-z0-9]+", "-", self.example.id)

    @property
    def trials(self) -> str:
        return grouped(str(self.example.trials))

    @property
    def status(self) -> str:
        key = f"examples.status.{self.example.status.replace(' ', '_')}"
        return term(key) if key in term_table() else self.example.status


@require_safe
def examples(request: HttpRequest) -> HttpResponse:
    """All of them; those without Monte Carlo computed at once, the others when asked (`?compute=`)."""
    wanted = request.GET.get("compute", "")[:100]
    blocks = [block(e, now=not e.trials or e.id == wanted) for e in published()]
    groups = [
        {"term": "calc.model" if kind == "model" else f"calc.{kind}", "blocks": found}
        for kind in ("model", *KINDS)
        if (found := [b for b in blocks if b.example.kind == kind])
    ]
    return render(request, "examples.html", {"groups": groups, "answer": in_both(lambda: _answer(blocks))})


@require_safe
def one(request: HttpRequest, id: str) -> HttpResponse:
    """One example computed: the part of the table that htmx asks for."""
    found = example(id)
    if found is None:
        raise Http404
    return render(request, "part/example.html", {"b": block(found, now=True)})


def _answer(blocks: Sequence[Block]) -> str:
    """How many numbers agree: what a person would say aloud."""
    done = [b for b in blocks if b.done]
    lines = [line for b in done for line in b.lines]
    wrong = sum(1 for line in lines if not line.agrees) + sum(1 for b in done if b.findings)
    key = "examples.answer.all" if not wrong else "examples.answer.some"
    return term(key, cases=len(done), numbers=len(lines), wrong=wrong, waiting=len(blocks) - len(done))


def block(of: Example, now: bool) -> Block:
    """An example as shown, computed or waiting."""
    name = term(f"examples.name.{of.id}") if f"examples.name.{of.id}" in term_table() else of.source
    way = reverse("evaluate") if of.kind == "model" else reverse("calculation", args=[slug(of.kind)])
    address = f"{way}?{urlencode({'example': of.id})}"
    if not now:
        return Block(of, name, address)
    try:
        return Block(of, name, address, tuple(_line(row, of) for row in computed(of.id)))
    except Refused as refused:
        return Block(of, name, address, (), refused.findings)


def _line(row: Compared, of: Example) -> Line:
    computed_ = (
        digits(row.computed) if row.computed else format_html('<span class="mute">{}</span>', term("none.unknown"))
    )
    return Line(_path(row.path), digits(row.printed), computed_, row.agrees, _allowed(row, of))


def _allowed(row: Compared, of: Example) -> str:
    """The tolerance of a number that is not the printed one, and yet agrees."""
    printed = number_of(row.printed)
    if printed is None or not row.agrees or row.printed == row.computed:
        return ""
    return term("examples.within", allowed=written(allowance(printed, row.path, of.tolerance), 2))


def _path(path: Sequence[str]) -> SafeString:
    """The keys that lead to a number in people's words; names of outputs stay as they are."""
    parts: list[tuple[Any]] = []
    for key in path:
        word = f"examples.key.{key}"
        if word in term_table():
            parts.append((term(word),))
        elif key.isdecimal():
            parts.append((str(int(key) + 1),))
        else:
            parts.append((format_html('<span class="mono">{}</span>', key),))
    return format_html_join(mark_safe(" · "), "{}", parts)
