"""Today: the first page. What broke, what runs out, who waits, what happened; the answer first, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from suyuan.quantity.finding import sentences
from suyuan.quantity.unit import ONE, parse_unit, ratio
from suyuan.site.acts import today as acts
from suyuan.site.acts.evidence.certificate import may_receive
from suyuan.site.acts.today_service import concerns
from suyuan.site.language import Language, current
from suyuan.site.records.document import DUE_DAYS, Document
from suyuan.site.records.log import Log
from suyuan.site.terms import term, term_table
from suyuan.site.web.carbon.resting import resting_said
from suyuan.site.web.evaluating.budget import handy
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.number import quantity_html
from suyuan.site.web.parts.ruler import Mark, ruler_html
from suyuan.site.web.parts.sentence import count, counted, sentence
from suyuan.site.web.parts.text import DAYS_EN, DAYS_ZH, MONTHS, both, day_text, text_html, unbroken
from suyuan.site.web.rounds.listed import waiting_lead, waiting_rows
from suyuan.site.web.today_service import service_context
from suyuan.site.web.ways import broken_way, certificate_way, toward
from suyuan.traceability.graph import Node
from suyuan.traceability.impact_rows import Row
from suyuan.traceability.scenario import Replaced

PRESSING = 30
"""From so few days on a mark on the ruler is drawn as one that needs a person."""
NAMED = 3
BROKEN_SHOWN, ENDING_SHOWN, WAITING_SHOWN = 20, 15, 12


def today(request: HttpRequest) -> HttpResponse:
    """The day's work."""
    day = acts.day(request.user)
    day = replace(day, broken=tuple(thing for thing in day.broken if concerns(request.user, thing)))
    rounds = waiting_rows(request.user)
    return render(
        request,
        "today.html",
        service_context(request, bool(day.broken and may_receive(request.user)))
        | {
            "title": heading(day.day),
            "lead": lead(day),
            "rounds": rounds,
            "rounds_lead": waiting_lead(rounds),
            "empty": not day.documents,
            "broken": [_broken(thing, day, request.user) for thing in day.broken[:BROKEN_SHOWN]],
            "all_broken": len(day.broken),
            "ending": [_ending(n, thing) for n, thing in enumerate(day.ending[:ENDING_SHOWN], 1)],
            "all_ending": len(day.ending),
            "ruler": ruler_html(day.day, DUE_DAYS, _marks(day)),
            "next_end": day.next_end,
            "waiting": [_waiting(thing, day) for thing in day.waiting[:WAITING_SHOWN]],
            "all_waiting": len(day.waiting),
            "since": [_line(line, day) for line in day.since],
            "more_since": day.more_since,
        },
    )  # fmt: skip


def _marks(day: acts.Day) -> list[Mark]:
    shown = enumerate(day.ending[:ENDING_SHOWN], 1)
    return [Mark(e.row.valid_until or day.day, n, e.days <= PRESSING) for n, e in shown]


def heading(day: date) -> SafeString:
    """三月十二日，星期四 with the English beside it."""
    zh = f"{count(day.month, 'zh', counted=False)}月{count(day.day, 'zh', counted=False)}日"
    en = f"{DAYS_EN[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"
    return both(f"{zh}，星期{DAYS_ZH[day.weekday()]}", en)


def lead(day: acts.Day) -> SafeString:
    """The page's answer as a person would say it."""
    if current() == "en":
        return format_html("{}", _sentence(day, "en"))
    return format_html('{}<span class="en" lang="en">{}</span>', _sentence(day, "zh"), _sentence(day, "en"))


def _sentence(day: acts.Day, language: Language) -> str:
    broken, touched, ending, waiting = len(day.broken), day.touched, len(day.ending), len(day.waiting)
    how = "one" if broken == 1 else "many"
    parts = [
        f"today.lead.broken.{how}"
        if broken and touched
        else f"today.lead.alone.{how}"
        if broken
        else "today.lead.whole",
        f"today.lead.ending.{'one' if ending == 1 else 'many'}" if ending else "today.lead.no_ending",
        f"today.lead.waiting.{'one' if waiting == 1 else 'many'}" if waiting else "today.lead.no_waiting",
    ]
    said = {
        "broken": counted("things", broken, language),
        "touched": counted("results", touched, language),
        "ending": counted("certificates", ending, language),
        "waiting": counted("waits", waiting, language),
    }
    if language == "en":
        return " ".join((text := term(part, language, **said))[:1].upper() + text[1:] for part in parts)
    return "".join(term(part, language, **said) for part in parts)


# ---------------------------------------------------------------- broken


def _broken(thing: acts.Broken, day: acts.Day, user: Any) -> dict[str, Any]:
    root = thing.root
    state = {"anchor_expired": "expired", "failed": "failed", "withdrawn": "withdrawn"}.get(thing.kind, thing.kind)
    row = {
        "state": state if f"state.{state}" in term_table() else "broken",
        "key": f"break.{thing.kind}" if f"break.{thing.kind}" in term_table() else "",
        "when": _when(thing),
        "name": _thing(root, day),
        "address": certificate_way(root.id) if root.kind in ("certificate", "result") else "",
        "number": root.number,
        "say": _why(thing),
        "touches": _touches(thing, day, user),
        "act": "today.act.look",
        "way": broken_way(thing.users[0].id if thing.users else root.id),
    }
    if thing.kind == "withdrawn":
        row["way"] = _new_values(thing) or broken_way(root.id)
        row["act"] = "today.act.new_values" if toward("what_if", root.id) else "today.act.look"
    elif thing.kind == "failed":
        row["way"] = f"{certificate_way(root.id)}#ladder"
    return row


def _new_values(thing: acts.Broken) -> str | None:
    """What if, with the replacement that was announced already evaluated where it is at hand."""
    way = toward("what_if", thing.root.id)
    scenario = thing.impact.scenario if thing.impact is not None else None
    if way is None or not isinstance(scenario, Replaced):
        return way
    return f"{way}?{urlencode({'kind': 'replaced', 'by': scenario.by.digest})}"


def _when(thing: acts.Broken) -> str:
    if thing.statement is not None:
        return day_text(thing.statement.day)
    if thing.kind == "failed" and thing.row is not None:
        return term("today.received", day=day_text(timezone.localtime(thing.row.added).date()))
    used = min((node.day for node in thing.users if node.day), default=None)
    return term("today.used", day=day_text(used)) if used else ""


def _thing(node: Node, day: acts.Day) -> SafeString:
    row = day.names.get(node.id)
    return text_html((row.name if row is not None else None) or node.name or node.number or node.id[:12])


def _why(thing: acts.Broken) -> SafeString:
    if thing.statement is not None:
        said = [text_html(thing.statement.reason)] if thing.statement.reason else []
        if thing.statement.replaced_by:
            said.append(sentence("today.replaced_by", number=unbroken(thing.statement.replaced_by[1])))
        return format_html_join(term("today.stop"), "{}", ((s,) for s in said))
    if thing.kind == "failed" and thing.row is not None:
        failed = [name for name, state in thing.row.rungs.items() if state == "failed"]
        return format_html("{}", term("today.rungs", rungs=term("today.and").join(term(f"rung.{n}") for n in failed)))
    found = list(dict.fromkeys(sentences(item, current())["what"] for item in thing.findings))
    return format_html_join(mark_safe("<br>"), "{}", ((unbroken(houses(text)),) for text in found[:2]))


def _touches(thing: acts.Broken, day: acts.Day, user: Any) -> SafeString:
    """How many results, their first names, what the new values would turn, and which claims of carbon rest on it."""
    claims = resting_said(user, thing.root.issuer, thing.root.number)
    if not thing.touched:
        return claims or sentence("today.touches.none")
    shown = _links(thing.touched, day)
    told = counted("results", len(thing.touched), figures=True)
    if thing.verdicts_changed:
        told += term("today.touches.verdicts", verdicts=counted("verdicts", thing.verdicts_changed, figures=True))
    largest = _largest(thing)
    also = format_html('<span class="sub">{}</span>', claims) if claims else claims
    return format_html('{}<span class="sub">{}</span>{}{}', told, shown, largest, also)


def _links(nodes: Iterable[Node], day: acts.Day) -> SafeString:
    listed = list(nodes)
    links = format_html_join(
        term("today.and"),
        '<a href="{}">{}</a>',
        ((certificate_way(node.id), unbroken(node.number or node.id[:8])) for node in listed[:NAMED]),
    )
    rest = len(listed) - NAMED
    return format_html("{} {}", links, term("today.rest", count=rest)) if rest > 0 else links


def _largest(thing: acts.Broken) -> SafeString:
    """The change that moves a value most, measured by its U."""
    rows: tuple[Row, ...] = thing.impact.rows if thing.impact is not None else ()
    moved = [r for r in rows if r.relative is not None and r.delta]
    if not moved:
        return SafeString("")
    row = max(moved, key=lambda r: r.relative or 0.0)
    unit = parse_unit(row.unit).as_difference() if row.unit else ONE
    shown = handy(unit, abs(row.delta or 0.0))
    factor = 1.0 if shown == unit else ratio(unit, shown)
    change = quantity_html(f"{(row.delta or 0.0) * factor:.2g}", None, shown, sign=True)
    named = unbroken(row.node.number)
    return format_html('<span class="sub">{}</span>', sentence("today.largest", number=named, change=change))


# ---------------------------------------------------------------- runs out, waits, happened


def _ending(number: int, thing: acts.Ending) -> dict[str, Any]:
    return {
        "number": number,
        "day": day_text(thing.row.valid_until),
        "left": term("today.left", days=counted("days", thing.days, figures=True))
        if thing.days
        else term("today.last_day"),
        "row": thing.row,
        "address": certificate_way(thing.row.digest),
        "pressing": thing.days <= PRESSING,
        "anchor": thing.anchor,
        "users": counted("resting", thing.users, figures=True) if thing.users else "",
        "way": toward("trace", thing.row.digest) or certificate_way(thing.row.digest),
    }


def _waiting(thing: acts.Waiting, day: acts.Day) -> dict[str, Any]:
    days = (day.day - thing.since).days
    return {
        "row": thing.row,
        "address": certificate_way(thing.row.digest),
        "since": counted("days", days, figures=True) if days > 0 else term("today.this_day"),
        "for": f"today.wait.{thing.kind}",
        "say": _waits_for(thing),
        "blocked": thing.blocked,
        "act": f"today.wait.{thing.kind}.act",
        "way": certificate_way(thing.row.digest) + ("#ladder" if thing.kind == "remark" else ""),
    }


def _waits_for(thing: acts.Waiting) -> str:
    if thing.kind == "issue":
        return term("today.wait.issue.blocked") if thing.blocked else ""
    if thing.kind == "parent":
        lacking = [name for name in thing.lacking if name]
        return term("today.wait.parent.say", names=term("today.and").join(lacking[:NAMED])) if lacking else term(
            "today.wait.anchor.say")  # fmt: skip
    many = "" if thing.row.warnings != 1 else ".one"
    return term(f"today.wait.remark.say{many}", count=thing.row.warnings)


def _line(line: Log, day: acts.Day) -> dict[str, Any]:
    there = timezone.localtime(line.time)
    which = "today.at.yesterday" if there.date() == day.day - timedelta(days=1) else "today.at.today"
    row: Document | None = day.names.get(line.digest)
    named = line.note.get("number") or line.note.get("name") or line.digest[:12]
    shown = row is not None and row.kind not in ("register", "matter", "file")
    number = unbroken(named)
    link = format_html('<a href="{}">{}</a>', certificate_way(line.digest), number) if shown else number
    documents = int(line.note.get("documents") or 0)
    return {
        "when": term(which, time=f"{there:%H:%M}"),
        "said": sentence(
            f"log.{line.act}" if line.act != "found" or documents == 1 else "log.found_many",
            user=person(line.user), what=link, documents=counted("documents", documents, figures=True),
        ),
    }  # fmt: skip


def person(username: str) -> str:
    """The name by which people call an account."""
    from django.contrib.auth.models import User

    if not username:
        return term("log.site")
    found = User.objects.filter(username=username).values_list("last_name", "first_name").first()
    if not found:
        return username
    return (found[0] if current() == "zh" else found[1]) or username
