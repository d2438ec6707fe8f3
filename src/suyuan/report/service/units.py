"""Units of what is counted and paid, in both languages: 项, 家, 人 are the unit one, money has a name in each."""

from __future__ import annotations

from collections.abc import Mapping

from suyuan.report.papers.document import Text

COUNTING = frozenset({"个", "项", "家", "人", "名", "条", "次", "台", "套", "件"})
"""Chinese counting words; in English they are the unit one, and silent where a number is read."""

_WORDS: Mapping[str, str] = {
    "元": "CNY", "千元": "thousand CNY", "万元": "ten thousand CNY", "百万元": "million CNY",
    "亿元": "hundred million CNY", "年": "a", "月": "mo", "天": "d", "日": "d", "小时": "h",
}  # fmt: skip


def unit_text(unit: str) -> Text:
    """A unit as a text for a table; symbols are the same in both languages, counting words are the unit one in English.

    >>> unit_text("项"), unit_text("万元")["en"], unit_text("µm"), unit_text("1")
    ({'zh': '项', 'en': '1'}, 'ten thousand CNY', {'zh': 'µm', 'en': 'µm'}, {'zh': '1', 'en': '1'})
    """
    known = unit or "1"
    english = "1" if known in COUNTING else _WORDS.get(known, known)
    return {"zh": "元" if known == "CNY" else known, "en": english}


def unit_behind(unit: str, language: str) -> str:
    """A unit as it stands behind a number: one is silent.

    >>> unit_behind("家", "en"), unit_behind("家", "zh"), unit_behind("1", "zh"), unit_behind("d", "en")
    ('', '家', '', 'd')
    """
    shown = unit_text(unit)["en" if language == "en" else "zh"]
    return "" if shown == "1" else shown
