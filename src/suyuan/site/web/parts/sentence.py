"""Sentences that the page itself says: in one language, with values put in, small counts in words."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString, mark_safe

from suyuan.site.language import Language, current
from suyuan.site.terms import term

_ZH = "零一二三四五六七八九十"
_EN = (
    *("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)


def count(n: int, language: Language | None = None, *, counted: bool = True) -> str:
    """A count in words, from a hundred on in figures. counted: in Chinese a measure word follows, so two is 两.

    >>> count(2, "zh"), count(12, "zh"), count(90, "zh"), count(22, "zh", counted=False), count(3, "en")
    ('两', '十二', '九十', '二十二', 'three')
    """
    if (language or current()) == "en":
        return _EN[n] if n < len(_EN) else str(n)
    if n == 2 and counted:
        return "两"
    if n <= 10:
        return _ZH[n]
    if n < 100:
        tens, ones = divmod(n, 10)
        return ("" if tens == 1 else _ZH[tens]) + "十" + (_ZH[ones] if ones else "")
    return str(n)


def counted(thing: str, n: int, language: Language | None = None, *, figures: bool = False) -> str:
    """So many of a thing, by the rows `count.THING.one` and `count.THING.many`: 三个结果, three results.

    figures: 3 个结果, 3 results, as a table says it.
    """
    spoken = language or current()
    said = (f"{n} " if spoken == "zh" else str(n)) if figures else count(n, spoken)
    return term(f"count.{thing}.{'one' if n == 1 else 'many'}", spoken, n=said)


def sentence(key: str, language: Language | None = None, **parameters: object) -> SafeString:
    """A row of the term table in one language; parameters are escaped unless they are safe already."""
    said = {k: conditional_escape(v if isinstance(v, str) else str(v)) for k, v in parameters.items()}
    return mark_safe(term(key, language, **said))


def joined(said: Iterable[SafeString], language: Language | None = None) -> SafeString:
    """Sentences one after the other, as the language sets them."""
    return format_html_join(" " if (language or current()) == "en" else "", "{}", ((s,) for s in said))
