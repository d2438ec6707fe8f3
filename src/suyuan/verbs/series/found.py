"""Finding in a catalogue: the search of capabilities (2-grams, dated synonyms) over the words of catalogue entries."""

from __future__ import annotations

from collections.abc import Sequence
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
