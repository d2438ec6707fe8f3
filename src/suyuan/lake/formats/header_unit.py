"""The unit that the text of a column's header states: in brackets, after a slash, or after a quantity that has it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from suyuan.lake.formats.header_quantity import quantity_of
from suyuan.quantity.finding import Refused
from suyuan.quantity.unit import parse_unit

_BRACKETED = re.compile(r"^(.*?)\s*[\[(（【]([^\[\]()（）【】]+)[\])）】]\s*$")
_AFTER_SLASH = re.compile(r"^(.*?)\s+/\s*(\S.*)$")
_BARE = re.compile(r"^(.*\S)(?:\s+|\s*/\s*)([^\s/]\S*)$|^(.*?)\s*([℃℉°%‰]\S*)$")
_PHASES = frozenset("ABC")
"""A lone letter behind «电流» is a phase as often as a unit."""
_ONE = frozenset({"1", "-", "–", "n/a", "none"})
_CAPITAL = frozenset({"MW", "GW", "MV", "GV", "MJ", "GJ", "VA", "MVA", "MN", "GN", "MA", "TW", "PJ", "TJ"})
"""Units of capitals alone; other words of capitals in brackets are names: «CO(GT)» is no gigatesla."""
_DAMAGED = {
    "mO": "mΩ",
    "O": "Ω",
    "kO": "kΩ",
    "uOhm": "µΩ",
    "?C": "°C",
    "癈": "°C",
    "?m": "µm",
    "¡ãC": "°C",
    "Â°C": "°C",
}
"""How units look after a wrong encoding or a font without the sign; what they probably were."""


@dataclass(frozen=True, slots=True)
class Header:
    """A column's header. name: without the unit; unit: as stated, «» where none; state: «stated», «damaged» (then
    `likely` is what it probably was), «unknown» (in the place of a unit, but none) or «none»."""

    name: str
    unit: str = ""
    state: str = "none"
    likely: str = ""


def header(text: str) -> Header:
    """What a header says of its unit. Nothing damaged is repaired.

    >>> header("Current(A)"), header("Test Time / h").unit, header("Contact resistance(mO)").likely
    (Header(name='Current', unit='A', state='stated', likely=''), 'h', 'mΩ')
    >>> header("CO(GT)").state, header("Cycle Count / 1").unit
    ('unknown', '1')
    >>> header("温度 ℃"), header("Phase C")
    (Header(name='温度', unit='℃', state='stated', likely=''), Header(name='Phase C', unit='', state='none', likely=''))
    """
    match = _BRACKETED.match(text) or _AFTER_SLASH.match(text)
    if match is None:
        return _bare(text.strip())
    name, unit = match[1].strip(), match[2].strip()
    if unit.lower() in _ONE:
        return Header(name, "1", "stated")
    if unit in _DAMAGED or "\ufffd" in unit:
        return Header(name, "", "damaged", _DAMAGED.get(unit, ""))
    first = re.split(r"\s+in\s+", unit)[0]
    for candidate in (unit, first, _ENGLISH.get(first.lower(), "")):
        if candidate and is_unit(candidate):
            return Header(name, candidate, "stated")
    return Header(name, "", "unknown", unit)


def _bare(text: str) -> Header:
    """A header with a unit that nothing sets apart: believed where the words before it name a quantity that has it."""
    match = _BARE.match(text)
    if match is not None:
        name, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
        if name and unit not in _PHASES and is_unit(unit) and quantity_of(name, unit):
            return Header(name.strip(), unit, "stated")
    return Header(text)


_ENGLISH = {"hours": "h", "seconds": "s", "minutes": "min", "secs": "s", "amps": "A", "volts": "V", "celsius": "degC"}


def is_unit(text: str) -> bool:
    """Whether a text is a unit that a person would write in a header."""
    if text.isupper() and len(text) > 1 and text.isascii() and text.isalpha() and text not in _CAPITAL:
        return False
    try:
        parse_unit(text)
    except Refused:
        return False
    return True
