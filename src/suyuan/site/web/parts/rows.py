"""Parts that are lists: the chain on one line, the ladder, and findings as what, where, why and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from suyuan.quantity.finding import Finding, sentences
from suyuan.site.language import current
from suyuan.site.terms import term
from suyuan.site.web.parts.state import MARKS, mark_html, state_html
from suyuan.site.web.parts.text import Text, term_html, text_html, unbroken


def get(thing: Any, name: str, default: Any = None) -> Any:
    """A field of a mapping or of an object."""
    if isinstance(thing, Mapping):
        return thing.get(name, default)
    return getattr(thing, name, default)


def said_html(text: Text | SafeString) -> SafeString:
    """A text that may already be safe HTML, or be in several languages."""
    if isinstance(text, SafeString):
        return text
    return unbroken(text_html(text)) if text else SafeString("")


def chain_html(steps: Iterable[Any]) -> SafeString:
    """The chain, first the anchor, last where we are. A step: `name`, `say` (one text or a list of lines),
    `here`, `state` (of the link that leads to this step: a break is cut by two bars and named), `address`."""
    listed = list(steps)
    tones = [BREAKS.get(str(get(step, "state") or "valid"), "") for step in listed]
    rows, below = [], ""
    for number, step in enumerate(listed):
        lines = get(step, "say") or ()
        lines = [lines] if isinstance(lines, str | Mapping) else list(lines)
        name = said_html(get(step, "name"))
        if get(step, "address"):
            name = format_html('<a href="{}">{}</a>', get(step, "address"), name)
        tone = tones[number]
        below = "bad" if "bad" in (tone, below) else tone or below
        following = tones[number + 1] if number + 1 < len(tones) else ""
        classes = [
            "here" if get(step, "here") else "",
            "cut" if tone else "below" if below else "",
            below,
            f"to-{following}" if following else "",
        ]
        rows.append(
            format_html(
                '<li class="{}">{}<b>{}</b><span class="sub">{}</span></li>',
                " ".join(filter(None, classes)),
                state_html(get(step, "state")) if tone else "",
                name,
                format_html_join(mark_safe("<br>"), "{}", ((said_html(line),) for line in lines)),
            )
        )
    return format_html('<ol class="chain">{}</ol>', mark_safe("".join(rows)))


BREAKS = {state: tone for state, (_, tone) in MARKS.items() if tone in ("warn", "bad") and state != "due"}
"""States of a link that break the chain, and how badly."""

LADDER_CLASS = {"failed": "broken", "unknown": "open", "not_checked": "unchecked"}


def ladder_html(rungs: Iterable[Any]) -> SafeString:
    """The validation ladder: rails always, a rung only where passed. A rung: `name`, `state`, `say`, `findings`."""
    rows = []
    for rung in rungs:
        state = str(get(rung, "state"))
        said = [said_html(get(rung, "say"))] if get(rung, "say") else []
        said += [
            unbroken(sentences(f, current())["what"]) for f in get(rung, "findings") or () if isinstance(f, Finding)
        ]
        rows.append(
            format_html(
                '<li class="{}"><span class="what">{}</span>{}<span class="say">{}</span></li>',
                LADDER_CLASS.get(state, ""),
                term_html(f"rung.{get(rung, 'name')}"),
                state_html(state),
                format_html_join(mark_safe("<br>"), "{}", ((line,) for line in said[:4])),
            )
        )
    return format_html('<ol class="ladder">{}</ol>', mark_safe("".join(rows)))


SEVERITY = {"error": ("fail", "bad"), "warning": ("undecided", "warn"), "note": ("open", "mute")}


def findings_html(findings: Iterable[Finding]) -> SafeString:
    """Findings, worst first: what; then where, why and what to do, each under its own word."""
    order = ("error", "warning", "note")
    rows = [_finding_html(item) for item in sorted(findings, key=lambda f: order.index(f.severity))]
    return format_html('<ul class="findings">{}</ul>', mark_safe("".join(rows))) if rows else SafeString("")


def _finding_html(item: Finding) -> SafeString:
    mark, tone = SEVERITY[item.severity]
    told = sentences(item, current(), page=True)
    of_form = item.where == "draft" or item.where.startswith(("f-", "d-"))  # a field, which the sentence names
    where = "" if of_form else item.where
    rows = [("where", where, True), ("why", told["why"], False), ("remedy", told["remedy"], False)]
    facts = format_html_join(
        "",
        "<div><dt>{}</dt><dd{}>{}</dd></div>",
        (
            (term(f"finding.{part}"), mark_safe(' class="mono"') if mono else "", unbroken(text))
            for part, text, mono in rows
            if text
        ),
    )
    return format_html(
        '<li class="sev-{}"><p class="what"><span class="st {}">{}<span class="vh">{}</span></span>{}</p>'
        "<dl>{}</dl></li>",
        item.severity,
        tone,
        mark_html(mark),
        term(f"state.{item.severity}"),
        conditional_escape(unbroken(told["what"])),
        facts,
    )
