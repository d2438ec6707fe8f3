"""Tags of the pages of streams: `{% load series %}`."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from suyuan.quantity.finding import Refused
from suyuan.quantity.notation import notate
from suyuan.quantity.unit import parse_unit
from suyuan.site.terms import term
from suyuan.site.web.parts.number import digits
from suyuan.site.web.parts.state import mark_html
from suyuan.site.web.parts.text import term_html

register = template.Library()
MARKS = {
    "valid": "ok", "no_certificate": "gap", "withdrawn": "withdrawn", "expired": "expired", "superseded": "super",
    "outside": "fail", "missing": "open", "no_time": "unknown", "failed": "fail", "without": "open", "silent": "open",
    "no_reading": "open", "incomplete": "undecided", "flagged": "open", "with_flagged": "undecided",
}  # fmt: skip
"""Why a reading or a period has a value, or has none → its mark."""


@register.simple_tag
def data_state(state: str, tone: str = "") -> SafeString:
    """`{% data_state row.state row.tone %}` mark and word."""
    shown = {"none": "mute", "": "ok"}.get(tone, tone)
    return format_html(
        '<span class="st {}">{}{}</span>',
        shown,
        mark_html(MARKS.get(state, "unknown")),
        term_html(f"data.status.{state}"),
    )


@register.simple_tag
def spread(u: float) -> SafeString:
    """`{% spread 0.01234 %}` an uncertainty to two digits."""
    return digits(notate(u, u).uncertainty_text or "0") if u > 0.0 else digits("0")


@register.simple_tag
def whole(n: int) -> SafeString:
    """`{% whole 1434241 %}` a count, all its digits."""
    return digits(str(int(n)))


@register.filter
def symbol(unit: str) -> str:
    """`{{ stream.unit|symbol }}` degC → °C; a unit that nobody can read as it is."""
    try:
        return parse_unit(unit).symbol if unit else ""
    except Refused:
        return unit


GRANTS = {
    "valid": ("ok", "ok"),
    "revoked": ("withdrawn", "bad"),
    "expired": ("expired", "warn"),
    "early": ("wait", "mute"),
}
"""Standing of a grant → (mark, tone)."""


@register.simple_tag
def grant_state(state: str) -> SafeString:
    """`{% grant_state row.state %}` mark and word of a grant's standing."""
    mark, tone = GRANTS[state]
    return format_html('<span class="st {}">{}{}</span>', tone, mark_html(mark), term_html(f"data.grant.{state}"))


@register.simple_tag
def word_of(group: str, name: str) -> str:
    """`{% word_of "data.ladder." grant.ladder %}` the word of one of a group, in one language."""
    return term(group + name)


@register.simple_tag
def term_of(group: str, name: str) -> SafeString:
    """`{% term_of "data.verdict." row.verdict %}` the same with the English small beside it."""
    return term_html(group + name)
