"""Words on the page: Chinese with a small English beside it, or English alone; texts that certificates bring along."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from suyuan.site.language import TAGS, Language, current
from suyuan.site.terms import term

Text = str | Mapping[str, str] | None
_TAG_OR_CODE = re.compile(r"<[^>]*>|(?<![\w.])([A-Za-z0-9]+(?:-[A-Za-z0-9]+)+)(?!\w)")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS_ZH = "一二三四五六日"
DAYS_EN = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def safe(value: object) -> SafeString:
    """A value as HTML: escaped, unless it is safe already."""
    return conditional_escape(value if isinstance(value, str) else str(value))


def both(chinese: object, english: object) -> SafeString:
    """In Chinese: the Chinese, and the English small beside it. In English: the English alone."""
    if current() == "en":
        return safe(english)
    if not english or str(english) == str(chinese):
        return safe(chinese)
    return format_html('{}<span class="en" lang="en">{}</span>', chinese, english)


def term_html(key: str, **parameters: object) -> SafeString:
    """A key of the term table, both languages; parameters are escaped unless they are safe already."""
    shown = {name: safe(value) for name, value in parameters.items()}
    if shown:
        return both(mark_safe(term(key, "zh", **shown)), mark_safe(term(key, "en", **shown)))
    return both(term(key, "zh"), term(key, "en"))


def pick(text: Text, language: Language | None = None) -> tuple[str, str]:
    """(text, its language code): the asked language, else the other, else whatever there is; («», «») if none."""
    if text is None:
        return "", ""
    if isinstance(text, str):
        return text, ""
    wanted = language or current()
    for code in (wanted, "en" if wanted == "zh" else "zh", ""):
        for key, value in text.items():
            if value and (key == code or (code and key.lower().startswith(code + "-"))):
                return value, code
    return next(((value, key) for key, value in text.items() if value), ("", ""))


def text_html(text: Text, *, beside: bool = False) -> SafeString:
    """A text that came with a document; where it is in another language than the page, that is marked.

    beside: in Chinese the English stands small beside it, when there are both.
    """
    said, language = pick(text)
    if not said:
        return format_html('<span class="mute">{}</span>', term("none.not_stated"))
    if beside and current() == "zh" and isinstance(text, Mapping):
        english, code = pick(text, "en")
        if language == "zh" and code == "en":
            return both(said, english)
    if language and language != current():
        return format_html('<span lang="{}">{}</span>', TAGS.get(language, language), said)  # type: ignore[call-overload]
    return conditional_escape(said)


def unbroken(text: object) -> SafeString:
    """Identifiers such as YT-L-2026-0147 do not break at their hyphens."""

    def keep(found: re.Match[str]) -> str:
        return f'<span class="nowrap">{found[1]}</span>' if found[1] else found[0]

    return mark_safe(_TAG_OR_CODE.sub(keep, str(safe(text))))


def day_text(day: date | None, language: Language | None = None, *, weekday: bool = False) -> str:
    """2026 年 3 月 6 日, 6 March 2026; with the weekday: …，星期五, Friday 6 March 2026."""
    if day is None:
        return term("none.unknown", language)
    if isinstance(day, datetime):
        day = (timezone.localtime(day) if timezone.is_aware(day) else day).date()
    if (language or current()) == "zh":
        return f"{day.year} 年 {day.month} 月 {day.day} 日" + (f"，星期{DAYS_ZH[day.weekday()]}" if weekday else "")
    return (f"{DAYS_EN[day.weekday()]} " if weekday else "") + f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def short_digest(digest: str, length: int = 4) -> SafeString:
    """The first and last digits of a SHA-256; the whole stands in the title for copying."""
    if len(digest) <= 2 * length + 1:
        return format_html('<span class="mono">{}</span>', digest)
    return format_html('<span class="mono nowrap" title="{}">{}…{}</span>', digest, digest[:length], digest[-length:])
