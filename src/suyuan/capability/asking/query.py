"""A query as it is understood: the terms that the tables know with all their words, and values with units.

«扭力扳手 200 N·m»  →  扭力扳手 = 扭矩扳子 = torque wrench …   and   200 N·m
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from suyuan.capability.asking.typed_values import CJK, HowWell, tidy, values_in
from suyuan.capability.interval import Interval
from suyuan.capability.taxonomy import plain, word_groups

LONGEST_QUERY = 200
_WORD = re.compile(r"[^\W_]")
NUMBERED = re.compile(
    r"(?<![a-z0-9-])[a-z][a-z0-9.]*(?:-[a-z0-9.]+)+-[a-z]*[0-9][a-z0-9.]*(?![a-z0-9-])", re.IGNORECASE
)
"""A number of a certificate, need or capability: DEMO-NMI-L-0201."""
_SAID_BY_ALL = re.compile(
    r"校准|检定|检测|测量|哪里|哪家|能不能|可以|能测|谁能"
    r"|(?<![a-z0-9])(?:calibrat(?:e|es|ed|ion|ions|ing)|measur(?:e|es|ed|ing)|up to|at least|who can|where can|an?|the"
    r"|of|for|to|with|in|on|at|and|can|my|i)(?![a-z0-9])"
)
"""What every laboratory does, and small words: they find nothing by themselves and are silent beside other words."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it is understood. terms: each with all the words that it stands for, itself first; values: intervals
    that a row must hold from end to end; wanted: how well; bare: low and high without a unit, to be held in the unit of
    the row; unread: what stood there as how well and has no unit."""

    terms: tuple[tuple[str, ...], ...]
    values: tuple[Interval, ...]
    wanted: tuple[HowWell, ...] = ()
    bare: tuple[tuple[float, float], ...] = ()
    unread: tuple[str, ...] = ()


def asked(query: str) -> Asked:
    """A query as terms and values.

    >>> a = asked("扭力扳手 200 N·m")
    >>> a.terms[0][:2], a.values[0].low, a.values[0].unit.symbol
    (('扭力扳手', '扭矩扳子'), 200.0, 'N·m')
    """
    found = values_in(tidy(query[:LONGEST_QUERY]), _ends_named)
    numbers = [word for word in NUMBERED.findall(found.rest) if plain(word) not in _groups()]
    terms: list[tuple[str, ...]] = [(word.casefold(),) for word in numbers]
    rest = NUMBERED.sub(lambda word: "," if word[0] in numbers else word[0], found.rest)
    segments = re.split(r"[,;，；、。/()（）\n]+|\s{2,}", plain(rest))
    for segment in segments:
        terms += _terms(segment.strip(), _SAID_BY_ALL)
    if not (terms or found.values or found.bare):
        terms = [word for segment in segments for word in _terms(segment.strip())]
    return Asked(tuple(dict.fromkeys(terms)), found.values, found.wanted, found.bare, found.unread)


def _ends_named(text: str) -> bool:
    """Whether a text ends with a Chinese character or with a word that the tables know."""
    words = plain(text).split()
    if not words:
        return True
    if re.search(f"[{CJK}]$", words[-1]):
        return True
    return any(_grouped(" ".join(words[-n:]), _groups()) for n in range(1, min(4, len(words)) + 1))


@cache
def _groups() -> Mapping[str, tuple[str, ...]]:
    """Plain word → all the words of its groups, itself first."""
    found: dict[str, dict[str, None]] = {}
    for _, words in word_groups():
        own = [plain(word) for word in words]
        for word in own:
            found.setdefault(word, {word: None}).update(dict.fromkeys(own))
    return {word: tuple(words) for word, words in found.items()}


def _terms(segment: str, silent: re.Pattern[str] | None = None) -> list[tuple[str, ...]]:
    """The terms of a piece of text: the longest known words first, what is left between them cut at blanks. silent:
    what counts for nothing where it is left."""
    groups, place, left = _groups(), 0, 0
    found: list[tuple[str, ...]] = []

    def loose(text: str) -> None:
        text = silent.sub(" ", text) if silent is not None else text
        found.extend((word,) for word in text.split() if _WORD.search(word))

    while place < len(segment):
        word = _known_at(segment, place, groups)
        if word is None:
            place += 1
            continue
        loose(segment[left:place])
        if silent is None or not silent.fullmatch(word):
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
