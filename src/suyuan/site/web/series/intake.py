"""Import: drop a file, see what would go in, mend the mapping of its columns, take it in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from suyuan.lake.formats.column_mapping import ColumnMapping, ValueColumn, read_mapping
from suyuan.lake.formats.imported import NO_TIME
from suyuan.lake.intake import Brought, Given
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.notation import number
from suyuan.quantity.unit import parse_unit
from suyuan.site.acts.evaluating.numbers import number_of
from suyuan.site.acts.series import intake as acts
from suyuan.site.acts.series.intake import Looked
from suyuan.site.language import LANGUAGES
from suyuan.site.terms import term
from suyuan.site.web.beside import cells_of
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import both
from suyuan.site.web.series import ticks
from suyuan.site.web.series.ways import stream_way
from suyuan.store.folder import plain_name
from suyuan.store.zone import house_zone, zone_name

FIELDS = ("instrument", "place", "quantity", "unit", "owner", "licence", "u", "zone")
USES = ("time", "value", "label", "unread")
LONGEST, ROWS = 300, 4


@require_http_methods(["GET", "HEAD", "POST"])
def intake(request: HttpRequest) -> HttpResponse:
    """The page; POST `do`: look (again), save, take, or give_up."""
    if not acts.may_take_in(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, None, {"zone": zone_name()}, ())
    typed = {name: request.POST.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in FIELDS}
    what = request.POST.get("do", "look")
    if what == "give_up":
        acts.give_up(request.user, request.POST.get("waits", ""))
        return redirect("data_import")
    try:
        content, name = _content(request)
    except Refused as refused:
        return _page(request, None, typed, refused.findings, 422)
    try:
        mapping, given = _mapping(request.POST), _given(request, typed)
    except Refused as refused:  # the file stays, and what was typed
        return _page(request, acts.look(content, name, Given()), typed, refused.findings, 422)
    looked = acts.look(content, name, given, mapping, typed["zone"])
    if what == "take":
        return _take(request, looked, typed)
    if what == "save" and looked.mapping is not None and not looked.refused:
        acts.save_mapping(request.user, tuple(looked.sample), looked.mapping)
        looked = replace(looked, saved=True)
        messages.success(request, term("data.import.saved"))
    return _page(request, looked, typed, (), 422 if looked.refused else 200)


def _content(request: HttpRequest) -> tuple[bytes, str]:
    """The bytes of the file: uploaded, or waiting from the look before."""
    upload = request.FILES.get("file")
    if upload is None:
        name = plain_name(request.POST.get("name", "")[:200])
        if not request.POST.get("waits"):
            raise Refused(finding("site.data.file_none", "file"))
        return acts.waiting(request.POST["waits"]), name
    if (upload.size or 0) > acts.LARGEST:
        size = f"{(upload.size or 0) / 2**20:.0f}"
        raise Refused(finding("site.data.file_large", "file", size=size, limit=acts.LARGEST // 2**20))
    content = upload.read()
    acts.keep(request.user, content)
    return content, plain_name(str(upload.name or ""))


def _given(request: HttpRequest, typed: Mapping[str, str]) -> Given:
    """What is said beside the file. Raises Refused with each fault at its field."""
    found: list[Finding] = []
    u: float | str | None = None
    if typed["u"] == "resolution":
        u = "resolution"
    elif typed["u"]:
        u = number_of(typed["u"])
        if u is None or u < 0.0:
            found.append(finding("site.data.u", "u", given=typed["u"][:40]))
    if typed["unit"]:
        try:
            parse_unit(typed["unit"])
        except Refused as refused:
            found += [replace(item, where="unit") for item in refused.findings]
    if found:
        raise Refused(*found)
    ids = {}
    for n in range(1000):
        was = request.POST.get(f"was-{n}")
        if was is None:
            break
        wanted = request.POST.get(f"id-{n}", "").replace("\x00", "").strip()[:200]
        if wanted and wanted != was:
            ids[was] = wanted
    return Given(
        ids,
        typed["quantity"],
        typed["unit"],
        typed["instrument"],
        typed["place"],
        owner=typed["owner"],
        licence=typed["licence"],
        u=u,
    )


# ---------------------------------------------------------------- the mapping


def _mapping(given: Mapping[str, str]) -> ColumnMapping | None:
    """The mapping that the form holds: its JSON, with the rows of columns laid over. None where it holds none.

    Raises Refused with every fault of it.
    """
    text = given.get("mapping", "").strip()
    if not text:
        return None
    base = read_mapping(text.encode("utf-8"))
    if given.get("column-0") is None:
        return base
    old = {value.column: value for value in base.values}
    values, times, labels = [], [], []
    for n in range(2000):
        column = given.get(f"column-{n}")
        if column is None:
            break
        use = given.get(f"use-{n}", "unread")
        if use == "time":
            times.append(column)
        elif use == "label":
            labels.append(column)
        elif use == "value":
            kept = old.get(column, ValueColumn(column))
            said = {
                key: given.get(f"{key}-{n}", "").replace("\x00", "").strip()[:200]
                for key in ("name", "quantity", "unit")
            }
            values.append(replace(kept, name=said["name"], quantity=said["quantity"], unit=said["unit"]))
    patterns = [p.strip() for p in given.get("pattern", "").split(" | ") if p.strip()]
    made = replace(
        base,
        values=tuple(values),
        labels=tuple(labels),
        time=replace(base.time, columns=tuple(times), patterns=tuple(patterns)),
        decimal="," if given.get("decimal") == "," else ".",
        missing=tuple(code.strip() for code in given.get("missing", "").split() if code.strip()),
    )
    return read_mapping(made.to_bytes())


def _columns(looked: Looked) -> list[dict[str, Any]]:
    """A row a column of the table, with what is made of it."""
    plan = looked.mapping
    assert plan is not None
    values = {value.column: value for value in plan.values}
    rows = []
    for n, (column, cells) in enumerate(looked.sample.items()):
        value = values.get(column)
        use = (
            "value"
            if value
            else "time"
            if column in plan.time.columns
            else "label"
            if column in plan.labels
            else "unread"
        )
        named = {v.flag: "flag" for v in plan.values if v.flag} | {v.u: "u" for v in plan.values if v.u}
        named |= {plan.names: "names"} if plan.names else {}
        named |= {plan.units: "units"} if plan.units else {}
        rows.append(
            {
                "n": n,
                "column": column,
                "cells": cells[:ROWS],
                "use": use,
                "beside": named.get(column, ""),
                "name": value.name if value else "",
                "quantity": value.quantity if value else "",
                "unit": value.unit if value else "",
                "uses": [{"value": u, "here": u == use} for u in USES],
            }
        )
    return rows


# ---------------------------------------------------------------- taking in


def _take(request: HttpRequest, looked: Looked, typed: Mapping[str, str]) -> HttpResponse:
    try:
        done = acts.take_in(request.user, looked)
    except Refused as refused:
        return _page(request, looked, typed, refused.findings, 422)
    first = next(one.stream.id for one in looked.good if one.stream is not None)
    key = "data.import.taken" if done.new else "data.import.known"
    messages.success(request, term(key, readings=done.readings, streams=len(looked.good)))
    way = stream_way(first) if len(looked.good) == 1 else reverse("data")
    return redirect(way)


# ---------------------------------------------------------------- the page


def _page(
    request: HttpRequest, looked: Looked | None, typed: Mapping[str, str], found: tuple[Finding, ...], status: int = 200
) -> HttpResponse:
    beside = {name: tuple(item for item in found if item.where == name) for name in FIELDS}
    context: dict[str, Any] = {
        "looked": looked,
        "limit": acts.LARGEST // 2**20,
        "typed": typed,
        "cells": cells_of(typed, beside, FIELDS),
        "faults": tuple(item for item in found if item.where not in FIELDS),
        "lead": _lead(looked),
    }
    if looked is not None:
        known = acts.known_blocks(looked)
        context |= {
            "streams": [_stream(n, one, known) for n, one in enumerate(looked.brought)],
            "told": _told(looked),
            "unread": _unread(looked),
            "ready": bool(looked.good),
            "facts": looked.imported,
            "size": digits(str(max(1, round(looked.size / 1024)))),
        }
        if looked.mapping is not None:
            context |= {
                "columns": _columns(looked),
                "plan": looked.mapping,
                "pattern": " | ".join(looked.mapping.time.patterns),
                "missing": " ".join(looked.mapping.missing),
                "mapping": (request.POST.get("mapping") if found else "")
                or json.dumps(looked.mapping.to_json(), ensure_ascii=False, indent=1),
            }
    return render(request, "data_import.html", context, status=status)


def _lead(looked: Looked | None) -> Any:
    """What would go in, in a sentence."""
    if looked is None:
        return both(*(sentence("data.import.lead", language) for language in LANGUAGES))
    if looked.refused or not looked.good:
        return both(*(sentence("data.import.lead.not", language, name=looked.name) for language in LANGUAGES))
    readings = sum(len(one.block) for one in looked.good if one.block is not None)
    bad = len(looked.brought) - len(looked.good)
    key = "data.import.lead.some" if bad else "data.import.lead.all"
    shown = digits(str(readings))
    return both(
        *(
            sentence(key, language, name=looked.name, streams=len(looked.good), readings=shown, bad=bad)
            for language in LANGUAGES
        )
    )


def _told(looked: Looked) -> tuple[Finding, ...]:
    """All that is to be said of the file: worst first, each once."""
    imported = looked.imported.findings if looked.imported is not None else ()
    return tuple(dict.fromkeys((*looked.refused, *imported, *(f for one in looked.brought for f in one.findings))))


def _unread(looked: Looked) -> list[tuple[str, int]]:
    return sorted(looked.imported.unread.items(), key=lambda pair: -pair[1]) if looked.imported is not None else []


def _stream(n: int, one: Brought, known: frozenset[str]) -> dict[str, Any]:
    """One measurand as it would go in, with its first readings."""
    row: dict[str, Any] = {"n": n, "name": one.name, "was": one.stream.id if one.stream else one.name, "good": False}
    if one.stream is None or one.block is None:
        return row
    stream, block, zone = one.stream, one.block, house_zone()
    span = block.span
    row |= {
        "good": True,
        "id": stream.id,
        "quantity": stream.quantity,
        "unit": stream.unit,
        "place": stream.place,
        "instrument": block.instrument,
        "readings": len(block),
        "resolution": format(block.resolution, "f"),
        "missing": 0 if block.missing is None else int(block.missing.sum()),
        "known": block.digest in known,
        "first": None if span is None else ticks.local(span[0], zone),
        "last": None if span is None else ticks.local(span[1], zone),
        "rows": _rows(block),
        "u": block.u if isinstance(block.u, float) else None,
        "own": block.u is not None,
    }
    return row


def _rows(block: Any) -> list[tuple[str, str]]:
    """The first readings: time and value as written."""
    zone, made = house_zone(), []
    for time, value in zip(block.time[:ROWS].tolist(), np.asarray(block.value[:ROWS]).tolist(), strict=True):
        when = term("none.unknown") if time == NO_TIME else ticks.local(time, zone).strftime("%Y-%m-%d %H:%M:%S")
        made.append((when, term("data.status.missing") if value != value else number(value, 10) or ""))
    return made
