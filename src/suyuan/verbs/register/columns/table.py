"""The columns of each kind of register row: heads in both languages, where a cell goes, what it must look like."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from suyuan.verbs.register.forms import tidy

Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. path: keys of the JSON row, joined by dots; type: how its cells are read; zh, en: heads; synonyms:
    other heads; choices: word → code; example: of the template; note: what to write."""

    path: str
    type: str
    zh: str
    en: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    example: str | int | float = ""
    note: Text = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def head(self) -> str:
        """The head of the template: both languages, with a star where a cell must be filled."""
        return f"{self.zh} {self.en}{' *' if self.required else ''}"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a kind. known: head in one spelling → column."""

    kind: str
    title: Text
    columns: tuple[Column, ...]
    known: Mapping[str, Column]

    def at(self, path: str) -> Column | None:
        """The column that a JSON path is of: the longest that it begins with."""
        parts = path.split(".")
        by_path = {column.path: column for column in self.columns}
        for end in range(len(parts), 0, -1):
            found = by_path.get(".".join(parts[:end])) or by_path.get(".".join((*parts[:end], "zh")))
            if found is not None:
                return found
        return None


KINDS = (
    "capability", "need", "resource", "transfer", "person", "competence_unit", "requirement", "evidence",
    "authorisation", "authorisation_event", "training_base", "course", "programme", "centre", "centre_record",
    "commitment",
)  # fmt: skip


@cache
def columns(kind: str) -> Columns:
    """The columns of a kind of row. Raises KeyError for a kind that has none.

    >>> columns("capability").known["测量范围"].path
    'interval'
    """
    if kind not in KINDS:
        raise KeyError(kind)
    content = json.loads(resources.files(__package__).joinpath(f"{kind}.json").read_text("utf-8"))
    made = tuple(
        Column(
            row["path"], row["type"], row["zh"], row["en"], tuple(row.get("synonyms", ())), row.get("required", False),
            row.get("example", ""), row.get("note", {}), row.get("choices", {}),
        )
        for row in content["columns"]
    )  # fmt: skip
    known: dict[str, Column] = {}
    own = [(name, column) for column in made for name in (column.zh, column.en, column.head)]
    others = [(name, column) for column in made for name in (*column.synonyms, column.path)]
    both = [(zh + en, c) for c in made for zh in (c.zh, *c.synonyms) for en in (c.en, *c.synonyms, c.path) if zh != en]
    for name, column in (*own, *others, *both):  # a column's own name counts before another's synonym
        known.setdefault(spelled(name), column)
    return Columns(kind, content["title"], made, known)


def spelled(head: object) -> str:
    """A head in one spelling: no blanks, stars and case.

    >>> spelled(" 测量 范围＊\\n"), spelled("Valid until *")
    ('测量范围', 'validuntil')
    """
    return re.sub(r"[\s*_＊]+", "", tidy(str(head))).casefold()


_FACTOR = re.compile(r"[,;(\s]*\(?\s*k\s*=\s*(\d+(?:\.\d+)?)\s*\)?\s*", re.IGNORECASE)
_UNIT_BEHIND = re.compile(r"^(.*?)\s*(?:\(([^()]+)\)|/\s*(\S+))\s*\*?$")


def factor(head: object) -> tuple[str, str]:
    """A head and the coverage factor that it bears, «» where it bears none.

    >>> factor("扩展不确定度（k=2）"), factor("U(µm, k=2)"), factor("编号")
    (('扩展不确定度', '2'), ('U(µm)', '2'), ('编号', ''))
    """
    text = tidy(str(head))
    found = _FACTOR.search(text)
    if found is None:
        return text, ""
    rest = text[: found.start()] + text[found.end() :]
    return (rest + ")" if rest.count("(") > rest.count(")") else rest), found[1]


def parted(head: object) -> tuple[str, str]:
    """A head and the unit that it bears, «» where it bears none.

    >>> parted("下限（mm）"), parted("U / µm"), parted("编号")
    (('下限', 'mm'), ('U', 'µm'), ('编号', ''))
    """
    text = tidy(str(head))
    found = _UNIT_BEHIND.fullmatch(text)
    return (found[1], found[2] or found[3]) if found else (text, "")
