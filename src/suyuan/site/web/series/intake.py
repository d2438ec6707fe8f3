"""Import: drop a file, see what would go in, say what it does not, take it in; take a block out again."""

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

from suyuan.lake.formats.doubled import FOLDS
from suyuan.lake.formats.imported import NO_TIME
from suyuan.lake.intake import Brought, Given
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.notation import number
from suyuan.quantity.unit import parse_unit
from suyuan.series.resolution import decimal
from suyuan.site.acts.day import as_written
from suyuan.site.acts.evaluating.numbers import number_of
from suyuan.site.acts.series import blocks as lying
from suyuan.site.acts.series import intake as acts
from suyuan.site.acts.series.detach import unfit_for
from suyuan.site.acts.series.intake import Looked
from suyuan.site.language import LANGUAGES
from suyuan.site.terms import term
from suyuan.site.web.beside import cells_of
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import both
from suyuan.site.web.series import ticks
from suyuan.site.web.series.intake_mapping import ROWS, columns_of, mapping_of
from suyuan.site.web.series.ways import stream_way
from suyuan.store.folder import plain_name
from suyuan.store.zone import house_zone, zone_name
from suyuan.verbs.series.declared import moment_of, read_moment

BESIDE = ("instrument", "place", "quantity", "unit", "sampling", "resolution", "u", "start", "owner", "licence")
CLOCKS = ("zone", "fold")
FIELDS = (*BESIDE, *CLOCKS)
ZONES = ("Asia/Shanghai", "UTC", "Asia/Urumqi", "Asia/Hong_Kong", "Europe/Berlin", "America/New_York")
LONGEST, LATEST = 300, 8


@require_http_methods(["GET", "HEAD", "POST"])
def intake(request: HttpRequest) -> HttpResponse:
    """The page; POST `do`: look (again), save, take, or give_up; withdraw or restore a block."""
    if not acts.may_take_in(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, None, {}, ())
    typed = {name: request.POST.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in FIELDS}
    what = request.POST.get("do", "look")
    if what in ("withdraw", "restore"):
        return _said(request, what)
    if what == "give_up":
        acts.give_up(request.user, request.POST.get("waits", ""))
        return redirect("data_import")
    try:
        content, name = _content(request)
    except Refused as refused:
        return _page(request, None, typed, refused.findings, 422)
    try:
        mapping, given = mapping_of(request.POST), _given(request, typed)
    except Refused as refused:  # the file stays, and what was typed
        return _page(request, acts.look(content, name, Given()), typed, refused.findings, 422)
    looked = acts.look(content, name, given, mapping, (typed["zone"], typed["fold"]))
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
    sampling = number_of(typed["sampling"]) if typed["sampling"] else None
    if typed["sampling"] and (sampling is None or sampling <= 0.0):
        found.append(finding("site.data.sampling", "sampling", given=typed["sampling"][:40]))
    start: int | None = None
    if typed["start"]:
        try:
            start = moment_of(read_moment(as_written(typed["start"])), house_zone())
        except (ValueError, OverflowError):
            found.append(finding("site.data.start", "start", given=typed["start"][:40]))
    resolutions = _each(request, "resolution-of")
    for text in (typed["resolution"], *resolutions.values()):
        try:
            decimal(text or "1", "resolution")
        except Refused as refused:
            found += refused.findings
    if typed["fold"] not in FOLDS:
        known = ", ".join(FOLDS[1:])
        found.append(finding("formats.time.fold_unknown", "fold", given=typed["fold"][:40], known=known))
    ids, units, quantities = _named(request), _each(request, "unit-of"), _each(request, "quantity-of")
    units |= {"": typed["unit"]} if typed["unit"] else {}
    quantities |= {"": typed["quantity"]} if typed["quantity"] else {}
    for unit in units.values():
        try:
            parse_unit(unit)
        except Refused as refused:
            found += [replace(item, where="unit") for item in refused.findings]
    if found:
        raise Refused(*found)
    return Given(
        ids,
        quantities,
        units,
        typed["instrument"],
        typed["place"],
        owner=typed["owner"],
        licence=typed["licence"],
        sampling=sampling,
        resolution=typed["resolution"],
        u=u,
        resolutions=resolutions,
        start=start,
    )


def _named(request: HttpRequest) -> dict[str, str]:
    """Names in the file → ids of streams, where they are to be others."""
    return {was: id for was, id in _each(request, "id").items() if id != was}


def _each(request: HttpRequest, field: str) -> dict[str, str]:
    """Name in the file → what the form says of it in a field of its own, where it says something."""
    said = {}
    for n in range(1000):
        was = request.POST.get(f"was-{n}")
        if was is None:
            break
        text = request.POST.get(f"{field}-{n}", "").replace("\x00", "").strip()[:200]
        if text:
            said[was] = text
    return said


# ---------------------------------------------------------------- taking in


def _take(request: HttpRequest, looked: Looked, typed: Mapping[str, str]) -> HttpResponse:
    try:
        done, aside = acts.take_in(request.user, looked)
    except Refused as refused:
        return _page(request, looked, typed, refused.findings, 422)
    first = next(one.stream.id for one in looked.good if one.stream is not None)
    key = "data.import.taken" if done.new else "data.import.known"
    messages.success(request, term(key, readings=done.readings, streams=len(looked.good)))
    if aside:
        messages.warning(
            request, term("data.import.aside", n=len(looked.imported.aside) if looked.imported else 0, where=aside)
        )
    way = stream_way(first) if len(looked.good) == 1 else reverse("data")
    return redirect(way)


def _said(request: HttpRequest, what: str) -> HttpResponse:
    """A block is taken out, or brought back."""
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:1000]
    try:
        row = lying.say(request.user, request.POST.get("block", "")[:64], reason, back=what == "restore")
    except Refused as refused:
        return _page(request, None, {}, refused.findings, 422)
    key = "data.blocks.restored" if what == "restore" else "data.blocks.out_now"
    messages.success(request, term(key, stream=row["stream"], readings=row["n"]))
    return redirect(reverse("data_import") + "#blocks")


# ---------------------------------------------------------------- the page


def _page(
    request: HttpRequest, looked: Looked | None, typed: Mapping[str, str], found: tuple[Finding, ...], status: int = 200
) -> HttpResponse:
    beside = {name: tuple(item for item in found if item.where == name) for name in FIELDS}
    if looked is not None and any(f.code == "formats.time.no_zone" for f in _told(looked)):
        beside["zone"] = (*beside["zone"], finding("site.data.zone_needed", "zone", "warning"))
    plan = looked.mapping if looked is not None else None
    if plan is not None:
        typed = {**typed, "zone": plan.time.zone or typed.get("zone", ""),
                 "fold": plan.time.fold or typed.get("fold", "")}  # fmt: skip
    hidden = () if plan is None else tuple(n for n in ("quantity", "unit") if not typed.get(n))
    context: dict[str, Any] = {
        "looked": looked,
        "limit": acts.LARGEST // 2**20,
        "typed": typed,
        "cells": cells_of({n: typed.get(n, "") for n in FIELDS}, beside, FIELDS),
        "beside": [n for n in BESIDE if n not in hidden],
        "zones": dict.fromkeys((zone_name(), *ZONES)),
        "folds": [f for f in FOLDS if f],
        "faults": tuple(item for item in found if item.where not in FIELDS or item.where in hidden),
        "lead": _lead(looked),
    }
    if looked is not None:
        known, said = acts.known_blocks(looked), _each(request, "resolution-of")
        context |= {
            "streams": [
                _stream(n, one, known) | {"said": said.get(one.name, "")} for n, one in enumerate(looked.brought)
            ],
            "told": _told(looked),
            "unread": _unread(looked),
            "ready": bool(looked.good),
            "all_read": looked.imported is not None and len(looked.good) == len(looked.brought) > 0,
            "times": _times(looked),
            "facts": looked.imported,
            "size": digits(str(max(1, round(looked.size / 1024)))),
        }
        if looked.mapping is not None:
            context |= {
                "columns": columns_of(looked),
                "plan": looked.mapping,
                "pattern": " | ".join(looked.mapping.time.patterns),
                "missing": " ".join(looked.mapping.missing),
                "mapping": (request.POST.get("mapping") if found else "")
                or json.dumps(looked.mapping.to_json(), ensure_ascii=False, indent=1),
            }
    else:
        context |= _blocks(request)
    return render(request, "data_import.html", context, status=status)


def _blocks(request: HttpRequest) -> dict[str, Any]:
    """What came in last, and what was taken out again."""
    rows, count = lying.latest(LATEST)
    return {
        "blocks": [_block(row) for row in rows],
        "block_count": count,
        "out": [_block(row) | {"who": row["who"], "reason": row["reason"], "at": _when(row["at"])} for row in
                lying.out()],
        "may_withdraw": lying.may_withdraw(request.user),
    }  # fmt: skip


def _block(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "digest": row["digest"], "stream": row["stream"], "way": stream_way(row["stream"]), "readings": row["n"],
        "first": _when(row["first"]), "last": _when(row["last"]), "received": _when(row["received"]),
        "instrument": row["instrument"],
    }  # fmt: skip


def _when(time: int | None) -> Any:
    return None if time is None else ticks.local(time, house_zone())


def _times(looked: Looked) -> bool:
    """Whether the zone of the times is asked for beside the file: where no row of a column asks for it."""
    if looked.mapping is not None and looked.mapping.time.columns:
        return False
    codes = {f.code for f in _told(looked)}
    return bool(codes & {"formats.time.no_zone", "formats.time.local", "lake.hj212.zone"})


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
    unfit = (
        f for one in looked.good if one.stream is not None and one.block is not None
        for f in unfit_for(one.stream, one.block.instrument, one.block.configuration)
    )  # fmt: skip
    every = (*looked.refused, *imported, *(f for one in looked.brought for f in one.findings), *unfit)
    return tuple(dict.fromkeys(_of_page(f) for f in every))


def _of_page(item: Finding) -> Finding:
    """A finding without the option of the terminal: on a page the field has its name."""
    return replace(item, parameters=tuple(pair for pair in item.parameters if pair[0] != "option"))


def _unread(looked: Looked) -> list[tuple[str, int]]:
    return sorted(looked.imported.unread.items(), key=lambda pair: -pair[1]) if looked.imported is not None else []


def _stream(n: int, one: Brought, known: frozenset[str]) -> dict[str, Any]:
    """One measurand as it would go in, with its first readings."""
    row: dict[str, Any] = {"n": n, "name": one.name, "id": one.stream.id if one.stream else one.name, "good": False}
    if one.stream is None or one.block is None:
        return row | {"unitless": any(f.code == "lake.intake.unit" for f in one.findings)}
    stream, block, zone = one.stream, one.block, house_zone()
    span = block.span
    row |= {
        "good": True,
        "quantity": stream.quantity,
        "unit": stream.unit,
        "place": stream.place,
        "instrument": block.instrument,
        "readings": len(block),
        "resolution": None if _digits(one) else format(block.resolution, "f"),
        "missing": 0 if block.missing is None else int(block.missing.sum()),
        "known": block.digest in known,
        "first": None if span is None else ticks.local(span[0], zone),
        "last": None if span is None else ticks.local(span[1], zone),
        "rows": _rows(block),
        "u": block.u if isinstance(block.u, float) else None,
        "own": block.u is not None,
    }
    return row


def _digits(one: Brought) -> bool:
    """Whether the digits of a stream are a computer's, and its resolution is not known."""
    return any(f.code == "lake.intake.resolution_unknown" for f in one.findings)


def _rows(block: Any) -> list[tuple[str, str]]:
    """The first readings: time and value as written."""
    zone, made = house_zone(), []
    for time, value in zip(block.time[:ROWS].tolist(), np.asarray(block.value[:ROWS]).tolist(), strict=True):
        when = term("none.unknown") if time == NO_TIME else ticks.local(time, zone).strftime("%Y-%m-%d %H:%M:%S")
        made.append((when, term("data.status.missing") if value != value else number(value, 10) or ""))
    return made
