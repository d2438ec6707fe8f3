"""Who can do what at a laboratory on a day: the answer in a sentence, the matrix, single persons, what ends, gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from suyuan.certificate.certificate import Text
from suyuan.report.papers.sheet import Page, workbook
from suyuan.site.acts import clock, service
from suyuan.site.acts.talent import people as acts
from suyuan.site.acts.talent.people import SOON, Cell, View
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.text import both, day_text, pick
from suyuan.site.web.talent.people_figures import ends_figures, matrix_figures
from suyuan.site.web.talent.people_parts import (
    URGENT,
    Asked,
    dated,
    laboratory_of,
    level_html,
    name,
    options,
    person_way,
    quoted,
    standing_html,
    title,
    unit_facts,
    what,
)
from suyuan.talent.gap import Expiry, Gap, Risk, gap, what_ends
from suyuan.talent.joined import own, shares
from suyuan.talent.standing import STATES, WORDS, Standing
from suyuan.verbs.people import standing as verbs

PAGE = 40
"""Rows of the table on one page."""
MOST = 60
"""Rows of the other tables; the workbook has all."""
HEADS = (("person", "people.person"), ("unit", "people.unit"), ("state", "word.state"), ("until", "word.valid_until"))


def people(request: HttpRequest) -> HttpResponse:
    """The page of a laboratory's persons."""
    asked = Asked.of(request.GET)
    seen = acts.view(request.user, asked.day)
    laboratory = laboratory_of(seen, asked.laboratory)
    inside = seen.inside(laboratory)
    rows = listed(seen, laboratory, asked)
    last = max(1, -(-len(rows) // PAGE))
    page = min(asked.page, last)
    shown = rows[(page - 1) * PAGE : page * PAGE]
    risks = [r for r in verbs.risks(seen.known, laboratory) if r.level != "shared"] if laboratory else []
    ends = expiring(seen, laboratory) if inside else []
    found = verbs.findings(seen.known) if seen.authorises else ()
    short, many = gaps(seen, laboratory) if inside else ([], 0)
    context: dict[str, Any] = {
        "asked": asked, "day": seen.day, "today": clock.today(), "past": seen.day != clock.today(),
        "lab": laboratory, "inside": inside, "lead": lead(seen, laboratory, risks, ends, inside),
        "figures": matrix_figures(seen, shown, inside), "rows": [_row(seen, cell, laboratory) for cell in shown],
        "total": len(rows), "all": len(acts.cells(seen.known, laboratory)) if laboratory else 0,
        "before": asked.address(page=page - 1) if page > 1 else "",
        "after": asked.address(page=page + 1) if page < last else "", "page": page, "pages": last,
        "heads": _heads(asked), "choices": _choices(seen, laboratory, asked), "excel": asked.address(),
        "risks": [_risk(seen, row) for row in risks[:MOST]], "risks_total": len(risks),
        "ends": [_end(seen, e) for e in ends[:MOST]], "ends_total": len(ends),
        "ends_figures": ends_figures(seen, ends), "soon": SOON,
        "gaps": [_gap(seen, g) for g in short], "gaps_total": many,
        "found": found, "others": len(found) - 1,
        "may_unit": service.may(request.user, *service.MAY_DELIVER["competence_unit"]),
        "may": service.may(request.user, acts.AUTHORISE), "may_evidence": service.may(
            request.user, *service.MAY_DELIVER["evidence"]),
        "dated": dated(seen.day),
    }  # fmt: skip
    return render(request, "people.html", context)


# ---------------------------------------------------------------- the answer


def lead(seen: View, laboratory: Text, risks: Sequence[Risk], ends: Sequence[Expiry], inside: bool) -> SafeString:
    """The answer: what ends soon, where nobody or one person stands."""
    said = {code: _sentence(seen, laboratory, risks, ends, inside, code) for code in ("zh", "en")}
    return both(said["zh"], said["en"])


def _sentence(
    seen: View, laboratory: Text, risks: Sequence[Risk], ends: Sequence[Expiry], inside: bool, language: Language
) -> str:  # fmt: skip
    if not laboratory:
        return term("people.lead.empty", language)
    if not acts.cells(seen.known, laboratory):
        return term("people.lead.none", language, laboratory=own(laboratory, language))
    parts = []
    if inside and ends:
        parts.append(term("people.lead.ends", language, many=counted("grants", len(ends), language), days=SOON))
    for level in ("nobody", "single"):
        units = [quoted(own(seen.records.title(r.unit), language), language) for r in risks if r.level == level]
        if units:
            comma = "" if language == "zh" else ", "
            key = f"people.lead.{level}" + (".more" if len(units) > 2 else "")
            parts.append(term(key, language, units=comma.join(units[:2]), more=len(units) - 2))
    if not parts:
        parts.append(term("people.lead.well" if inside else "people.lead.shared", language, days=SOON))
    text = ("；" if language == "zh" else "; ").join(parts) + ("。" if language == "zh" else ".")
    text = text[:1].upper() + text[1:]
    if seen.day != clock.today():
        text = term("people.lead.on", language, day=day_text(seen.day, language)) + text
    return text


# ---------------------------------------------------------------- rows


def listed(seen: View, laboratory: Text, asked: Asked) -> list[Cell]:
    """Persons × units of a laboratory as they are filtered and sorted."""
    if not laboratory:
        return []
    rows = [cell for cell in acts.cells(seen.known, laboratory).values() if _wanted(seen, cell, asked)]
    if not seen.inside(laboratory):
        rows = [cell if cell.state == "authorised" else Cell(cell.person, cell.unit, "not_authorised") for cell in rows]
    names = {cell.person: own(seen.records.name(cell.person), current()) for cell in rows}
    titles = {cell.unit: own(seen.records.title(cell.unit), current()) for cell in rows}
    keys = {
        "person": lambda c: (names[c.person], titles[c.unit]),
        "unit": lambda c: (titles[c.unit], names[c.person]),
        "until": lambda c: (c.until or date.max, names[c.person]),
        "": lambda c: (URGENT.index(c.state), c.until or date.max, names[c.person], titles[c.unit]),
        "state": lambda c: (STATES.index(c.state), names[c.person]),
    }
    name_ = asked.sort.removeprefix("-")
    rows.sort(key=keys.get(name_, keys[""]), reverse=asked.sort.startswith("-"))
    return rows


def _wanted(seen: View, cell: Cell, asked: Asked) -> bool:
    if asked.unit and cell.unit != asked.unit:
        return False
    if asked.state and cell.state != asked.state:
        return False
    return not asked.branch or any(asked.branch in row.branch.values() for row in seen.records.persons[cell.person])


def _row(seen: View, cell: Cell, laboratory: Text) -> dict[str, Any]:
    whole = seen.whole(cell.person)
    found = acts.proven(seen.records, cell, seen.day, laboratory) if whole else None
    return {
        "person": name(seen.records, cell.person), "address": person_way(cell.person, seen.day),
        "unit": title(seen.records, cell.unit), "facts": unit_facts(seen.records.units.get(cell.unit)),
        "state": standing_html(cell.state),
        "until": found.until if found is not None and cell.state == "authorised" else cell.until if whole else None,
        "ends": _ends(seen, cell, found),
        "endless": cell.state == "authorised" and whole and found is not None and found.until is None,
        "shown": whole, "granted": bool(cell.authorisation), "whys": what(found.reasons[:1]) if found else [],
        "more": max(0, len(found.reasons) - 1) if found else 0, "mine": cell.person in seen.me,
    }  # fmt: skip


def _ends(seen: View, cell: Cell, found: Standing | None) -> str:
    """The word for what ends on the day until which a field holds; «» where nothing does, or it is not shown."""
    granted = acts.authorisation(seen.records, cell.authorisation)
    if found is None or found.until is None or granted is None or not found.authorised:
        return ""
    return f"people.until.{what_ends(seen.records, granted, found)}"


def _heads(asked: Asked) -> list[dict[str, Any]]:
    heads = []
    for sort, key in HEADS:
        here = asked.sort.removeprefix("-") == sort
        turned = f"-{sort}" if asked.sort == sort else sort
        order = ("descending" if asked.sort.startswith("-") else "ascending") if here else ""
        heads.append({"term": key, "address": asked.address(sort=turned), "sorted": order})
    return heads


def _choices(seen: View, laboratory: Text, asked: Asked) -> list[dict[str, Any]]:
    """The filters, only with what there is."""
    held = acts.cells(seen.known, laboratory) if laboratory else {}
    asked_for = {u for _, u in held} | {r.unit for r in (verbs.risks(seen.known, laboratory) if laboratory else ())}
    units = sorted({(u, title(seen.records, u)) for u in asked_for}, key=lambda pair: pair[1])
    branches = {pick(row.branch, "zh")[0]: pick(row.branch)[0] for p, _ in held for row in seen.records.persons[p]}
    labs = [(acts.named(text), pick(text)[0]) for text in acts.laboratories(seen)]
    present = {cell.state for cell in held.values()} if seen.inside(laboratory) else set()
    states = [(state, pick(WORDS[state])[0]) for state in STATES if state in present]
    found = [
        {"name": "unit", "term": "people.unit", "any": term("list.any"), "options": options(units, asked.unit)},
        {"name": "branch", "term": "people.branch", "any": term("list.any"),
         "options": options(sorted(pair for pair in branches.items() if pair[0]), asked.branch)},
    ]  # fmt: skip
    if states:
        found.append({"name": "state", "term": "word.state", "any": term("list.any"),
                      "options": options(states, asked.state)})  # fmt: skip
    if len(labs) > 1:
        lab = {"name": "lab", "term": "people.laboratory", "any": "", "options": options(labs, acts.named(laboratory))}
        found.insert(0, lab)
    return found


# ---------------------------------------------------------------- risks, ends, gaps


def expiring(seen: View, laboratory: Text) -> list[Expiry]:
    """What a laboratory's persons lose soon."""
    granted = {a.id for a in seen.records.authorisations if shares(a.laboratory, laboratory)}
    return [e for e in verbs.expiring(seen.known, SOON) if e.authorisation in granted]


def gaps(seen: View, laboratory: Text) -> tuple[list[Gap], int]:
    """What keeps persons of a laboratory from being authorised, those with a course first; and how many there are."""
    if not laboratory:
        return [], 0
    good = ("authorised", "not_yet", "withdrawn")
    short = [c for c in acts.cells(seen.known, laboratory).values() if c.state not in good]
    short.sort(key=lambda c: (URGENT.index(c.state), c.person, c.unit))
    courses = seen.known.rows("course")
    found = [gap(seen.records, c.person, c.unit, seen.day, courses) for c in short[:MOST]]
    return sorted((g for g in found if g.missing), key=lambda g: (not g.courses, g.person, g.unit)), len(short)


def _risk(seen: View, risk: Risk) -> dict[str, Any]:
    only = risk.persons[0] if risk.persons else ""
    return {
        "unit": title(seen.records, risk.unit), "facts": unit_facts(seen.records.units.get(risk.unit)),
        "level": level_html(risk.level), "person": name(seen.records, only) if only else "",
        "address": person_way(only, seen.day) if only else "", "id": risk.unit,
    }  # fmt: skip


def _end(seen: View, end: Expiry) -> dict[str, Any]:
    return {
        "until": end.until, "days": (end.until - seen.day).days, "person": name(seen.records, end.person),
        "address": person_way(end.person, seen.day), "unit": title(seen.records, end.unit),
        "what": f"people.ends.{end.what}", "person_id": end.person, "unit_id": end.unit,
    }  # fmt: skip


def _gap(seen: View, found: Gap) -> dict[str, Any]:
    courses = {row.id: row for row in seen.known.rows("course")}
    return {
        "person": name(seen.records, found.person), "address": person_way(found.person, seen.day),
        "unit": title(seen.records, found.unit), "state": standing_html(found.state),
        "missing": what(item.why for item in found.missing[:3]), "more": max(0, len(found.missing) - 3),
        "courses": [{"title": courses[id].title, "base": courses[id].base, "id": id} for id in found.courses
                    if id in courses],
    }  # fmt: skip


# ---------------------------------------------------------------- Excel


def excel(request: HttpRequest) -> HttpResponse:
    """Matrix as it is filtered, single persons, what ends: one workbook."""
    asked = Asked.of(request.GET)
    seen = acts.view(request.user, asked.day)
    laboratory = laboratory_of(seen, asked.laboratory)
    inside = seen.inside(laboratory)
    columns = ("people.person", "people.unit", "people.unit.facts", "word.state", "word.valid_until", "people.why")
    heads = [term(key) for key in columns]
    body = [
        (row["person"], row["unit"], row["facts"], pick(WORDS[cell.state])[0], row["until"],
         "; ".join(w["what"] for w in row["whys"]))
        for cell in listed(seen, laboratory, asked)[:20_000] for row in (_row(seen, cell, laboratory),)
    ]  # fmt: skip
    pages = [Page(term("people.matrix"), heads, body, (16, 28, 30, 14, 14, 60))]
    risks = [r for r in verbs.risks(seen.known, laboratory) if r.level != "shared"] if laboratory else []
    pages.append(Page(
        term("people.risk"), [term("people.unit"), term("people.level"), term("people.person")],
        [(title(seen.records, r.unit), term(f"people.level.{r.level}"),
          ", ".join(name(seen.records, p) for p in r.persons)) for r in risks], (30, 14, 24)))  # fmt: skip
    if inside:
        ends = expiring(seen, laboratory)
        pages.append(Page(
            term("people.ends"),
            [term(k) for k in ("word.valid_until", "people.person", "people.unit", "people.ends.what")],
            [(e.until, name(seen.records, e.person), title(seen.records, e.unit), term(f"people.ends.{e.what}"))
             for e in ends], (14, 16, 30, 16)))  # fmt: skip
    answer = HttpResponse(
        workbook(pages), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    answer["Content-Disposition"] = f'attachment; filename="suyuan-people-{seen.day}.xlsx"'
    return answer
