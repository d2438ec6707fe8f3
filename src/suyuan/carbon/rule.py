"""The rules of a scheme in force on a day: dated, sourced rows, and the named overrides that admit uncertain ones.

A number of a scheme (a look-back, a limit, a factor) is a row of `rules/*.json`, never a literal in the code. What a
result used is told by `Rules.used`, so that a claim can show each row with its source and status. A row «from memory»
answers a study, with its status beside it; it enters a claim only by an override that says who admits it and why.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import Row, load, valid_on

PACKAGE = "suyuan.carbon"
TABLES = ("monitoring_china", "monitoring_part75", "monitoring_europe", "monitoring_plausible", "calculation")
"""Files of `rules/` whose rows are (scheme, name) → value."""
PLAIN = ("id", "scheme", "name", "unit", "clause", "what_zh", "what_en", "source", "status", "valid_from", "valid_to")
"""What a document keeps of a row as text of its own."""
WORDS = ("what_zh", "what_en", "region_zh", "region_en", "fuel_zh")
"""What a row says to people only."""


@dataclass(frozen=True, slots=True)
class Override:
    """Who admits a row that was not confirmed, and why. row: its id."""

    row: str
    person: str
    reason: str
    day: date


@dataclass(eq=False)
class Rules:
    """The rows of one scheme in force on a day, by name; what was asked of them is kept in `used`.

    scheme: as rows name it («HJ 75-2017»); day: on which they are in force; rows: name → row; overrides: by row id.
    """

    scheme: str
    day: date
    rows: Mapping[str, Row]
    overrides: Mapping[str, Override] = field(default_factory=dict)
    used: dict[str, Row] = field(default_factory=dict)

    def row(self, name: str) -> Row:
        """The row of a name. Raises Refused `carbon.rule.absent` where the scheme has none on that day."""
        found = self.rows.get(name)
        if found is None:
            raise Refused(
                finding("carbon.rule.absent", name, scheme=self.scheme, name=name, day=self.day.isoformat(),
                        known=", ".join(sorted(self.rows)))
            )  # fmt: skip
        self.used[str(found["id"])] = found
        return found

    def value(self, name: str) -> Any:
        """What the row of a name says: a number, text, or list.

        >>> rules("HJ 75-2017", date(2024, 1, 1)).value("valid_minutes")
        45
        """
        return self.row(name)["value"]

    def digest(self) -> str:
        """SHA-256 over the rows that were used."""
        return digest_of(self.used.values())

    def admitted(self) -> tuple[Finding, ...]:
        """What is to be said of the rows that were used."""
        return admitted(self.used.values(), self.overrides)


def admitted(rows: Iterable[Row], overrides: Mapping[str, Override]) -> tuple[Finding, ...]:
    """An error for each row «from memory» that no override admits; a warning for each that one does."""
    told = []
    for row in rows:
        if row["status"] != "from memory":
            continue
        key = str(row["id"])
        one = overrides.get(key)
        told.append(
            finding("carbon.rule.from_memory", key, row=key, source=row["source"])
            if one is None
            else finding("carbon.rule.overridden", key, "warning", row=key, person=one.person, reason=one.reason)
        )
    return tuple(told)


def digest_of(rows: Iterable[Row]) -> str:
    """SHA-256 over rows in the order of their ids, with all that they say but the words for people: a heat value, a
    correlation or a bound beside the value counts as the value does."""
    said = [
        {key: value for key, value in row.items() if key not in WORDS}
        for row in sorted(rows, key=lambda row: str(row["id"]))
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8")).hexdigest()


def written(row: Row) -> dict[str, Any]:
    """A row as a document keeps it: its words as they are, all else as JSON, so that no number changes."""
    said: dict[str, Any] = {key: row[key] for key in PLAIN if isinstance(row.get(key), str) and row[key].strip()}
    return {**said, "rest": json.dumps({key: row[key] for key in row if key not in said}, ensure_ascii=False)}


def read_row(kept: Mapping[str, Any]) -> Row:
    """The row that a document keeps. Raises KeyError, TypeError or ValueError for what `written` has not written."""
    said = {key: str(value) for key, value in kept.items() if key != "rest"}
    row = {**said, **dict(json.loads(kept["rest"]))}
    if not all(isinstance(row[key], str) and row[key] for key in ("id", "source", "status")):
        raise ValueError("id, source, status")
    return row


@cache
def rows() -> tuple[Row, ...]:
    """All rows of all schemes. Raises ValueError for two rows of one id: the package itself would be wrong."""
    found = tuple(row for name in TABLES for row in load(PACKAGE, name))
    ids = [row["id"] for row in found]
    if len(set(ids)) != len(ids):
        raise ValueError(f"rows of one id: {sorted({one for one in ids if ids.count(one) > 1})}")
    return found


@cache
def known_rows() -> frozenset[str]:
    """The ids of all rows of all tables of `rules/`, those of factors, sectors and forests among them.

    >>> {"china.oxidation_coal", "fuel.cn.coke", "sector.power.combustion"} <= known_rows()
    True
    """
    tables = resources.files(PACKAGE).joinpath("rules").iterdir()
    return frozenset(_ids([json.loads(one.read_text("utf-8")) for one in tables if one.name.endswith(".json")]))


def _ids(content: Any) -> Iterator[str]:
    """The ids of rows wherever they stand in a file."""
    if isinstance(content, dict) and isinstance(content.get("id"), str):
        yield content["id"]
    elif isinstance(content, dict | list):
        for inner in content.values() if isinstance(content, dict) else content:
            yield from _ids(inner)


def schemes() -> tuple[str, ...]:
    """The names of the schemes, in the order of the tables.

    >>> "HJ 75-2017" in schemes()
    True
    """
    return tuple(dict.fromkeys(str(row["scheme"]) for row in rows()))


def rules(scheme: str, day: date, overrides: Iterable[Override] = ()) -> Rules:
    """The rules of a scheme on a day. Raises Refused `carbon.rule.scheme` for a scheme that is not known."""
    if scheme not in schemes():
        raise Refused(finding("carbon.rule.scheme", "scheme", scheme=scheme[:60], known=", ".join(schemes())))
    mine = {str(row["name"]): row for row in valid_on((r for r in rows() if r["scheme"] == scheme), day)}
    return Rules(scheme, day, mine, {one.row: one for one in overrides})
