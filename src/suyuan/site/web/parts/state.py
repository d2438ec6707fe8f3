"""States: a mark, a word, and colour only where a person is needed. Without the colour the page still reads."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from suyuan.site.terms import term
from suyuan.site.web.parts.text import both, term_html

MARKS: Mapping[str, tuple[str, str]] = {
    "valid": ("ok", "ok"),
    "passed": ("ok", "ok"),
    "pass": ("ok", "ok"),
    "satisfactory": ("ok", "ok"),
    "complete": ("ok", "ok"),
    "issued": ("ok", "ok"),
    "booked": ("due", "ok"),
    "due": ("due", "warn"),
    "expired": ("expired", "warn"),
    "withdrawn": ("withdrawn", "bad"),
    "failed": ("fail", "bad"),
    "fail": ("fail", "bad"),
    "unsatisfactory": ("fail", "bad"),
    "undecided": ("undecided", "warn"),
    "unknown": ("unknown", "warn"),
    "not_checked": ("open", "mute"),
    "sealed": ("sealed", "ok"),
    "open": ("open", "mute"),
    "waiting": ("wait", "ok"),
    "awaiting_review": ("wait", "warn"),
    "superseded": ("super", "warn"),
    "broken": ("gap", "bad"),
    "missing": ("gap", "bad"),
    "conflict": ("fail", "bad"),
    "changed": ("undecided", "warn"),
    "recompute": ("wait", "warn"),
    "no_traceable_value": ("gap", "bad"),
    "not_computable": ("unknown", "warn"),
    "not_usable": ("fail", "bad"),
    "linear": ("undecided", "warn"),
    "error": ("fail", "bad"),
    "warning": ("undecided", "warn"),
    "note": ("open", "mute"),
}
"""State → (mark in the sprite, tone: ok, warn, bad, mute)."""


DRAWINGS = {
    "ok": '<path d="M2 7.5l3.4 3.6L12 3"/>',
    "due": '<circle cx="7" cy="7" r="5.2"/><path d="M7 3.6V7l2.4 1.8"/>',
    "expired": '<circle cx="7" cy="7" r="5.2"/><path d="M1.6 12.4L12.4 1.6"/>',
    "withdrawn": '<path d="M2.2 2.2l9.6 9.6M11.8 2.2l-9.6 9.6"/>',
    "fail": '<path d="M7 1.4L13 12.4H1z"/><path d="M7 5.4v3.4M7 10.2v.9"/>',
    "undecided": '<path d="M7 1.2L12.8 7 7 12.8 1.2 7z"/>',
    "unknown": '<circle cx="7" cy="7" r="5.4" stroke-dasharray="2.2 1.9"/>'
    '<path d="M5.3 5.6c0-2.3 3.5-2.1 3.5 0 0 1.4-1.8 1.4-1.8 2.7M7 9.6v.9"/>',
    "sealed": '<rect x="2" y="2" width="10" height="10" fill="currentColor"/>'
    '<path d="M4.5 7h5" stroke="var(--paper)"/>',
    "open": '<rect x="2" y="2" width="10" height="10"/>',
    "wait": '<path d="M3 2h8M3 12h8M4 2c0 4 6 6 6 10M10 2c0 4-6 6-6 10"/>',
    "gap": '<path d="M1 7h4M9 7h4M5 3.5v7M9 3.5v7"/>',
    "super": '<path d="M2 3l4 4-4 4M7.5 3l4 4-4 4"/>',
}
"""The marks: 14 × 14 line drawings."""

SPRITE = mark_safe(
    '<svg width="0" height="0" class="sprite" aria-hidden="true"><defs>'
    + "".join(f'<symbol id="m-{name}" viewBox="0 0 14 14">{body}</symbol>' for name, body in DRAWINGS.items())
    + "</defs></svg>"
)


def mark_html(mark: str) -> SafeString:
    """One line mark of the sprite; it is decoration beside its word."""
    return format_html('<svg class="m" aria-hidden="true"><use href="#m-{}"/></svg>', mark)


def state_html(
    state: str, *, chinese: str = "", english: str = "", tone: str = "", short: bool = False, key: str = ""
) -> SafeString:
    """Mark and word of a state; other words (`chinese`, `english`, or a `key` of the term table) may stand in."""
    mark, usual = MARKS.get(state, ("unknown", "warn"))
    if chinese or english:
        word = both(chinese or english, "" if short else english or chinese)
    else:
        row = key or f"state.{state}"
        word = conditional_escape(term(row)) if short else term_html(row)
    return format_html('<span class="st {}">{}{}</span>', tone or usual, mark_html(mark), word)
