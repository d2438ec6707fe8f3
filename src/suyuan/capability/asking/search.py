"""Text search in Chinese and English over capabilities, needs or anything with words: an inverted index, no engine.

Chinese is cut into pairs of neighbouring characters, English into words; a word of the query also finds what it stands
for (扭力扳手 finds 扭矩扳子, «CMM» finds 三坐标测量机). A value with a unit in the query («200 N·m») keeps the rows
whose interval holds it, where the dimensions agree; where none holds it, or none of what the words say, the rows that
come nearest stay and say where they end. Every hit says by which words it was found.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from suyuan.capability.asking.query import NUMBERED, asked
from suyuan.capability.capability import Capability
from suyuan.capability.interval import Interval
from suyuan.capability.matching.columns import Codes, Floats, in_si
from suyuan.capability.taxonomy import plain, quantities, quantity_named
from suyuan.quantity.notation import behind
from suyuan.quantity.unit import Unit

_CJK = "\u3400-\u9fff"
_RUN = re.compile(f"[{_CJK}]+|[a-z0-9][a-z0-9.+]*|[^\\W\\d_]+")
WHOLE, SYNONYM, PREFIX, PARTLY, HOLDS, SHORT = 1.5, 0.9, 0.7, 0.5, 0.25, 0.5
"""Weights: a text that is the word itself, a synonym, a word that only begins so, a part of its characters, an interval
that holds the value, beside all the terms, and a row whose interval does not reach it."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why a row was found. term: of the query; word: by which it was found; by: «word», «synonym», «prefix», «part» (of
    its characters), «interval» (which holds the value), «outside» (which does not)."""

    term: str
    word: str
    by: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that was found. key: as it was given; score: only its order counts."""

    key: Hashable
    score: float
    why: tuple[Why, ...]


# ---------------------------------------------------------------- tokens


def tokens(text: str) -> tuple[str, ...]:
    """The tokens of a text: English words, pairs of Chinese characters, and the last Chinese character of a word, which
    says what the thing is (传动轴 is a 轴, 轴承厂 is none); each once.

    >>> tokens("数显卡尺 0-150mm")
    ('尺', '数显', '显卡', '卡尺', '0', '150mm')
    """
    return tuple(dict.fromkeys(_tokens(plain(text))))


def _tokens(text: str) -> Iterator[str]:
    for run in _RUN.findall(text):
        if "\u3400" <= run[0] <= "\u9fff":
            yield run[-1]
            yield from (run[i : i + 2] for i in range(len(run) - 1))
        else:
            yield _singular(run)


def _wanted(word: str) -> tuple[str, ...]:
    """The tokens of which all must be there for a word: pairs, a single character only where it stands alone."""
    found: list[str] = []
    for run in _RUN.findall(plain(word)):
        if "\u3400" <= run[0] <= "\u9fff":
            found += [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]
        else:
            found.append(_singular(run))
    return tuple(dict.fromkeys(found))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word.rstrip(".")


# ---------------------------------------------------------------- index


@dataclass(frozen=True, slots=True)
class Holding:
    """Rows whose interval holds a value and rows whose interval does not, ascending. missed: how far it lies outside of
    these, as a part of the larger size, 0 to 2."""

    inside: Codes
    outside: Codes
    missed: Floats


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows that one word finds. rows: ascending; weight: of each row."""

    word: str
    by: str
    rows: Codes
    weight: Floats | float


class Index:
    """An inverted index over rows of words."""

    def __init__(
        self, keys: Sequence[Hashable], known: Mapping[str, int], at: NDArray[np.int64], rows: Codes,
        intervals: Mapping[tuple[object, ...], tuple[Codes, Floats, Floats]],
    ) -> None:  # fmt: skip
        self._keys, self._known, self._at, self._rows, self._intervals = keys, known, at, rows, intervals
        self._sorted = sorted(token for token in known if token[0] != "=" and token[0].isascii())

    def __len__(self) -> int:
        return len(self._keys)

    @staticmethod
    def of(rows: Iterable[tuple[Hashable, Iterable[str]]], intervals: Sequence[Interval | None] = ()) -> Index:
        """An index of rows (key, texts); intervals: of each row, where it has one.

        >>> index = Index.of([("a", ["扭矩扳子"]), ("b", ["声级计", "sound level meter"])])
        >>> [(hit.key, hit.why[0].word) for hit in index.search("噪声计")], index.search("torque wrench")[0].key
        ([('b', '声级计')], 'a')
        """
        keys: list[Hashable] = []
        texts: dict[str, int] = {}
        owners: list[int] = []
        said: list[int] = []
        for key, words in rows:
            own = [texts.setdefault(word, len(texts)) for word in words]
            keys.append(key)
            owners.append(len(own))
            said += own
        known, cut, of_text = _cut(texts)
        text = np.array(said, np.intp)
        count = cut[text + 1] - cut[text]
        owner = np.repeat(np.arange(len(keys)), owners)
        taken = np.repeat(cut[text] - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))
        n = max(len(keys), 1)
        pairs = np.sort(of_text[taken] * n + np.repeat(owner, count))
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
        at = np.searchsorted(pairs, np.arange(len(known) + 1, dtype=np.int64) * n)
        return Index(keys, known, at, (pairs % n).astype(np.int32), _by_dimension(intervals))

    @staticmethod
    def of_capabilities(capabilities: Sequence[Capability]) -> Index:
        """An index of capabilities by all their words, with their intervals; keys are those of the capabilities."""
        return Index.of(((c.key, words_of(c)) for c in capabilities), [c.interval for c in capabilities])

    def search(self, query: str, n: int = 20) -> tuple[Hit, ...]:
        """The best n rows for a query, best first; rows that score alike stand in the order given."""
        wanted = asked(query)
        scores = np.zeros(len(self._keys))
        terms = [(words, self._finds(words)) for words in wanted.terms]
        weights = [self._rarity(found) for _, found in terms]
        for (_, found), weight in zip(terms, weights, strict=True):
            if found:
                best = np.zeros(len(scores))
                for part in found:
                    np.maximum.at(best, part.rows, part.weight)
                scores += weight * best
        total = sum(weights) or 1.0
        scores *= scores / total  # a row that has all terms comes before one that has a rare one twice as well
        holding = [self._holding(value) for value in wanted.values] + [self._bare(*ends) for ends in wanted.bare]
        if holding:
            scores = self._kept_by(scores, holding, HOLDS * total if wanted.terms else 0.0, len(wanted.values))
        said = [_said(v.low, v.high, v.unit.symbol) for v in wanted.values] + [_said(*ends, "") for ends in wanted.bare]
        top = _best(scores, n)
        return tuple(self._hit(int(row), float(scores[row]), terms, said, holding) for row in top)

    def _kept_by(self, scores: Floats, holding: Sequence[Holding], more: float, strict: int) -> Floats:
        """Scores when the values have been asked for. more: for holding one, 0 where only values were asked for;
        strict: so many of the values have a unit, the others keep nobody out. Rows that do not hold them stay where
        they answer the words better than all that do."""
        short, missed = np.zeros(len(scores), bool), np.zeros(len(scores))
        held = np.zeros(len(scores), bool)
        for place, found in enumerate(holding):
            held[found.inside] = True
            if place < strict:
                short[found.outside] = True
            missed[found.outside] += found.missed
        held &= ~short
        own = scores if more else np.where(held | short, 1.0, scores)
        answered = float(own[held].max(initial=0.0))
        lower = np.where(own > answered, SHORT * own / (1.0 + 0.2 * missed), 0.0)
        return np.where(short, lower, np.where(held & (own > 0.0), own + more, own))

    def _posting(self, token: str) -> Codes:
        code = self._known.get(token)
        return self._rows[:0] if code is None else self._rows[self._at[code] : self._at[code + 1]]

    def _finds(self, words: tuple[str, ...]) -> list[_Found]:
        """What a term finds: by itself and by each synonym; by its beginning or by a part of it where it does not."""
        found: list[_Found] = []
        for place, word in enumerate(words):
            weight, by = (1.0, "word") if place == 0 else (SYNONYM, "synonym")
            rows = self._all_of(_wanted(word))
            if len(rows):
                found.append(_Found(word, by, rows, weight))
            whole = self._posting("=" + plain(word))
            if len(whole):
                found.append(_Found(word, by, whole, weight * WHOLE))
        if not any(part.by == "word" for part in found):
            found += self._beginning(words[0])
        return found or self._partly(words[0])

    def _all_of(self, wanted: tuple[str, ...]) -> Codes:
        """Rows that have all of some tokens."""
        postings = sorted((self._posting(token) for token in wanted), key=len)
        if not postings or not len(postings[0]):
            return self._rows[:0]
        rows = postings[0]
        for other in postings[1:]:
            place = np.minimum(np.searchsorted(other, rows), len(other) - 1)
            rows = rows[other[place] == rows]
        return rows

    def _beginning(self, word: str) -> list[_Found]:
        """Rows with a word that begins like the last English word of a term, and have its other words."""
        *others, last = _wanted(word) or ("",)
        if (len(last) < 2 and not NUMBERED.fullmatch(word)) or not last.isascii():
            return []
        first, rows = bisect_left(self._sorted, last), []
        for token in self._sorted[first:]:
            if not token.startswith(last):
                break
            rows.append(self._posting(token))
        if not rows:
            return []
        some = np.unique(np.concatenate(rows))
        if others:
            some = np.intersect1d(some, self._all_of(tuple(others)), assume_unique=True)
        return [_Found(word, "prefix", some, PREFIX)] if len(some) else []

    def _partly(self, word: str) -> list[_Found]:
        """Rows that have at least half of the tokens of a term, by their share; a number such as DEMO-NMI-L-0202 is
        there whole or not at all."""
        wanted = _wanted(word)
        if len(wanted) < 2 or NUMBERED.fullmatch(word):
            return []
        share = np.zeros(len(self._keys))
        for token in wanted:
            share[self._posting(token)] += 1.0 / len(wanted)
        rows = np.flatnonzero(share >= 0.5 - 1e-9)
        return [_Found(word, "part", rows.astype(np.int32), PARTLY * share[rows])] if len(rows) else []

    def _rarity(self, found: Sequence[_Found]) -> float:
        """Inverse document frequency of a term: what few rows have says more. A term that none has weighs little."""
        count = max((len(part.rows) for part in found), default=0)
        return float(np.log1p(len(self._keys) / count)) if count else 0.1

    def _holding(self, value: Interval) -> Holding:
        """Rows of the value's dimension whose interval holds it, and those whose interval does not."""
        rows, low, high = self._intervals.get(value.unit.dimension, (self._rows[:0], np.zeros(0), np.zeros(0)))
        return _held(rows, low, high, in_si(value))

    def _bare(self, low: float, high: float) -> Holding:
        """The same for numbers without a unit, as the row prints its interval."""
        rows, lows, highs = self._intervals.get(PRINTED, (self._rows[:0], np.zeros(0), np.zeros(0)))
        return _held(rows, lows, highs, (low, high))

    def _hit(
        self, row: int, score: float, terms: Sequence[tuple[tuple[str, ...], list[_Found]]],
        said: Sequence[str], holding: Sequence[Holding],
    ) -> Hit:  # fmt: skip
        why: list[Why] = []
        for words, found in terms:
            parts = [part for part in found if _in(part.rows, row)]
            if parts:
                best = max(parts, key=lambda part: float(np.max(part.weight)))
                why.append(Why(words[0], best.word, best.by))
        for value, held in zip(said, holding, strict=True):
            if _in(held.inside, row):
                why.append(Why(value, "", "interval"))
            elif _in(held.outside, row):
                why.append(Why(value, "", "outside"))
        return Hit(self._keys[row], score, tuple(why))


def words_of(capability: Capability) -> tuple[str, ...]:
    """The words of a capability that it should be found by."""
    c = capability
    texts = [
        c.item.replace("_", " "), *c.item_name.values(), *_names_of(c.quantity), *c.measurand.values(), c.analyte,
        c.method, *c.laboratory.values(), *c.place.values(), c.id,
    ]  # fmt: skip
    for accepted in c.conditions.values():
        if isinstance(accepted, tuple):
            texts += accepted
    return tuple(dict.fromkeys(filter(None, texts)))


@lru_cache(maxsize=4096)
def _names_of(quantity: str) -> tuple[str, ...]:
    """The preferred names of a kind of quantity; a word that the table does not know is its own name."""
    key = quantity_named(quantity)
    kind = quantities()[key] if key else None
    return (*kind.zh[:1], *kind.en[:1]) if kind else (quantity,)


def _cut(texts: Iterable[str]) -> tuple[dict[str, int], NDArray[np.int64], NDArray[np.int64]]:
    """Texts cut into tokens: the code of each token, of each text where its codes begin, and the codes."""
    known: dict[str, int] = {}
    codes: list[int] = []
    at = [0]
    for text in texts:
        bare = plain(text)
        codes += [known.setdefault(word, len(known)) for word in _tokens(bare)]
        codes.append(known.setdefault("=" + bare, len(known)))
        at.append(len(codes))
    return known, np.array(at, np.int64), np.array(codes, np.int64)


def _held(rows: Codes, low: Floats, high: Floats, ends: tuple[float, float]) -> Holding:
    slack = 1e-9 * max(abs(ends[0]), abs(ends[1]))
    inside = (low <= ends[0] + slack) & (ends[1] - slack <= high)
    out = ~inside
    gap = np.maximum(np.maximum(low[out] - ends[0], ends[1] - high[out]), 0.0)
    size = np.maximum(np.maximum(np.abs(low[out]), np.abs(high[out])), max(abs(ends[0]), abs(ends[1])))
    with np.errstate(invalid="ignore", divide="ignore"):
        missed = np.nan_to_num(gap / size, nan=2.0, posinf=2.0)
    return Holding(rows[inside], rows[out], missed)


def _said(low: float, high: float, unit: str) -> str:
    return (f"{low:g}" if low == high else f"{low:g} … {high:g}") + behind(unit)


PRINTED = ("as printed",)
"""Under which the intervals of all rows stand in their own units, for numbers that were typed without one."""


def _by_dimension(intervals: Sequence[Interval | None]) -> dict[tuple[object, ...], tuple[Codes, Floats, Floats]]:
    some = [(row, interval) for row, interval in enumerate(intervals) if interval is not None]
    places: dict[Unit, int] = {}
    unit = np.array([places.setdefault(interval.unit, len(places)) for _, interval in some], np.intp)
    rows = np.array([row for row, _ in some], np.int32)
    ends = np.array([(interval.low, interval.high) for _, interval in some], np.float64).reshape(-1, 2).T
    factor, zero = (np.array([getattr(u, name) for u in places], np.float64)[unit] for name in ("factor", "offset"))
    low, high = ends[0] * factor + zero, ends[1] * factor + zero
    found: dict[tuple[object, ...], tuple[Codes, Floats, Floats]] = {}
    if some:
        found[PRINTED] = (rows, ends[0].copy(), ends[1].copy())
    kinds: dict[tuple[object, ...], list[int]] = {}
    for u, place in places.items():
        kinds.setdefault(u.dimension, []).append(place)
    for dimension, of_kind in kinds.items():
        own = np.flatnonzero(np.isin(unit, of_kind))
        found[dimension] = (rows[own], low[own], high[own])
    return found


def _best(scores: Floats, n: int) -> NDArray[np.intp]:
    """The rows of the n highest scores above zero, highest first, ties in order."""
    rows = np.flatnonzero(scores > 0.0)
    if len(rows) > n:
        limit = np.partition(scores[rows], len(rows) - n)[len(rows) - n]
        rows = rows[scores[rows] >= limit]
    return rows[np.argsort(-scores[rows], kind="stable")][:n]


def _in(rows: Codes, row: int) -> bool:
    place = int(np.searchsorted(rows, row))
    return place < len(rows) and int(rows[place]) == row
