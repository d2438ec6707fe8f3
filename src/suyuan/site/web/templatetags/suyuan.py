"""The tags of our templates; loaded in all of them, so no `{% load %}` is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from suyuan.quantity.finding import Finding, sentences
from suyuan.site import terms
from suyuan.site.language import current
from suyuan.site.web.houses import houses
from suyuan.site.web.parts import figure, rows
from suyuan.site.web.parts import number as numbers
from suyuan.site.web.parts import plot as plots
from suyuan.site.web.parts import state as states
from suyuan.site.web.parts import text as texts

register = template.Library()


# ---------------------------------------------------------------- words
@register.simple_tag
def term(key: str, **parameters: object) -> SafeString:
    """`{% term "word.budget" %}` 预算 with the English small beside it; in English the English alone."""
    return texts.term_html(key, **parameters)


@register.simple_tag
def word(key: str, **parameters: Any) -> str:
    """`{% word "shell.find" %}` one language only: for attributes, buttons, titles and running text."""
    return terms.term(key, **parameters)


@register.simple_tag
def both(zh: object, en: object) -> SafeString:
    """`{% both person.zh person.en %}` two values as Chinese and English."""
    return texts.both(zh, en)


@register.filter
def house(name: str) -> str:
    """`{{ row.issuer|house }}` the name of an organisation in the language of the page, where a register has it."""
    return houses(name)


@register.filter
def said(text: texts.Text) -> SafeString:
    """`{{ item.name|said }}` a text of a document in the language of the page, else marked with its own."""
    return texts.text_html(text)


@register.filter
def said_both(text: texts.Text) -> SafeString:
    """As `said`; in Chinese the English stands beside it when there are both."""
    return texts.text_html(text, beside=True)


@register.filter
def unbroken(text: object) -> SafeString:
    """`{{ number|unbroken }}` identifiers do not break at their hyphens."""
    return texts.unbroken(text)


@register.filter
def day(value: date | None) -> str:
    """`{{ certificate.issued|day }}` 2026 年 3 月 6 日, 6 March 2026, or «unknown»."""
    return texts.day_text(value)


@register.filter
def digest(value: str) -> SafeString:
    """`{{ certificate.digest|digest }}` 9f3c…71be."""
    return texts.short_digest(value)


# ---------------------------------------------------------------- numbers
@register.simple_tag
def number(
    value: numbers.Number | None,
    unit: str = "",
    U: numbers.Number | None = None,  # noqa: N803, RUF100 (the standards' own letter)
    k: numbers.Number | None = None,
    sign: bool = False,
    stated: bool = False,
) -> SafeString:
    """`{% number 0.254 "µm" U=0.071 k=2 sign=True %}` (+0.254 ± 0.071) µm  k = 2. Text keeps its printed digits;
    `stated=True` says «U not stated» where there is none."""
    return numbers.quantity_html(value, U, unit, k=k, sign=sign, stated=stated)


@register.simple_tag
def sym(symbol: str, sub: str = "") -> SafeString:
    """`{% sym "u" "c" %}` a quantity symbol in italic, its descriptive subscript upright."""
    return format_html('<i class="sy">{}</i>{}', symbol, format_html("<sub>{}</sub>", sub) if sub else "")


@register.filter
def neg(value: Any) -> Any:
    """`lower=limit|neg` the same number with the other sign; None stays None."""
    return None if value is None else -float(value)


@register.filter
def percent(share: float | None) -> str:
    """`{{ row.share|percent }}` 0.354 → 35 %; below one percent «< 1 %»."""
    if share is None:
        return terms.term("none.unknown")
    return "< 1 %" if 0 < share < 0.01 else f"{share * 100:.0f} %"


# ---------------------------------------------------------------- states
@register.simple_tag
def state(name: str, zh: str = "", en: str = "", tone: str = "", short: bool = False, key: str = "") -> SafeString:
    """`{% state "withdrawn" %}` mark and word; other words by `zh=… en=…` or `key="state.complete"`."""
    return states.state_html(name, chinese=zh, english=en, tone=tone, short=short, key=key)


@register.simple_tag
def mark(name: str) -> SafeString:
    """`{% mark "due" %}` one line mark of the sprite, without a word."""
    return states.mark_html(name)


# ---------------------------------------------------------------- figures
def _number(value: Any) -> float | None:
    return None if value is None or value == "" else float(value)


@register.simple_tag
def strip(
    value: Any,
    U: Any = None,  # noqa: N803, RUF100 (the standards' own letter)
    lower: Any = None,
    upper: Any = None,
    **more: Any,
) -> SafeString:
    """`{% strip value U lower upper low=-0.42 high=0.42 old=0.1 old_U=0.11 unit="µm" label="1 mm" width=236 %}`
    the interval strip; without `low` and `high` it scales itself; a value of None leaves the word «unknown»."""
    size = _number(value)
    if size is None:
        return format_html('<span class="mute">{}</span>', terms.term("none.unknown"))
    before = _number(more.get("old"))
    low, high = _number(more.get("low")), _number(more.get("high"))
    return figure.strip_svg(
        figure.Interval(size, _number(U)),
        (_number(lower), _number(upper)),
        stretch=(low, high) if low is not None and high is not None and high > low else None,
        old=figure.Interval(before, _number(more.get("old_U"))) if before is not None else None,
        unit=str(more.get("unit", "")),
        label=str(more.get("label", "")),
        width=int(more.get("width", 236)),
    )


@register.simple_tag
def bar(value: float, largest: float, first: bool = False, label: str = "", width: int = 250) -> SafeString:
    """`{% bar row.size 36 first=forloop.first label="20.8 nm" %}` a budget's bar on a common scale."""
    return figure.bar_svg(float(value), float(largest), first=first, label=label, width=width)


@register.simple_tag
def plot(svg: str, label: str, name: str = "plot", kind: str = "") -> SafeString:
    """`{% plot svg label="U grows with length" name="cmc" kind="wide" %}` a report's SVG in the page's own colours."""
    return plots.plot_html(svg, label, name=name, kind=kind)


@register.simple_tag
def chain(steps: Iterable[Any]) -> SafeString:
    """`{% chain steps %}` anchor first; a step has name, say, here, state, address."""
    return rows.chain_html(steps)


@register.simple_tag
def ladder(rungs: Iterable[Any]) -> SafeString:
    """`{% ladder ladder.rungs %}` a rung has name, state (passed, failed, not_checked, unknown), say, findings."""
    return rows.ladder_html(rungs)


@register.simple_tag
def findings(items: Iterable[Finding]) -> SafeString:
    """`{% findings items %}` what, where, why, what to do; worst first; nothing where there is none."""
    return rows.findings_html(items)


@register.simple_tag
def sprite() -> SafeString:
    """The marks, once a page."""
    return states.SPRITE


@register.filter
def what(item: Finding) -> SafeString:
    """`{{ finding|what }}` its first sentence alone."""
    return texts.unbroken(sentences(item, current())["what"])


@register.filter
def remedy(item: Finding) -> SafeString:
    """`{{ finding|remedy }}` what to do about it."""
    return texts.unbroken(sentences(item, current(), page=True)["remedy"])


@register.filter
def entry(table: Mapping[str, Any], key: str) -> Any:
    """`{{ table|entry:key }}` a mapping's entry by a key that is itself a value."""
    return table.get(key)


@register.simple_tag
def language() -> str:
    """zh or en."""
    return current()


@register.simple_tag
def invalid(cells: Mapping[str, Any], *parts: object) -> SafeString:
    """`<input {% invalid beside "in-" n "-unit" %}>` marks a field at fault and points to what is said beside it."""
    name = "".join(map(str, parts))
    cell = cells.get(name)
    if not cell:
        return SafeString("")
    told = format_html(' aria-describedby="x-{}"', name) if cell["told"] else ""
    return format_html('aria-invalid="true"{}', told)


@register.inclusion_tag("part/beside.html")
def told(cells: Mapping[str, Any], *parts: object) -> Mapping[str, Any]:
    """`{% told beside "in-" n "-unit" %}` what is wrong with a field, below it."""
    return {"cell": cells.get("".join(map(str, parts)))}
