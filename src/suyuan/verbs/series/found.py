"""Finding in a catalogue: the search of capabilities (2-grams, dated synonyms) over the words of catalogue entries."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from suyuan.capability.asking.search import Index, Why
from suyuan.series.catalogue import Entry


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found, and by which words."""

    entry: Entry
    score: float
    why: tuple[Why, ...]


def found(entries: Sequence[Entry], query: str, most: int = 20) -> tuple[Hit, ...]:
    """The entries that answer a query in Chinese or English, best first.

    >>> thing = Entry("stream", "so2", "", ("mass concentration of SO2", "质量浓度"))
    >>> [hit.entry.id for hit in found([thing], "二氧化硫")], found([thing], "盐雾箱")
    (['so2'], ())
    """
    index = Index.of((number, entry.words) for number, entry in enumerate(entries))
    return tuple(Hit(entries[int(str(hit.key))], hit.score, hit.why) for hit in index.search(query, most))


def near(rows: Iterable[Iterable[str]], query: str, most: int = 5) -> tuple[str, ...]:
    """Words that are in a catalogue and stand near a query that found nothing, the nearest first.

    rows: the words of each entry. A word is near that shares Chinese characters or most of its letters with the query;
    where none is, those that most entries have are named, so that nobody is left without a way on.

    >>> near([["湿度", "relative humidity"], ["露点温度"]], "温度计"), near([["flow"], ["flow", "so2"]], "盐雾箱")
    (('露点温度', '湿度'), ('flow', 'so2'))
    """
    count = Counter(word for words in rows for word in dict.fromkeys(w.strip() for w in words) if word)
    wanted = query.casefold().strip()

    def score(word: str) -> float:
        plain = word.casefold()
        signs = set(re.findall(r"[\u4e00-\u9fff]", wanted))
        shared = len(signs & set(plain)) / len(signs) if signs else 0.0
        alike = max(difflib.SequenceMatcher(None, wanted, part).ratio() for part in (plain, *plain.split()))
        return max(shared, alike if alike >= 0.6 else 0.0)

    scored = [(score(word), word) for word in count]
    close = [pair for pair in scored if pair[0] >= 0.3]
    if close:
        return tuple(word for _, word in sorted(close, key=lambda p: (-p[0], -count[p[1]], p[1]))[:most])
    short = [word for word in count if len(word) <= 40]
    return tuple(sorted(short, key=lambda word: (-count[word], word))[:most])
