"""Kinds of quantity and classes of instrument: what a word names, so that two words for one thing are one thing.

Kinds of quantity stand in `rules/quantities.json`, classes of item in `rules/items.json`, other words that people use
for one another in `rules/synonyms.json`. A word that no table knows is still a name: it equals itself. The last word of
a name is its head, in Chinese as in English: 数显扭矩扳子 and «digital torque wrench» are kinds of torque wrench, and
量块比较仪 is no gauge block.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, Literal

from suyuan.quantity.table import load
from suyuan.quantity.unit import Unit, convert, parse_unit

PACKAGE = "suyuan.capability"
Relation = Literal["", "any", "same", "narrower", "broader"]
"""How the first of two items stands to the second; «» (which is false) where they are different things."""

_BLANK = re.compile(r"[\s_\-‐‑]+")
_SPREAD = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_LATIN = re.compile(r"[0-9a-z]")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of quantity (VIM 1.2). key; zh, en: names, the preferred one first; unit: coherent SI unit that fixes the
    dimension, None where a procedure defines the quantity (hardness, levels in dB); broader: key of the kind that it is
    a case of; status: of the row."""

    key: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    unit: Unit | None
    broader: str
    status: str


@dataclass(frozen=True, slots=True)
class Item:
    """A class of instrument or artefact. quantities: keys of what is usually calibrated on it, the first one first;
    others as in `Kind`."""

    key: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    quantities: tuple[str, ...]
    broader: str
    status: str


@cache
def quantities() -> Mapping[str, Kind]:
    """Key → kind of quantity, in the order of the table.

    >>> quantities()["torque"].zh[0], quantities()["diameter"].broader, quantities()["gloss"].unit
    ('力矩', 'length', None)
    """
    return {
        row["key"]: Kind(
            row["key"],
            tuple(row["zh"]),
            tuple(row["en"]),
            parse_unit(row["unit"]) if row["unit"] else None,
            row["broader"],
            row["status"],
        )
        for row in load(PACKAGE, "quantities")
    }


@cache
def items() -> Mapping[str, Item]:
    """Key → class of item, in the order of the table.

    >>> items()["cmm"].zh[1], items()["ac_ev_charger"].broader
    ('坐标测量机', 'ev_charger')
    """
    return {
        row["key"]: Item(
            row["key"],
            tuple(row["zh"]),
            tuple(row["en"]),
            tuple(row["quantities"]),
            row["broader"],
            row["status"],
        )
        for row in load(PACKAGE, "items")
    }


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """A name as it is compared: NFKC, small letters, one blank for blanks, hyphens and underscores.

    >>> plain("Ｐｔ１００"), plain("DC_EV  Charger"), plain("dew-point meter")
    ('pt100', 'dc ev charger', 'dew point meter')
    """
    return _BLANK.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _names(rows: Mapping[str, Any]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for key, row in rows.items():
        for name in (key, *row.zh, *row.en):
            found.setdefault(plain(name), key)
    return found


@cache
def quantity_names() -> Mapping[str, str]:
    """Plain name → key of the kind of quantity."""
    return _names(quantities())


@cache
def item_names() -> Mapping[str, str]:
    """Plain name → key of the class of item."""
    return _names(items())


def _looked_up(text: str, names: Mapping[str, str]) -> str | None:
    """The key of a whole name; an English plural counts as its singular."""
    word = plain(text)
    found = names.get(word)
    if found is None and word.endswith("s"):
        found = names.get(word[:-1])
    if found is None and " " in word:  # «长 度»: blanks between characters only spread them
        found = names.get(_SPREAD.sub("", word))
    return found


def quantity_named(text: str) -> str | None:
    """The key of the kind of quantity with this name or key; None where the table knows none.

    >>> quantity_named("扭矩"), quantity_named("Mole fraction"), quantity_named("torque"), quantity_named("mood")
    ('torque', 'amount_fraction', 'torque', None)
    """
    return _looked_up(text, quantity_names())


def quantity_key(text: str) -> str:
    """What a kind of quantity is compared by: its key, or its plain name where the table does not know it."""
    return quantity_named(text) or plain(text)


@lru_cache(maxsize=65536)
def quantity_chain(text: str) -> tuple[str, ...]:
    """What a kind of quantity is, from itself to its broadest kind; by its plain name alone where no table knows it.
    Empty where nothing is said.

    >>> quantity_chain("涂层厚度"), quantity_chain("mood"), quantity_chain("")
    (('coating_thickness', 'thickness', 'length'), ('mood',), ())
    """
    chain, key = [], quantity_key(text)
    while key:
        chain.append(key)
        key = quantities()[key].broader if key in quantities() else ""
    return tuple(chain)


@lru_cache(maxsize=4096)
def kinds_asked(quantity: str, item: str) -> tuple[str, ...]:
    """Under which kinds of quantity a need may be answered: its own, then the broader one under which capabilities for
    the same item state it (`rules/kinds-of-item.json`).

    >>> kinds_asked("内径", "环规"), kinds_asked("diameter", "shaft")
    (('diameter', 'length'), ('diameter',))
    """
    own, chain = quantity_key(quantity), item_chain(item)
    rows = load(PACKAGE, "kinds-of-item")
    return (own, *(row["counts_as"] for row in rows if row["quantity"] == own and row["item"] in chain))


@lru_cache(maxsize=4096)
def nearest_quantities(text: str, unit: Unit | None = None, most: int = 3) -> tuple[str, ...]:
    """Known names of kinds of quantity that a word may have been meant to be, the nearest first, each kind once.

    text: a word that no table knows; unit: of its values: kinds of another dimension are left out where it has one.
    A name that stands inside the word, or the word inside a name, counts before one that is spelt alike.

    >>> nearest_quantities("lenght"), nearest_quantities("中心长度")[0], nearest_quantities("mood")
    (('length',), '长度', ())
    """
    word = plain(text)
    names = quantity_names()
    fitting = {name: key for name, key in names.items() if unit is None or fits(key, unit) is not False}
    inside = sorted((name for name in fitting if len(name) > 1 and _within(name, word)), key=len, reverse=True)
    around = sorted((name for name in fitting if len(word) > 1 and _within(word, name)), key=len)
    alike = get_close_matches(word, fitting, most, 0.72 if _LATIN.search(word) else 0.5)
    found: dict[str, str] = {}
    for name in (*inside, *alike, *around):
        found.setdefault(fitting[name], _said(fitting[name], name))
    return tuple(found.values())[:most]


@lru_cache(maxsize=4096)
def nearest_items(text: str, most: int = 3) -> tuple[str, ...]:
    """Known names of classes of item that are spelt like a word that no table knows, each class once.

    >>> "量块" in nearest_items("量快"), nearest_items("gauge blok")[0], nearest_items("")
    (True, 'gauge block', ())
    """
    names = item_names()
    found: dict[str, str] = {}
    for name in get_close_matches(plain(text), names, 3 * most, 0.72 if _LATIN.search(text) else 0.5):
        found.setdefault(names[name], name)
    return tuple(found.values())[:most]


def _within(part: str, whole: str) -> bool:
    """Whether a name stands in another; of Latin letters only as whole words."""
    if not _LATIN.search(part):
        return part in whole
    return f" {part} " in f" {whole} "


def _said(key: str, name: str) -> str:
    """A plain name as the table writes it; the key itself where that was found."""
    kind = quantities()[key]
    return next((word for word in (*kind.zh, *kind.en) if plain(word) == name), name)


def dimension_of(quantity: str) -> tuple[Fraction, ...] | None:
    """Dimension of a kind of quantity (exponents of m, kg, s, A, K, mol, cd); None where it is not known or a procedure
    defines it.

    >>> dimension_of("扭矩") == dimension_of("energy"), dimension_of("gloss")
    (True, None)
    """
    key = quantity_named(quantity)
    unit = quantities()[key].unit if key else None
    return None if unit is None else unit.dimension


@lru_cache(maxsize=4096)
def fits(quantity: str, unit: Unit) -> bool | None:
    """Whether a unit can belong to a kind of quantity; None where the dimension is not known.

    >>> fits("torque", parse_unit("N.m")), fits("torque", parse_unit("N")), fits("gloss", parse_unit("1"))
    (True, False, None)
    """
    dimension = dimension_of(quantity)
    return None if dimension is None else dimension == unit.dimension


def item_named(text: str) -> str | None:
    """The key of the class of item that a text names: as a whole, else by its head (its longest known ending).

    >>> [item_named(name) for name in ("扭力扳手", "噪声计", "CMM", "数显卡尺", "量块比较仪")]
    ['torque_wrench', 'sound_level_meter', 'cmm', 'caliper', 'gauge_block_comparator']
    """
    return _looked_up(text, item_names()) or _headed(plain(text))


@lru_cache(maxsize=65536)
def _headed(word: str) -> str | None:
    """The class that the longest known ending of a name says; an English ending is whole words."""
    names = item_names()
    for start in range(1, len(word) - 1):
        rest = word[start:]
        if rest[0] == " " or (_LATIN.match(rest) and word[start - 1] != " " and not _cjk(word[start - 1])):
            continue
        found = _looked_up(rest, names)
        if found is not None:
            return found
    return None


def _cjk(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


@lru_cache(maxsize=65536)
def item_chain(text: str) -> tuple[str, ...]:
    """What an item is, from itself to its broadest class; a name that only ends with a known one is a class of its own
    under it. Empty where nothing is said.

    >>> item_chain("直流充电桩"), item_chain("表盘扭力扳手"), item_chain("")
    (('dc_ev_charger', 'ev_charger'), ('表盘扭力扳手', 'torque_wrench'), ())
    """
    word = plain(text)
    if not word:
        return ()
    key = _looked_up(word, item_names())
    chain = [] if key else [word]
    key = key or _headed(word)
    while key:
        chain.append(key)
        key = items()[key].broader
    return tuple(chain)


def item_key(text: str) -> str:
    """What an item is compared by; «» where nothing is said."""
    chain = item_chain(text)
    return chain[0] if chain else ""


@lru_cache(maxsize=262144)
def same_item(a: str, b: str) -> Relation:
    """How item a stands to item b: «same», «narrower» (a is a case of b), «broader», «any» (one of them says nothing),
    or «» where they are different things. Of a need's item a to a capability's item b, «narrower» still is a proof,
    with a note; «broader» is none: who can measure one case need not be able to measure all.

    >>> same_item("扭力扳手", "torque wrench"), same_item("直流充电桩", "充电桩")
    ('same', 'narrower')
    >>> same_item("量块", ""), same_item("量块", "环规")
    ('any', '')
    """
    one, other = item_chain(a), item_chain(b)
    if not one or not other:
        return "any"
    if one[0] == other[0]:
        return "same"
    if other[0] in one:
        return "narrower"
    return "broader" if one[0] in other else ""


# ---------------------------------------------------------------- other words


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Words that stand for one another. use: «search» (only for finding), «condition» (also in a condition: on-site is
    现场); words: the first one is what the others are compared by."""

    use: str
    words: tuple[str, ...]


@cache
def synonyms() -> tuple[Synonyms, ...]:
    """The groups of `rules/synonyms.json`."""
    return tuple(Synonyms(row["use"], tuple(row["words"])) for row in load(PACKAGE, "synonyms"))


@cache
def _condition_words() -> Mapping[str, str]:
    """Plain word → key, from the table of conditions; further words for the same from the synonyms."""
    found = {plain(name): plain(row["key"]) for row in load(PACKAGE, "conditions.words") for name in row["names"]}
    for group in synonyms():
        if group.use == "condition":
            words = [plain(word) for word in group.words]
            key = next((found[word] for word in words if word in found), words[0])
            found |= {word: key for word in words if word not in found}
    return found


@lru_cache(maxsize=65536)
def condition_word(text: str) -> str:
    """What a word of a condition is compared by.

    >>> condition_word("现场"), condition_word("On-Site"), condition_word("molten salt")
    ('on site', 'on site', 'molten salt')
    """
    word = plain(text)
    return _condition_words().get(word, word)


def least_value(quantity: str, unit: Unit) -> float | None:
    """The smallest value that a kind of quantity can have, in a unit; None where there is none or nobody says.

    >>> mm, degC = parse_unit("mm"), parse_unit("degC")
    >>> least_value("length", mm), least_value("temperature", degC), least_value("x", mm)
    (0, -273.15, None)
    """
    key = quantity_named(quantity)
    if key == "temperature":
        kelvin = parse_unit("K")
        return round(float(convert(0.0, kelvin, unit)), 9) if kelvin.converts_to(unit) else None
    row = next((row for row in load(PACKAGE, "questions.checks") if row["quantity"] == key), None)
    return row["least"] if row is not None and key else None


def unit_said(text: str, quantity: str) -> str:
    """A unit as it was typed, in the spelling of units: pH is a number of unit one, written «pH» or not at all.

    >>> unit_said("pH", "酸度"), unit_said("", "pH"), unit_said("pH", "length"), unit_said("mm", "pH")
    ('1', '1', 'pH', 'mm')
    """
    bare = text.strip().casefold() in ("", "ph", "ph值")
    return "1" if bare and quantity_named(quantity) == "ph" else text


def word_groups() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every group of words for one thing, with what it is of: «item», «quantity», «word»; for searching."""
    for item in items().values():
        yield "item", (*item.zh, *item.en)
    for kind in quantities().values():
        yield "quantity", (*kind.zh, *kind.en)
    for group in synonyms():
        yield "word", group.words
