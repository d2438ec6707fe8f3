"""Needs and capabilities in the words and signs of the page: verdicts, the dial, intervals, U, conditions, gates."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from suyuan.capability.capability import Capability, Standing, Stated
from suyuan.capability.interval import Interval
from suyuan.capability.matching.gate import Examined, Gate
from suyuan.capability.matching.gates import inward
from suyuan.capability.matching.match import ITEM_OPEN, Match
from suyuan.capability.need import Need, Target, Tolerance
from suyuan.capability.taxonomy import item_named, items, quantities, quantity_named
from suyuan.capability.uncertainty import Line, RootSum, Uncertainty, Value
from suyuan.capability.uncertainty import Table as PointTable
from suyuan.quantity.finding import Finding, sentences
from suyuan.quantity.notation import fraction_unit, rounded_uncertainty
from suyuan.quantity.unit import Unit
from suyuan.site.language import Language, current
from suyuan.site.terms import term
from suyuan.site.web.houses import houses
from suyuan.site.web.parts.number import quantity_html, unit_html
from suyuan.site.web.parts.state import state_html
from suyuan.site.web.parts.text import both, pick

DIAL = ("cannot", "partly", "not_accurate", "can")
LOOKS: Mapping[str, tuple[str, str]] = {
    "cannot": ("failed", "bad"), "partly": ("due", "warn"), "not_accurate": ("failed", "bad"),
    "can": ("passed", "ok"), "unknown": ("unknown", "warn"),
}  # fmt: skip
"""Verdict → the state whose mark stands before its word, tone."""
HOLDING: Mapping[str, str] = {"holds": "passed", "fails": "failed", "unknown": "unknown"}
GATE_STATES: Mapping[str, str] = {"passed": "passed", "failed": "failed", "unknown": "unknown"}
JOIN = {"zh": "；", "en": "; "}


# ---------------------------------------------------------------- ways


def need_way(name: str, **query: str) -> str:
    """The page of a need, by «organisation/id»."""
    organisation, _, id = name.rpartition("/")
    asked = "&".join(f"{k}={quote(v)}" for k, v in query.items() if v)
    return reverse("need", args=[organisation, id]) + (f"?{asked}" if asked else "")


def capability_way(key: tuple[str, str], day: str = "") -> str:
    """The page of a capability, by laboratory and id."""
    return reverse("capability", args=list(key)) + (f"?day={day}" if day else "")


# ---------------------------------------------------------------- verdicts


def verdict_html(verdict: str) -> SafeString:
    """Mark and word of a verdict."""
    state, tone = LOOKS[verdict]
    return state_html(state, tone=tone, key=f"match.verdict.{verdict}")


def holding_html(state: str) -> SafeString:
    """Whether a capability holds, mark and word."""
    return state_html(HOLDING[state], key=f"capability.{state}")


def large(found: Match) -> str:
    """The verdict as it stands large: one that only calibrations of instruments give, to a need that names no item, is
    none of a product («instrument»)."""
    instrument = found.verdict == "can" and any(f.code == ITEM_OPEN for f in found.findings)
    return "instrument" if instrument else found.verdict


def dial(verdict: str) -> SafeString:
    """The four places of a verdict, the present one pointed at; none where it is unknown."""
    english = current() == "en"
    width, step = (360, 104) if english else (262, 72)
    parts = [f'<path class="ax" d="M20 12.5H{20 + 3 * step}"/>']
    for n, name in enumerate(DIAL):
        x, here = 20 + n * step, name == verdict
        tone = "" if verdict == "can" else " bad" if verdict != "partly" else " warn"
        anchor = "start" if english and n == 0 else "end" if english and n == 3 else "middle"
        at = x - 20 if anchor == "start" else x + 20 if anchor == "end" else x
        if here:
            colour = {"": "ink", " bad": "bad", " warn": "warn"}[tone]
            stroke = f'class="{tone.strip() or "wh"}" stroke-width="2"'
            parts.append(f'<path {stroke} d="M{x} 4V20"/><path d="M{x - 5} 0h10L{x} 9z" fill="var(--{colour})"/>')
        else:
            parts.append(f'<path class="tk" stroke-width="1" d="M{x} 8V17"/>')
        style = f"t13 tb{tone}" if here else "t13 t2"
        word = term(f"match.dial.{name}")
        parts.append(f'<text x="{at}" y="35" text-anchor="{anchor}" class="{style}">{word}</text>')
    said = term("match.dial.label", verdict=term(f"match.verdict.{verdict}"))
    return mark_safe(
        f'<svg class="dial" viewBox="0 0 {width} 40" width="{width}" height="40" role="img" aria-label="{said}">'
        f"{''.join(parts)}</svg>"
    )


# ---------------------------------------------------------------- names


def quantity_name(quantity: str) -> SafeString:
    """A kind of quantity in words, or the word that was given."""
    key = quantity_named(quantity)
    kind = quantities().get(key or "")
    return both(kind.zh[0], kind.en[0]) if kind else format_html("{}", quantity)


def quantity_word(quantity: str) -> str:
    """The same in the language of the page alone."""
    kind = quantities().get(quantity_named(quantity) or "")
    return (kind.zh if current() == "zh" else kind.en)[0] if kind else quantity


def item_word(item: str) -> str:
    """A class of item in the language of the page; «» for any."""
    kind = items().get(item_named(item) or item)
    return (kind.zh if current() == "zh" else kind.en)[0] if kind else item


def need_title(need: Need) -> Mapping[str, str]:
    """What a need is called."""
    kind = quantities().get(quantity_named(need.quantity) or "")
    return need.title or need.measurand or ({"zh": kind.zh[0], "en": kind.en[0]} if kind else {"": need.quantity})


# ---------------------------------------------------------------- numbers


def interval_html(interval: Interval, language: Language | None = None) -> SafeString:
    """An interval with its unit; open ends as ≤ and ≥."""
    low, high = interval.low, interval.high
    if low == high:
        return quantity_html(_printed(low), unit=interval.unit)
    if math.isinf(low):
        return format_html("≤ {}", quantity_html(_printed(high), unit=interval.unit))
    if math.isinf(high):
        return format_html("≥ {}", quantity_html(_printed(low), unit=interval.unit))
    ends = quantity_html(_printed(low)), term("match.to", language), quantity_html(_printed(high), unit=interval.unit)
    return format_html("{} {} {}", *ends)


def _printed(value: float) -> str:
    return f"{value:.8g}"


def unit_of(size: float, unit: Unit | None) -> tuple[float, str]:
    """By what a size is multiplied to be read, and its unit; a fraction where it has none (`fraction_unit`)."""
    return fraction_unit(size) if unit is None else (1.0, unit.symbol)


def stated_digits(value: float) -> str:
    """A size as it was stated, in plain decimals; one that was worked out (more than four digits) as an uncertainty.

    >>> stated_digits(0.125), stated_digits(5 / 3), stated_digits(7e-05), stated_digits(20000.0)
    ('0.125', '1.7', '0.00007', '20000')
    """
    if not math.isfinite(value) or value <= 0.0:
        return _printed(value)
    short = Decimal(f"{value:.10g}")
    worked_out = len(short.normalize().as_tuple().digits) > 4
    return f"{rounded_uncertainty(value) if worked_out else short:f}"


def spread(value: float, unit: Unit | None) -> SafeString:
    """An uncertainty to two digits with its unit; per cent or ppm where it is relative."""
    scale, shown = unit_of(value, unit)
    scaled = value * scale
    if not math.isfinite(scaled) or scaled <= 0.0:
        return quantity_html(_printed(scaled), unit=shown)
    return quantity_html(f"{rounded_uncertainty(scaled):f}", unit=shown)


def compared(U: float, target: float, unit: Unit | None) -> tuple[SafeString, SafeString, SafeString]:
    """U, the target and how far they are apart, with the decimals that tell them apart."""
    scale, shown = unit_of(target, unit)
    u, t = U * scale, target * scale
    apart = abs(u - t)
    digits = 0
    for value in (u, t, apart):
        if value > 0.0 and math.isfinite(value):
            digits = max(digits, 1 - math.floor(math.log10(value)) if value is not apart else 0)
    if apart > 0.0:
        digits = max(digits, -math.floor(math.log10(apart)))
    digits = min(max(digits, 0), 12)
    return tuple(quantity_html(f"{v:.{digits}f}", unit=shown) for v in (u, t, apart))  # type: ignore[return-value]


def target_html(target: Target | None) -> SafeString:
    """The target uncertainty with its k, or «not stated»."""
    if target is None:
        return format_html('<span class="mute">{}</span>', term("none.not_stated"))
    scale, unit = unit_of(target.U, target.unit)
    k = format_html('<span class="ku"><i class="sy">k</i> = {}</span>', f"{target.k:g}")
    return format_html("{}{}", quantity_html(stated_digits(target.U * scale), unit=unit), k)


def tolerance_html(tolerance: Tolerance) -> SafeString:
    """± the half width of a tolerance."""
    scale, unit = unit_of(tolerance.half_width, tolerance.unit)
    return format_html("±{}", quantity_html(stated_digits(tolerance.half_width * scale), unit=unit))


def uncertainty_html(u: Uncertainty | None, unit: Unit) -> SafeString:
    """What a capability promises, as a scope would print it."""
    if u is None:
        return format_html('<span class="mute">{}</span>', term("none.not_stated"))
    k = format_html('<span class="ku"><i class="sy">k</i> = {}</span>', f"{u.k:g}")
    form = u.form
    if isinstance(form, Value):
        scale, shown = unit_of(form.U, u.unit)
        return format_html("{}{}", quantity_html(stated_digits(form.U * scale), unit=shown), k)
    if isinstance(form, RootSum | Line):
        scale, shown = unit_of(form.a or form.b, u.unit)
        a, b = stated_digits(form.a * scale), stated_digits(form.b * scale)
        per = f"{shown}/{unit.symbol}" if unit.symbol not in ("", "1") else shown
        sign = (
            '<span class="nowrap">Q[{}{},</span> <span class="nowrap">{} <i class="sy">x</i>{}]</span>{}'
            if isinstance(form, RootSum)
            else '{}{} + <span class="nowrap">{} |<i class="sy">x</i>|{}</span>{}'
        )
        return format_html(sign, quantity_html(a), unit_html(shown), quantity_html(b), unit_html(per), k)
    if isinstance(form, PointTable):
        scale, shown = unit_of(max(form.U), u.unit)
        low, high = stated_digits(min(form.U) * scale), stated_digits(max(form.U) * scale)
        ends = quantity_html(low), quantity_html(high, unit=shown)
        return format_html("{} … {}{}", *ends, k)
    return format_html("{}{}", term("capability.by_formula"), k)


def condition_row(name: str, value: Stated | str) -> dict[str, Any]:
    """A condition as name and value in words."""
    key = f"match.condition.{name}"
    word = term(key)
    said: Any
    if isinstance(value, Interval):
        said = interval_html(value)
    else:
        said = ", ".join(map(condition_word, (value,) if isinstance(value, str) else value))
    return {"name": word if word != key else name, "value": said}


def condition_word(word: str) -> str:
    """A word of a condition in the language of the page."""
    key = f"match.word.{word}"
    said = term(key)
    return said if said != key else word


def standing_row(standing: Standing, day: Any) -> dict[str, Any]:
    """A standing with its period and whether it holds on the day."""
    holds = standing.holds(day)
    return {
        "kind": f"capability.standing.{standing.kind}", "body": standing.body, "number": standing.number,
        "since": standing.valid_from, "until": standing.valid_until, "source": standing.source,
        "state": "valid" if holds else "expired",
    }  # fmt: skip


# ---------------------------------------------------------------- gates


def spoken(item: Finding, language: Language | None = None) -> Finding:
    """A finding with the names and words of the tables in it as people say them."""
    shown = language or current()
    parameters = tuple(
        (key, _spoken(key, value, shown) if isinstance(value, str) else value) for key, value in item.parameters
    )
    return Finding(item.code, item.where, item.severity, parameters, item.rule)


SPOKEN = ("name", "wanted", "given", "asked", "kind")
"""Parameters of findings that are words of the tables."""


def _spoken(key: str, text: str, language: Language) -> str:
    if key not in SPOKEN:
        return text
    return ", ".join(_word(part, language) for part in text.split(", "))


def _word(word: str, language: Language) -> str:
    """A word of the tables (a condition, a kind of quantity, a class of item, a standing) in a language."""
    for prefix in ("match.condition.", "match.word.", "capability.standing.", "match.logistics."):
        said = term(prefix + word, language)
        if said != prefix + word:
            return said
    kind = quantities().get(word) or items().get(word) or items().get(word.replace(" ", "_"))
    if kind is None and (key := item_named(word)) is not None:
        kind = items().get(key)
    return (kind.zh if language == "zh" else kind.en)[0] if kind is not None else word


def said(findings: Iterable[Finding], most: int = 4) -> SafeString:
    """The first sentences of findings, one after the other."""
    language = current()
    told = list(dict.fromkeys(sentences(spoken(f), language)["what"] for f in findings))[:most]
    return format_html_join(JOIN[language], "{}", ((minus(houses(text)),) for text in told))


_MINUS = re.compile(r"(?<![\w.\-])-(?=\d)")


def minus(text: str) -> str:
    """A text whose negative numbers have a real minus; identifiers and days keep their hyphens.

    >>> minus("-20 … 500 °C, HT-01, 2027-12-31")
    '−20 … 500 °C, HT-01, 2027-12-31'
    """
    return _MINUS.sub("−", text)


def gate_row(gate: Gate) -> dict[str, Any]:
    """A gate with its state and its reasons."""
    weight = {"error": 0, "warning": 1, "note": 2}
    told = sorted(gate.findings, key=lambda f: weight[f.severity]) if gate.state != "passed" else gate.findings
    return {
        "name": f"match.gate.{gate.name}",
        "state": GATE_STATES[gate.state],
        "passed": gate.state == "passed",
        "word": f"match.gate_state.{gate.state}",
        "say": said(told, 3),
        "late": gate.name == "logistics",
    }


def first_failed(item: Examined) -> dict[str, Any] | None:
    """The first gate that is not passed, with its reason; None where all are."""
    name = next(iter(item.failed), "")
    return gate_row(item.gate(name)) if name else None


def laboratory(capability: Capability) -> str:
    """The laboratory's name in the language of the page."""
    return pick(capability.laboratory)[0]


def gap_words(parts: Iterable[Interval], language: Language | None = None) -> SafeString:
    """Parts of an interval, their ends rounded inwards to what a person would say."""
    inside = (Interval(inward(p.low, True), inward(p.high, False), p.unit) for p in parts)
    return format_html_join(term("match.and", language), "{}", ((interval_html(one, language),) for one in inside))


def symbol_html(symbol: str) -> SafeString:
    """A quantity symbol in italic, what stands behind `_` as its subscript."""
    head, _, below = symbol.partition("_")
    sub = format_html("<sub>{}</sub>", below) if below else ""
    return format_html('<i class="sy">{}</i>{}', head, sub)


def column(values: Sequence[float | None], most: float = 0.0) -> list[str]:
    """Numbers of one column with equal decimals: those with which `most` has three digits. «» for what is not there.

    >>> column([0.0821, 0.0283, 0.18, None], most=0.5)
    ['0.082', '0.028', '0.180', '']
    """
    known = [v for v in values if v is not None and math.isfinite(v) and v > 0.0]
    if not known:
        return ["" for _ in values]
    places = min(max(2 - math.floor(math.log10(most or min(known))), 0), 9)
    written = ["" if v is None or not math.isfinite(v) else f"{v:.{places}f}" for v in values]
    # What would be written as nil keeps two digits of its own: it is small, not nothing.
    return [
        f"{rounded_uncertainty(v):f}" if v and v > 0.0 and text and not text.strip("0.") else text
        for v, text in zip(values, written, strict=True)
    ]
