"""A figure with what it says and the table of its numbers: nobody needs to see it to know what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from suyuan.report.figures.dress import Size
from suyuan.report.papers.document import Block, Figure, Table, Text

Draw = Callable[[Size], str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """wide, narrow: SVG as text; caption; alternative: the finding in words (for aria-label); table: its numbers."""

    wide: str
    narrow: str
    caption: Text
    alternative: Text
    table: Table

    @property
    def figure(self) -> Figure:
        """As a block of a document."""
        return Figure(self.wide, self.caption, self.alternative, self.narrow)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Figure and table, one after the other."""
        return (self.figure, self.table)


def drawn_by(draw: Draw, caption: Text, alternative: Text, table: Table) -> Drawn:
    """The figure in both sizes."""
    return Drawn(draw("wide"), draw("narrow"), caption, alternative, table)


def pick(text: Mapping[str, str], language: str) -> str:
    """A text in a language, else in any that it has.

    >>> pick({"zh": "量块"}, "en"), pick({}, "zh")
    ('量块', '')
    """
    return text.get(language) or text.get("zh") or text.get("") or next(iter(text.values()), "")


def both(zh: str, en: str) -> Text:
    """A text in both languages."""
    return {"zh": zh, "en": en}


def headed(*heads: str) -> tuple[Text, ...]:
    """Heads of a table, «中文|English» each.

    >>> headed("编号|Id")
    ({'zh': '编号', 'en': 'Id'},)
    """
    return tuple(both(zh, en) for zh, _, en in (head.partition("|") for head in heads))
