"""A query as it is understood: the terms that the tables know with all their words, and values with units.

«扭力扳手 200 N·m»  →  扭力扳手 = 扭矩扳子 = torque wrench …   and   200 N·m
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from suyuan.capability.interval import Interval
from suyuan.capability.taxonomy import plain, word_groups
from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import Unit, convert, parse_unit

LONGEST_QUERY = 200
_CJK = "\u3400-\u9fff"
_WORD = re.compile(r"[^\W_]")
_NUMBER = r"(?>[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"
_VALUE = re.compile(
    rf"(?<![\w.])({_NUMBER})(?:\s*([^\s\d,;，；~～…±]{{1,8}}))?\s*(?:[~～…至到]|\.\.\.?|-|to)\s*({_NUMBER})|({_NUMBER})"
)
_UNIT_END = re.compile(rf"[\s,;，；、。{_CJK}]")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it is understood. terms: each with all the words that it stands for, itself first; values: intervals
    that a row must hold from end to end."""

    terms: tuple[tuple[str, ...], ...]
    values: tuple[Interval, ...]


def asked(query: str) -> Asked:
    """A query as terms and values.

    >>> a = asked("扭力扳手 200 N·m")
    >>> a.terms[0][:2], a.values[0].low, a.values[0].unit.symbol
    (('扭力扳手', '扭矩扳子'), 200.0, 'N·m')
    """
    text, values = _values(unicodedata.normalize("NFKC", query[:LONGEST_QUERY]))
    terms: list[tuple[str, ...]] = []
    for segment in re.split(r"[,;，；、。/()（）\n]+|\s{2,}", plain(text)):
        terms += _terms(segment.strip())
    return Asked(tuple(dict.fromkeys(terms)), tuple(values))


def _values(text: str) -> tuple[str, list[Interval]]:
    """Values with units taken out of a text: «200 N·m», «0~100 mm», «-40 ℃ 到 120 ℃»."""
    found: list[Interval] = []
    rest, place = [], 0
    for match in _VALUE.finditer(text):
        if match.start() < place:
            continue
        unit, end = _unit_after(text, match.end())
        if unit is None:
            continue
        first, second = float(match[1] or match[4]), float(match[3] or match[1] or match[4])
        own = _unit(match[2]) if match[2] else None
        if own is not None and own.converts_to(unit):
            first = float(convert(first, own, unit))
        ends = sorted((first, second))
        found.append(Interval(ends[0], ends[1], unit))
        rest.append(text[place : match.start()])
        place = end
    return " ".join((*rest, text[place:])), found


def _unit_after(text: str, start: int) -> tuple[Unit | None, int]:
    """The longest unit that stands right after a number, and where it ends."""
    begin = start + (len(text[start:]) - len(text[start:].lstrip()))
    stop = _UNIT_END.search(text, begin + 1)
    longest = stop.start() if stop else len(text)
    for end in range(min(longest, begin + 16), begin, -1):
        unit = _unit(text[begin:end])
        if unit is not None and not (end < len(text) and text[end].isascii() and text[end].isalnum()):
            return unit, end
    return None, start


@lru_cache(maxsize=4096)
def _unit(text: str) -> Unit | None:
    try:
        unit = parse_unit(text)
    except Refused:
        return None
    return unit if unit.terms else None


@cache
def _groups() -> Mapping[str, tuple[str, ...]]:
    """Plain word → all the words of its groups, itself first."""
    found: dict[str, dict[str, None]] = {}
    for _, words in word_groups():
        own = [plain(word) for word in words]
        for word in own:
            found.setdefault(word, {word: None}).update(dict.fromkeys(own))
    return {word: tuple(words) for word, words in found.items()}


def _terms(segment: str) -> list[tuple[str, ...]]:
    """The terms of a piece of text: the longest known words first, what is left between them cut at blanks."""
    groups, place, left = _groups(), 0, 0
    found: list[tuple[str, ...]] = []

    def loose(text: str) -> None:
        found.extend((word,) for word in text.split() if _WORD.search(word))

    while place < len(segment):
        word = _known_at(segment, place, groups)
        if word is None:
            place += 1
            continue
        loose(segment[left:place])
        found.append(groups[_grouped(word, groups)])
        place = left = place + len(word)
    loose(segment[left:])
    return found


def _known_at(segment: str, place: int, groups: Mapping[str, tuple[str, ...]]) -> str | None:
    """The longest known word that begins at a place; in English it is whole words, a plural counts."""
    if segment[place] == " " or (_latin(segment, place) and _latin(segment, place - 1)):
        return None
    for end in range(min(len(segment), place + 48), place, -1):
        word = segment[place:end]
        if _latin(segment, end - 1) and _latin(segment, end):
            continue
        if _grouped(word, groups):
            return word
    return None


def _grouped(word: str, groups: Mapping[str, object]) -> str:
    """The word itself or the singular of an English plural, where the tables know it; else «»."""
    endings = ("", "s", "es") if word.isascii() else ("",)
    return next((w for end in endings if word.endswith(end) and (w := word.removesuffix(end)) in groups), "")


def _latin(text: str, place: int) -> bool:
    return 0 <= place < len(text) and text[place].isascii() and text[place].isalnum()
