"""What was submitted, once opened: to each member its own, to the pilot when all is open, to all from draft A on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from suyuan.comparison.round.standing import submissions
from suyuan.comparison.round.submission import Reported
from suyuan.site.acts.rounds.one import Seen
from suyuan.site.terms import term
from suyuan.site.web.parts.number import digits, plain
from suyuan.site.web.parts.text import unbroken
from suyuan.site.web.rounds.facts import called, unit_text

SHORT = 3
"""So many results stand beside a laboratory; the table below has all."""


def submitted(view: Seen) -> dict[str, Any]:
    """values: a few results of each member in short, by code; rows: every result with what it rests on."""
    if view.where.phase in ("prepared", "invited", "open"):
        return {"values": {}, "submitted": ()}
    still = any(m.state == "sealed" for m in view.where.members.values())
    every = view.shows_values and not still
    values, rows = {}, []
    for code, (read, _) in submissions(view.where).items():
        if read is None or not (every or code == view.me):
            continue
        known = view.named or code == view.me
        listed = [_row(view, r) for r in read.results]
        short = format_html_join(mark_safe("<br>"), "{}", ((row["short"],) for row in listed[:SHORT]))
        if len(listed) > SHORT:
            short += format_html("<br>{}", term("comparison.values.more", n=len(listed) - SHORT))
        values[code] = short
        behind = format_html_join(mark_safe("<br>"), "{} {}", ((i, unbroken(n)) for i, n in read.standards))
        shared = {"name": called(view, code), "mine": code == view.me, "standards": behind if known else "",
                  "by": read.measured_by if known and view.part else ""}  # fmt: skip
        rows += [row | shared for row in listed]
    stated = {f"has_{name}": any(row[name] for row in rows) for name in ("U", "u")}
    return {"values": values, "submitted": rows, **stated}


def _row(view: Seen, r: Reported) -> dict[str, Any]:
    measurand = view.protocol.measurand(r.measurand)
    unit = unit_text(measurand.unit) if measurand is not None else ""
    value = r.text.get("value") or plain(r.value)
    spread = [(name, r.text.get(name) or plain(x)) for name, x in (("U", r.U), ("k", r.k), ("u", r.u)) if x is not None]
    given = dict(spread)
    own = unit_text(r.text["unit"]) if r.text.get("unit") else unit
    return {
        "measurand": r.measurand, "value": digits(value), "unit": own, "U": given.get("U") or "",
        "u": given.get("u") or "", "k": given.get("k") or "", "measured": r.measured, "remark": r.remark,
        "short": _short(r, value, given, own),
    }  # fmt: skip


def _short(r: Reported, value: str, given: Mapping[str, str], unit: str) -> SafeString:
    """L100 41.2 nm, U = 3.0, k = 2."""
    name = "U" if "U" in given else "u"
    said = format_html('<span class="nowrap">{} {} {}</span>', unbroken(r.measurand), digits(value), unit)
    if name in given:
        said += format_html(
            '{}<span class="nowrap"><i class="sy">{}</i> = {}</span>', term("comparison.comma"), name, given[name]
        )
    return said
