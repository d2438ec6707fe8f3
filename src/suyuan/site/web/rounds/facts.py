"""A protocol's points as facts, and how laboratories of a round are called by whoever looks."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from suyuan.comparison.round.protocol import Protocol
from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import parse_unit
from suyuan.report.papers.words import table
from suyuan.site.acts.rounds.one import Seen
from suyuan.site.language import LANGUAGES, Language, current
from suyuan.site.terms import term
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.sentence import counted
from suyuan.site.web.parts.text import MONTHS, both, day_text, pick, text_html, unbroken


def moment_text(when: datetime | None) -> str:
    """2026 年 4 月 15 日 09:00, 15 April 2026, 09:00, in the site's own zone."""
    return term("none.unknown") if when is None else moment_in(when, current())


def moment_in(when: datetime, language: Language) -> str:
    """As `moment_text`, in a language."""
    there = timezone.localtime(when)
    return f"{day_text(there, language)}{' ' if language == 'zh' else ', '}{there:%H:%M}"


def timed(key: str, when: datetime, **parameters: object) -> SafeString:
    """A sentence of the term table with a moment in it, which each language writes in its own way."""
    zh, en = (term(key, lang, closes=moment_in(when, lang), **parameters) for lang in LANGUAGES)
    return both(zh, en)


def unit_text(unit: str) -> str:
    """The symbol of a unit, as plain text."""
    try:
        return parse_unit(unit).symbol or unit
    except Refused:
        return unit


def short_moment(when: datetime | date | None) -> str:
    """04-15 09:00 in a table of one year; 15 Apr 09:00 in English."""
    if when is None:
        return ""
    if not isinstance(when, datetime):
        return f"{when:%m-%d}" if current() == "zh" else f"{when.day} {MONTHS[when.month - 1][:3]}"
    there = timezone.localtime(when)
    if current() == "zh":
        return f"{there:%m-%d %H:%M}"
    return f"{there.day} {MONTHS[there.month - 1][:3]} {there:%H:%M}"


def called(view: Seen, code: str) -> SafeString:
    """A laboratory: its name with the code beside it where it may be named, the code alone elsewhere; one's own is
    always known to oneself."""
    member = view.protocol.member(code)
    if member is None:
        return unbroken(code)
    if code == view.me:
        return format_html('{}<span class="ku">{}</span>', term("comparison.mine"), code)
    if not view.named or pick(member.organisation)[0] == code:
        return format_html('<span class="code">{}</span>', unbroken(code))
    return format_html('{}<span class="ku">{}</span>', text_html(member.organisation), code)


def plainly(view: Seen, code: str) -> str:
    """As `called`, as text for figures and lists to choose from."""
    member = view.protocol.member(code)
    if code == view.me:
        return f"{term('comparison.mine')} {code}"
    return f"{code} {pick(member.organisation)[0]}" if view.named and member is not None else code


def short_name(view: Seen, code: str) -> str:
    """A laboratory below an axis: its code, one's own with the word for it."""
    return f"{term('comparison.mine')} {code}" if code == view.me else code


def decimals(*columns: Any) -> int:
    """Decimals that show two digits of the smallest uncertainty."""
    least = min((float(v) for c in columns for v in np.ravel(c) if math.isfinite(v) and v > 0.0), default=0.0)
    return min(12, max(0, 1 - math.floor(math.log10(least)))) if least else 0


def fixed(value: float, places: int, *, sign: bool = False) -> SafeString:
    """A number of a column, with its decimals; «unknown» where there is none."""
    if not math.isfinite(value):
        return format_html('<span class="mute">{}</span>', term("none.not_applicable"))
    return digits(f"{value:.{places}f}", sign=sign)


def method_word(method: str) -> str:
    """A method's name in words; one that has none in the table is shown as it is written."""
    said = table("comparison").get(f"method.{method}")
    return pick(said)[0] if said is not None else method


def facts(protocol: Protocol, *, named: bool) -> list[dict[str, Any]]:
    """What a reader of a protocol looks for first. named: laboratories by name, else by code."""
    pilot, form = protocol.pilot, protocol.form
    measurands = format_html_join(mark_safe("<br>"), "{}", ((_measurand(m),) for m in protocol.measurands[:6]))
    standards = format_html_join(
        mark_safe("<br>"), "{} {}<span class='sub'>{}</span>",
        ((unbroken(s.id), text_html(s.name), unbroken(s.serial)) for s in protocol.standards),
    )  # fmt: skip
    members = [m for m in protocol.members if not m.pilot]
    codes = [(text_html(m.organisation), "" if pick(m.organisation)[0] == m.code else m.code) for m in members]
    who: object = counted("laboratories", len(members), figures=True)
    if named:
        who = format_html_join(mark_safe("<br>"), '{}<span class="ku">{}</span>', codes)
    rule = protocol.decision
    score = (
        mark_safe('<i class="sy">E</i><sub>n</sub>')
        if rule.score == "En"
        else term(f"comparison.choice.score.{rule.score}")
    )
    decided = format_html(
        "|{}| ≤ {}{}<i class='sy'>k</i> = {}",
        score,
        digits(f"{rule.limit:g}"),
        term("comparison.stop"),
        digits(f"{rule.coverage:g}"),
    )
    if rule.questionable is not None:
        decided += format_html(
            "{}{} {}", term("comparison.stop"), term("comparison.f.questionable"), digits(f"{rule.questionable:g}")
        )
    method = method_word(protocol.reference.method)
    if protocol.reference.beside:
        beside = term("comparison.and").join(method_word(b) for b in protocol.reference.beside)
        method = f"{method}{term('comparison.beside', methods=beside)}"
    route = term(f"comparison.choice.kind.{protocol.route.kind}")
    asked = [term(f"comparison.choice.uncertainty.{form.uncertainty}")]
    asked += [term(f"comparison.asked.{name}") for name in ("budget", "certificate") if getattr(form, name)]
    rows: list[tuple[str, object]] = [
        ("measurand", measurands),
        ("standard", standards),
        ("pilot", text_html(pilot.organisation)),
        ("members", who),
        ("route", format_html("{}{}{}", route, term("comparison.stop"), _span(protocol))),
        ("closes", moment_text(protocol.closes)),
        ("reference", method),
        ("decision", decided),
        ("drift", term(f"comparison.choice.drift.{protocol.drift.model}")),
        ("asked", term("comparison.and").join(asked)),
        ("organiser", text_html(protocol.organiser)),
        ("released", term("comparison.public.yes" if protocol.public else "comparison.public.no")),
    ]
    return [{"key": f"comparison.fact.{key}", "value": value} for key, value in rows]


def _measurand(m: Any) -> SafeString:
    nominal = (
        format_html('<span class="sub">{} {}</span>', term("comparison.f.nominal"), m.nominal) if m.nominal else ""
    )
    unit = format_html('<span class="ku">{}</span>', m.unit)
    return format_html("{} {}{}{}", unbroken(m.id), text_html(m.name), unit, nominal)


def _span(protocol: Protocol) -> SafeString:
    legs = protocol.route.legs
    if not legs:
        return SafeString("")
    first, last = min(leg.arrives for leg in legs), max(leg.leaves for leg in legs)
    return format_html('<span class="nowrap">{}</span> – <span class="nowrap">{}</span>', first, last)


def title_of(protocol: Protocol) -> SafeString:
    """The title in both languages."""
    return both(unbroken(pick(protocol.title, "zh")[0]), unbroken(pick(protocol.title, "en")[0]))
