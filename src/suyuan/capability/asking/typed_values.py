"""Values as people type them into a search box: intervals, the uncertainty that is wanted, numbers without a unit.

    量块 100 mm 0.06 µm     → 100 mm; U of 0.06 µm wanted        20–180 ℃     → the interval from 20 °C to 180 °C
    力传感器 500kN 0.05级    → 500 kN; class 0.05 wanted          pH 7         → 7 without a unit

A size far below the other of its kind can only be meant as how well; a class is no uncertainty and stays a class.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from suyuan.capability.interval import Interval
from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import Unit, convert, parse_unit

CJK = "\u3400-\u9fff"
_DASH = re.compile("[‐‑‒–—−﹣－]")
_NUMBER = r"(?>10\^[-+]?\d+|[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+|\s?[×x*]\s?10(?:\^[-+]?|[-+])\d+)?)"
_RAISED = re.compile("(?<=10|１０)[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_BETWEEN = r"(?:~|至|到|\.\.\.?|-|to)"
_VALUE = re.compile(
    rf"(?<![A-Za-z0-9_.])(?:({_NUMBER})(?:\s*([^\s\d,;，；~±]{{1,8}}))?\s*{_BETWEEN}\s*({_NUMBER})|({_NUMBER}))"
)
_UNIT_END = re.compile(rf"[\s,;，；、。+{CJK}]")
_SLOPE = re.compile(r"\s?\+\s?[\d.]+(?:\s?[×x*]\s?10\^?-?\d+)?\s?[·*×]?\s?L(?![A-Za-z])(?:/\d+)?(?:\s?[nµμu]?m)?\)?")
"""What grows with the length in «2 µm + 3L/1000»: the first part counts."""
_GRADE = re.compile(r"\s?(?:级|等级|等(?!于)|class\b|grade\b)", re.IGNORECASE)
_BEFORE = re.compile(
    r"(?:(?P<U>(?<![A-Za-z])U(?:95|rel)?|扩展不确定度|不确定度|expanded uncertainty|uncertainty)"
    r"|(?P<tolerance>±|\+/-|精度|准确度|允差|公差|误差|MPE|accuracy|tolerance)"
    r"|(?P<resolution>分辨[力率]|分度值?|resolution|scale division)|(?P<class>(?<![A-Za-z])class))"
    r"\s*(?:为|是|of|within)?\s*(?:[=:≤<]|小于|优于|不大于|better than|below)*\s*$",
    re.IGNORECASE,
)
_SAID = {"立方米/小时": "m3/h", "方/小时": "m3/h", "转/分": "r/min", "转/分钟": "r/min", "转每分": "r/min",
         "升/分": "L/min", "升/小时": "L/h", "米/秒": "m/s"}  # fmt: skip
_WARM = re.compile("[温热冷炉]|temperature|thermo", re.IGNORECASE)
_ALONE = frozenset("安分时天转度年日两")
"""Chinese characters that are a unit only where no other character follows: 100 安全阀 are no 100 A."""
FAR = 50.0
FAR_ANYWHERE = 1000.0
"""How many times smaller a size must be than the other of its kind to be read as an uncertainty: where it stands behind
it, and where it stands before it."""
How = Literal["U", "tolerance", "resolution", "class"]


@dataclass(frozen=True, slots=True)
class HowWell:
    """How well something is wanted. size: in `unit` (of differences), a plain fraction where that is None, the number
    of a class where it is one; kind: «U» of an uncertainty, else what it is and what nobody can compare with U."""

    size: float
    unit: Unit | None
    kind: How


@dataclass(frozen=True, slots=True)
class Values:
    """What stood in a text. rest: the text without them; values: with units; wanted: how well; bare: low and high
    without a unit; unread: how well, said without a unit."""

    rest: str
    values: tuple[Interval, ...]
    wanted: tuple[HowWell, ...]
    bare: tuple[tuple[float, float], ...]
    unread: tuple[str, ...] = ()


def tidy(text: str) -> str:
    """One spelling of each sign: every dash is a hyphen, full-width signs are narrow, a power of ten has its sign.

    >>> tidy("２０–180 ℃"), tidy("−40～200℃"), tidy("pH7"), tidy("10⁻⁵ Pa")
    ('20-180 °C', '-40~200°C', 'pH 7', '10^-5 Pa')
    """
    text = _RAISED.sub(lambda power: f"^{power[0]}", text)
    text = _DASH.sub("-", unicodedata.normalize("NFKC", text))
    return re.sub(r"(?i)\b(ph)(?=\d)", r"\1 ", text)


def values_in(text: str, named: Callable[[str], bool]) -> Values:
    """Values taken out of a tidy text.

    named: whether a text ends with a word that names something, so that a number after it is a value and no part of a
    name («pH 7», but «JJG 146»).

    >>> found = values_in("量块 100 mm 0.06 um", lambda text: True)
    >>> [(v.low, v.high, v.unit.symbol) for v in found.values], found.wanted[0].size, found.wanted[0].unit.symbol
    ([(100.0, 100.0, 'mm')], 0.06, 'µm')
    >>> values_in("ph 7", lambda text: True).bare, values_in("JJG 146-2011", lambda text: False).bare
    (((7.0, 7.0),), ())
    """
    found: list[Interval] = []
    wanted: list[HowWell] = []
    bare: list[tuple[float, float]] = []
    kept: list[str] = []
    unread: list[str] = []
    place = 0
    for match in _VALUE.finditer(text):
        if match.start() < place:
            continue
        ends = (_float(match[1] or match[4]), _float(match[3] or match[1] or match[4]))
        if not all(map(math.isfinite, ends)):
            continue
        before = text[place : match.start()]
        marked = _BEFORE.search(before)
        how = marked.lastgroup if marked is not None else None
        grade = _GRADE.match(text, match.end())
        if grade or how == "class":
            wanted.append(HowWell(ends[1], None, "class"))
            end = grade.end() if grade else match.end()
        else:
            unit, end = _unit_after(text, match.end())
            if unit is not None:
                value = _interval(match[2], ends, unit)
                if marked is not None:
                    wanted.append(_well(value.high, unit, how))
                else:
                    found.append(value)
            elif marked is None and _stands_alone(text, match.end()) and (not (b := " ".join((*kept, before)).strip())
                                                                         or bare or found or named(b)):  # fmt: skip
                bare.append((min(ends), max(ends)))
                end = match.end()
            elif marked is not None and _stands_alone(text, match.end()):
                end = match.end()
                unread.append(text[place + marked.start() : end].strip())
            else:
                continue
        kept.append(before[: marked.start()] if marked is not None else before)
        place = end
    values, far = _parted(found)
    return Values(" ".join((*kept, text[place:])), values, (*wanted, *far), tuple(bare), tuple(unread))


def _float(text: str) -> float:
    """A number as it is typed; infinite where it is too large for one."""
    return float(re.sub(r"\s?[×x*]\s?10\^?", "e", text).replace("10^", "1e"))


def _interval(first: str | None, ends: tuple[float, float], unit: Unit) -> Interval:
    low, high = ends
    own = _unit(first) if first else None
    if own is not None and own.converts_to(unit):
        low = float(convert(low, own, unit))
    return Interval(min(low, high), max(low, high), unit)


def _well(size: float, unit: Unit, how: str | None) -> HowWell:
    kind: How = "U" if how == "U" else "resolution" if how == "resolution" else "tolerance"
    if unit.symbol in ("%", "‰"):
        return HowWell(size * float(unit.factor), None, kind)
    return HowWell(size, unit.as_difference(), kind)


def _stands_alone(text: str, end: int) -> bool:
    return end >= len(text) or not (text[end].isascii() and (text[end].isalnum() or text[end] in "._-/%+"))


def _parted(found: list[Interval]) -> tuple[tuple[Interval, ...], tuple[HowWell, ...]]:
    """Values that a row must hold, and sizes that can only be meant as how well it is wanted."""
    kept: list[Interval] = []
    wanted: list[HowWell] = []
    for place, value in enumerate(found):
        others = [(at, other) for at, other in enumerate(found) if at != place]
        percent = value.unit.symbol in ("%", "‰")
        if value.low == value.high and (
            any(_far_below(value, other, place > at) for at, other in others)
            or (percent and any(other.unit.symbol not in ("%", "‰") for _, other in others))
        ):
            plain = percent and all(other.unit.symbol not in ("%", "‰") for _, other in others)
            wanted.append(HowWell(value.high * float(value.unit.factor), None, "U") if plain
                          else HowWell(value.high, value.unit.as_difference(), "U"))  # fmt: skip
        else:
            kept.append(value)
    return tuple(kept), tuple(wanted)


def _far_below(value: Interval, other: Interval, behind: bool) -> bool:
    if value.unit.dimension != other.unit.dimension or value.high <= 0.0:
        return False
    percent = [u.symbol in ("%", "‰") for u in (value.unit, other.unit)]
    if percent[0] != percent[1]:
        return False
    size = value.high * float(value.unit.as_difference().factor)
    largest = max(abs(other.low), abs(other.high)) * float(other.unit.as_difference().factor)
    return largest >= size * (FAR if behind else FAR_ANYWHERE)


# ---------------------------------------------------------------- units


def _unit_after(text: str, start: int) -> tuple[Unit | None, int]:
    """The longest unit that stands right after a number, and where it ends."""
    begin = start + (len(text[start:]) - len(text[start:].lstrip()))
    said = _said_after(text, begin)
    if said is not None:
        return said
    stop = _UNIT_END.search(text, begin + 1)
    longest = stop.start() if stop else len(text)
    for end in range(min(longest, begin + 16), begin, -1):
        unit = _unit(text[begin:end])
        if unit is not None and not (end < len(text) and text[end].isascii() and text[end].isalnum()):
            slope = _SLOPE.match(text, end)
            return unit, slope.end() if slope else end
    return None, start


def _said_after(text: str, begin: int) -> tuple[Unit | None, int] | None:
    """A unit in Chinese characters; None where none stands there."""
    if begin >= len(text) or not re.match(f"[{CJK}]", text[begin]):
        return None
    for end in range(min(len(text), begin + 6), begin, -1):
        word = text[begin:end]
        alone = end >= len(text) or not re.match(f"[{CJK}]", text[end])
        if word in _ALONE and not alone:
            continue
        if word == "度":
            return parse_unit("degC" if _WARM.search(text) else "°"), end
        unit = _unit(_SAID.get(word, word))
        if unit is not None:
            return unit, end
    return None, begin


@lru_cache(maxsize=4096)
def _unit(text: str) -> Unit | None:
    try:
        unit = parse_unit(text)
    except Refused:
        return None
    return unit if unit.terms else None
