"""The answer to a need in a sentence, as a person would say it aloud."""

from __future__ import annotations

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from suyuan.capability.matching.gate import Examined
from suyuan.capability.matching.match import ITEM_OPEN, Match
from suyuan.quantity.finding import sentences
from suyuan.site.language import Language
from suyuan.site.terms import term
from suyuan.site.web.matching.match_parts import compared, gap_words, spoken
from suyuan.site.web.parts.number import quantity_html
from suyuan.site.web.parts.sentence import sentence
from suyuan.site.web.parts.text import both, day_text, pick, unbroken

_SYMBOL = re.compile(r"\bU(?= = )")
MOST_ASKED = 5
"""Capabilities that are named as to be asked about."""


def lead(found: Match) -> SafeString:
    """The sentence in the languages of the page."""
    return both(_said(found, "zh"), _said(found, "en"))


def _said(found: Match, language: Language) -> SafeString:
    told = [*_parts(found, language), *_item(found, language), *_carried(found, language), *_wished(found, language)]
    joined = format_html_join(" " if language == "en" else "", "{}", ((part,) for part in told))
    return mark_safe(_SYMBOL.sub('<i class="sy">U</i>', joined))  # our own sentences and escaped values


def _item(found: Match, language: Language) -> list[SafeString]:
    """That the need names no item, and which instruments those calibrate who can."""
    said = next((f for f in found.findings if f.code == ITEM_OPEN), None)
    if said is None:
        return []
    return [sentence("match.lead.item_open", language, items=dict(said.parameters)[f"items_{language}"])]


def _wished(found: Match, language: Language) -> list[SafeString]:
    """On which day it is judged, where the need wishes one."""
    wished = found.need.day
    if wished is None or found.day is None:
        return []
    told = {"wished": day_text(wished, language), "day": day_text(found.day, language)}
    return [sentence("day.wished" if wished == found.day else "day.wished_past", language, **told)]


def _parts(found: Match, language: Language) -> list[SafeString]:
    if found.verdict == "can":
        return _can(found, language)
    if not found.examined:
        count = len(found.examined) + found.others
        return [sentence("match.lead.nobody", language, count=count)]
    if found.verdict == "unknown" and not found.covered:
        ask = [e.capability.id for e in found.examined if e.covered and e.gate("conditions").state == "unknown"]
        return [sentence("match.lead.ask", language, ids=(", " if language == "en" else "、").join(ask[:MOST_ASKED]))]
    if found.verdict == "unknown":
        return [sentence("match.lead.no_target", language)]
    parts = []
    if found.verdict == "cannot":
        parts.append(sentence("match.lead.cannot", language, count=len(found.examined)))
    elif found.verdict == "partly":
        parts.append(sentence("match.lead.partly", language, missing=gap_words(found.uncovered, language)))
    if found.nearest is not None:
        parts += _nearest(found, found.nearest, language)
    return parts


def _carried(found: Match, language: Language) -> list[SafeString]:
    """That a transfer standard would do, where nothing else does."""
    worst = found.chains[0].adequacy.worst if found.chains and found.verdict != "can" else None
    if worst is None:
        return []
    chain = found.chains[0]
    u, target, _ = compared(worst.U, worst.target, worst.U_unit)
    return [sentence("match.lead.carried", language, name=unbroken(chain.transfer.id),
                     by=_who(chain.capability, language), U=u, target=target)]  # fmt: skip


def _can(found: Match, language: Language) -> list[SafeString]:
    if not found.single:
        sets = (*found.composite, *found.several)
        if not sets:
            return [sentence("match.lead.can", language)]
        names = [_who(member, language) for member in sets[0].members]
        return [sentence("match.lead.together", language, names=_and(names, language))]
    first = found.single[0]
    many = len(found.single)
    key = "match.lead.one" if many == 1 else "match.lead.many"
    parts = [sentence(key, language, count=many, name=_who(first, language))]
    worst = first.adequacy.worst
    if worst is not None:
        u, target, _ = compared(worst.U, worst.target, worst.U_unit)
        parts.append(sentence("match.lead.suffices", language, place=_place(worst), U=u, target=target))
    over = [f for f in first.gate("logistics").findings if f.severity == "error"]
    if over:  # it never changes the verdict, and whoever asks wants to know it first
        said = (";" if language == "en" else "；").join(sentences(spoken(f, language), language)["what"] for f in over)
        parts.append(sentence("match.lead.over", language, said=said))
    return parts


def _nearest(found: Match, item: Examined, language: Language) -> list[SafeString]:
    name, worst = _who(item, language), item.adequacy.worst
    beyond = worst is not None and not worst.suffices
    if beyond and worst is not None and item.failed == ("uncertainty",):
        u, target, apart = compared(worst.U, worst.target, worst.U_unit)
        parts = []
        if found.verdict == "not_accurate":
            parts.append(_accurate(found, language))
        parts.append(
            sentence("match.lead.nearest", language, name=name, place=_place(worst), U=u, target=target, apart=apart)
        )
        if item.adequacy.adequate:
            parts.append(sentence("match.lead.until", language, parts=gap_words(item.adequacy.adequate, language)))
        return parts
    parts = [sentence("match.lead.unproven", language)] if found.verdict == "not_accurate" else []
    comma = "、" if language == "zh" else ", "
    gates = comma.join(term(f"match.gate.{gate}", language) for gate in item.failed)
    told = [f for f in item.gate(item.failed[0]).findings if f.severity != "note"]
    why = next((f for f in told if f.code == "capability.support.standard.ends"), next(iter(told), None))
    reason = sentences(spoken(why, language), language)["what"] if why is not None else ""
    parts.append(sentence("match.lead.gates", language, name=name, gates=gates, reason=reason))
    return parts


def _accurate(found: Match, language: Language) -> SafeString:
    """That nobody is accurate enough, or who is and which gates it does not pass."""
    enough = [e for e in found.examined if e.passes("measurand", "interval", "uncertainty")]
    if not enough:
        return sentence("match.lead.not_accurate", language)
    comma, (opens, closes) = ("、", "（）") if language == "zh" else (", ", "()")
    names = [
        format_html("{}{}{}{}{}", _who(e, language), "" if language == "zh" else " ", opens,
                    comma.join(term(f"match.gate.{gate}", language) for gate in e.failed), closes)
        for e in enough[:3]
    ]  # fmt: skip
    joined = format_html_join(comma, "{}", ((name,) for name in names))
    return sentence("match.lead.accurate", language, names=joined)


def _who(item: Examined, language: Language) -> SafeString:
    return format_html("{} {}", pick(item.capability.laboratory, language)[0], unbroken(item.capability.id))


def _and(names: list[SafeString], language: Language) -> SafeString:
    return format_html_join(" + ", "{}", ((name,) for name in names))


def _place(worst: object) -> SafeString:
    return quantity_html(f"{worst.place:.6g}", unit=worst.unit)  # type: ignore[attr-defined]
