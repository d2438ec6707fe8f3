"""What a query of the box was understood as, how well each hit can do it, and what is said where none reaches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.html import format_html
from django.utils.safestring import SafeString

from suyuan.capability.asking.query import Asked, asked
from suyuan.capability.asking.search import Hit
from suyuan.capability.asking.typed_values import HowWell
from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.capability.taxonomy import item_named, items, quantity_key, quantity_named, same_item
from suyuan.capability.uncertainty import at, unit_at
from suyuan.quantity.finding import Refused
from suyuan.quantity.notation import behind
from suyuan.quantity.unit import Unit, linear, ratio
from suyuan.site.terms import term
from suyuan.site.web.matching.match_parts import interval_html, item_word, laboratory, quantity_word
from suyuan.site.web.parts.text import unbroken

ALIKE = 0.8
"""Share of the best score from which hits are weighed by whether their U is small enough."""
WEIGHED = 60


@dataclass(frozen=True)
class There:
    """U at a value with its unit, and as a fraction of the value (infinite at zero)."""

    U: float
    unit: Unit
    relative: float


def place_of(wanted: Asked) -> Interval | None:
    """The value at which U is told."""
    return wanted.values[0] if wanted.values else None


def well_of(wanted: Asked) -> HowWell | None:
    """The uncertainty that is wanted; None where none was typed."""
    return next((item for item in wanted.wanted if item.kind == "U"), None)


def there_of(c: Capability, place: Interval) -> There | None:
    """U of a capability at the upper end of what is wanted; None where nothing can be said."""
    if c.uncertainty is None or c.interval_of:
        return None
    try:
        slope, intercept = linear(place.unit, c.interval.unit)
        y = slope * place.high + intercept
        if not c.interval.low <= y <= c.interval.high:
            return None
        U = float(at(c.uncertainty, np.array([y]), c.interval.unit)[0])
        unit = unit_at(c.uncertainty, c.interval.unit)
        own = U * ratio(unit, c.interval.unit.as_difference())
    except Refused:
        return None
    return There(U, unit, own / abs(y) if y else math.inf) if math.isfinite(U) else None


def enough_at(there: There, well: HowWell | None) -> bool | None:
    """Whether U is small enough; None where nobody can say."""
    if well is None:
        return None
    if well.unit is None:
        return there.relative <= well.size * (1.0 + 1e-9) if math.isfinite(there.relative) else None
    try:
        return there.U * ratio(there.unit, well.unit) <= well.size * (1.0 + 1e-9)
    except Refused:
        return None


def better_first(found: Sequence[tuple[Capability, Hit]], wanted: Asked) -> list[tuple[Capability, Hit]]:
    """Among hits that answer the words alike, those whose U is small enough first."""
    place, well, rows = place_of(wanted), well_of(wanted), list(found)
    if place is None or well is None or not rows:
        return rows
    alike = sum(hit.score >= ALIKE * rows[0][1].score for _, hit in rows[:WEIGHED])

    def worse(row: tuple[Capability, Hit]) -> bool:
        there = there_of(row[0], place)
        return not (there is not None and enough_at(there, well))

    return [*sorted(rows[:alike], key=worse), *rows[alike:]]


def heard(wanted: Asked) -> str:
    """What was understood by the numbers; «» where there are none."""
    said = [term("match.heard.value", value=_between(v.low, v.high, v.unit.symbol)) for v in wanted.values]
    said += [term("match.heard.bare", value=_between(*ends, "")) for ends in wanted.bare]
    for item in wanted.wanted:
        unit = "" if item.unit is None else item.unit.symbol
        share = item.unit is None and item.kind != "class"
        size = f"{100.0 * item.size:g} %" if share else f"{item.size:g}{behind(unit)}"
        said.append(term(f"match.heard.{item.kind}", value=size.strip()))
    told = term("match.heard", said=term("match.and").join(said)) if said else ""
    return told + (term("match.heard.unread", said=term("match.and").join(wanted.unread)) if wanted.unread else "")


def _between(low: float, high: float, unit: str) -> str:
    ends = f"{low:g}" if low == high else f"{low:g} … {high:g}"
    return f"{ends}{behind(unit)}".replace("-", "\u2212")


def as_need(words: str) -> dict[str, str]:
    """What was searched for as fields of the form for a need: what nobody heard is left empty, the words are its title.

    >>> found = as_need("量块 100 mm U 0.1 um")
    >>> found["item"], found["interval_high"], found["interval_unit"], found["target_U"], found["title"]
    ('量块', '100', 'mm', '0.1', '量块 100 mm U 0.1 um')
    """
    wanted = asked(words)
    fields = {"way": "direct", "title": words}
    named = [word for words_of in wanted.terms for word in words_of]
    item = next((key for word in named if (key := item_named(word))), "")
    kind = next((key for word in named if (key := quantity_named(word))), "")
    if item and not kind:
        kind = items()[item].quantities[0]
    fields |= {"quantity": quantity_word(kind) if kind else "", "item": item_word(item)}
    if (place := place_of(wanted)) is not None:
        fields |= {"interval_low": f"{place.low:g}", "interval_high": f"{place.high:g}",
                   "interval_unit": place.unit.symbol}  # fmt: skip
    if (well := well_of(wanted)) is not None:
        size, unit = (well.size, well.unit.symbol) if well.unit is not None else (100.0 * well.size, "%")
        fields |= {"target_U": f"{size:g}", "target_unit": unit}
    return {name: text for name, text in fields.items() if text}


def short_of(found: Sequence[tuple[Capability, Hit]], wanted: Asked | None = None) -> SafeString | str:
    """That none of what was found reaches a value, and which comes nearest, or that several reach it together; «» where
    one does."""
    if not found:
        return ""
    first, hit = found[0]
    missed = [why.term for why in hit.why if why.by == "outside"]
    if not missed or any(not any(why.by == "outside" for why in other.why) for _, other in found):
        return ""
    if together := _joined(found, wanted.values if wanted is not None else ()):
        names = term("match.and").join(f"{laboratory(c)} {unbroken(c.id)}" for c in together)
        return format_html(term("match.short.together"), value=missed[0].replace("-", "\u2212"), names=names)
    name = format_html("{} {}", laboratory(first), unbroken(first.id))
    value = missed[0].replace("-", "\u2212")
    return format_html(term("match.short"), value=value, name=name, interval=interval_html(first.interval))


def _joined(found: Sequence[tuple[Capability, Hit]], values: Sequence[Interval]) -> tuple[Capability, ...]:
    """Capabilities of the first one's quantity and item whose intervals join to hold the value that was asked for, from
    its lower end on; () where none do, or several values were asked for."""
    if len(values) != 1:
        return ()
    wanted, first = values[0], found[0][0]
    alike = [c for c, _ in found if same_item(c.item, first.item) and quantity_key(c.quantity) ==
             quantity_key(first.quantity) and c.interval.unit.converts_to(wanted.unit)]  # fmt: skip
    ends = [(c.interval.to(wanted.unit), c) for c in alike]
    reached, taken = wanted.low, list[Capability]()
    while reached < wanted.high:
        beyond = [(i.high, c) for i, c in ends if i.low <= reached < i.high]
        if not beyond:
            return ()
        reached, best = max(beyond, key=lambda end: end[0])
        taken.append(best)
    return tuple(taken)
