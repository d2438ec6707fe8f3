"""Two centres side by side, indicator by indicator, with how sure their order is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from suyuan.centre.scorecard import GateRow, Row
from suyuan.centre.sensitivity import sensitivity, smallest_swap
from suyuan.quantity.finding import Finding, finding
from suyuan.site.acts.regulation import centre as acts
from suyuan.site.acts.regulation.centre import Known
from suyuan.site.language import current
from suyuan.site.web.regulation.centre_past import DRAWS
from suyuan.site.web.regulation.centre_shown import GOODS, points, span, title_in, value_html, whole
from suyuan.verbs.snapshot import Snapshot


def compare(request: HttpRequest) -> HttpResponse:
    """`?with=A&with=B`, or `?with=A,B`; without two of one guideline the form says what is missing."""
    day = acts.day_of(request.GET.get("day", ""))
    known = acts.on(day)
    asked = [part.strip() for text in request.GET.getlist("with") for part in text.split(",") if part.strip()][:2]
    at = {entry.centre.id: acts.of_entry(known, entry) for entry in acts.register(known)}
    pair = tuple(at[id] for id in asked if id in at)
    told = _wrong(asked, pair)
    return render(request, "centre_compare.html", {
        "known": known, "day_query": f"?day={day}" if day else "", "asked": asked,
        "told": told,
        "choices": choices(at.values()),
        **(_both(known, *pair) if len(pair) == 2 and not told else {}),
    })  # fmt: skip


def choices(all_: Iterable[Known]) -> list[dict[str, Any]]:
    """Those with a card, by the guideline that they share: only two of one can be compared."""
    groups: dict[str, list[Known]] = {}
    for one in all_:
        if one.card is not None and one.guideline is not None:
            groups.setdefault(f"{one.guideline.number} {one.guideline.version}", []).append(one)
    return [
        {"guideline": name, "rows": [{"id": one.row.id, "name": one.row.name} for one in rows]}
        for name, rows in sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    ]


def _wrong(asked: list[str], pair: tuple[Known, ...]) -> tuple[Finding, ...]:
    """What stands against a comparison; () where nobody asked for one."""
    if not asked:
        return ()
    digests = {one.guideline.digest for one in pair if one.guideline is not None and one.card is not None}
    two = len({one.row.id for one in pair}) == 2 and len(digests) == 1
    if two and all(one.card is not None for one in pair):
        return ()
    return (finding("centre.page.compare", "with", "warning", given=", ".join(asked)[:80]),)


def _both(known: Snapshot, a: Known, b: Known) -> dict[str, Any]:
    assert a.card is not None and b.card is not None and a.scored is not None and a.guideline is not None
    cards = a.scored.cards
    found = known.once(f"sensitivity {a.guideline.digest}", lambda: sensitivity(cards, DRAWS))
    i, j = found.centres.index(a.row.id), found.centres.index(b.row.id)
    before, swap = 100.0 * float(found.before[i, j]), smallest_swap(cards, a.row.id, b.row.id)
    return {
        "pair": [_head(one) for one in (a, b)],
        "guideline": a.guideline,
        "gates": [_gates(a, b, x, y) for x, y in zip(a.card.gates, b.card.gates, strict=True)],
        "rows": [_rows(a, b, x, y) for x, y in zip(a.card.rows, b.card.rows, strict=True)],
        "before": f"{before:.0f}", "after": f"{100.0 - before:.0f}", "draws": DRAWS,
        "swap": points(swap.moved) if swap.to else "", "total": whole(a.card.total),
    }  # fmt: skip


def _head(one: Known) -> dict[str, Any]:
    assert one.card is not None
    return {"id": one.row.id, "name": one.row.name, "address": reverse("centre", args=[one.row.id]),
            "score": span(one.card.low, one.card.high)}  # fmt: skip


def _gates(a: Known, b: Known, x: GateRow, y: GateRow) -> dict[str, Any]:
    states = [(title_in(one.row.name, current()), GOODS[row.passed]) for one, row in ((a, x), (b, y))]
    return {"id": x.gate.id, "title": x.gate.title, "states": states}


def _rows(a: Known, b: Known, x: Row, y: Row) -> dict[str, Any]:
    """One indicator of both; ahead: which of the two is surely ahead, None where the intervals overlap."""
    (low, high), (other_low, other_high) = x.points, y.points
    return {
        "id": x.indicator.id, "title": x.indicator.title, "weight": points(x.indicator.weight),
        "ahead": a.row.name if low > other_high + 1e-9 else b.row.name if other_low > high + 1e-9 else None,
        "equal": abs(low - other_low) < 1e-9 and abs(high - other_high) < 1e-9 and high - low < 1e-9,
        "cells": [
            {"name": title_in(one.row.name, current()), "value": value_html(row.low, row.high, row.indicator),
             "points": span(*row.points), "unknown": row.unknown,
             "way": reverse("centre_facts", args=[one.row.id, row.indicator.id])}
            for one, row in ((a, x), (b, y))
        ],
    }  # fmt: skip
