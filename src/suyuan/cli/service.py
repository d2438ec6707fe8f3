"""What the commands of the service system share: a data folder as it was on a day, rows by id, documents out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from suyuan.cli import reading
from suyuan.cli.command import DataNeeded, Day, today
from suyuan.cli.language import Language, language, one_of, term
from suyuan.quantity.finding import Finding, Refused, finding, sentences

if TYPE_CHECKING:
    from suyuan.report.papers.document import Document
    from suyuan.verbs.snapshot import Snapshot

T = TypeVar("T")
MARKS = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("?", "yellow")}


@dataclass(frozen=True, kw_only=True)
class OnDay:
    """What each of these commands takes: a data folder, and the day on which it is looked at."""

    data: DataNeeded
    day: Day = ""


def on_day(asked: OnDay) -> tuple[Snapshot, tuple[Finding, ...]]:
    """What was known on the day, and what of the folder is lost or damaged."""
    return known_on(asked.data, reading.read_day(asked.day, "--day") or today())


def known_on(data: Path, day: date) -> tuple[Snapshot, tuple[Finding, ...]]:
    """What a data folder knew on a day."""
    from suyuan.verbs.snapshot import snapshot

    store = reading.open_store(data)
    evidence, damaged = store.load()
    return snapshot(evidence, store.service(), day), damaged


def named(rows: Iterable[T], id: str, kind: str, at: Snapshot | None = None) -> T:
    """The row of an id. Raises Refused with the day since which it is known where that is after the day of `at`, else
    with the nearest ids."""
    known: dict[str, T] = {str(row.id): row for row in rows}  # type: ignore[attr-defined]
    if id not in known:
        if at is not None and (first := _since(at, kind, id)) is not None and first > at.day:
            zh, en = both(f"row.{kind}")
            raise Refused(finding("cli.service.not_yet", id, given=id[:60], day=at.day, first=first,
                                  kind_zh=zh, kind_en=en))  # fmt: skip
        raise unknown(kind, id, known)
    return known[id]


def _since(at: Snapshot, kind: str, id: str) -> date | None:
    """The day of the first register with a row of an id, whatever the day of the snapshot."""
    days = [r.day for r in at.documents.registers if any(str(row.id) == id for row in r.rows.get(kind, ()))]
    return min(days, default=None)


def people(at: Snapshot) -> Mapping[str, Mapping[str, str]]:
    """Accounts as the registers know them: account → name of the person, in each language."""
    return {row.account: row.name for row in at.rows("person") if row.account}


def unknown(kind: str, given: str, known: Iterable[str]) -> Refused:
    """That nothing bears a name, with the nearest names."""
    names = list(known)
    near = ", ".join(difflib.get_close_matches(given, names, 3, 0.4) or names[:8]) or "—"
    zh, en = both(f"row.{kind}")
    return Refused(finding("cli.service.unknown", given, given=given[:60], near=near, kind_zh=zh, kind_en=en))


def word_of(kind: str, given: str, known: Iterable[str]) -> Refused:
    """That a word is none of those which may stand there."""
    zh, en = both(f"row.{kind}")
    return Refused(finding("cli.service.word", given, given=given[:60], known=", ".join(known), kind_zh=zh, kind_en=en))


def both(key: str) -> tuple[str, str]:
    """A word of the terminal in Chinese and in English, for a finding."""
    return term(key, Language.zh), term(key, Language.en)


def mark(state: bool | None) -> tuple[str, str]:
    """Yes, no or not known, never by colour alone."""
    return MARKS[state]


def said(found: Iterable[Finding]) -> str:
    """What findings say, in a line."""
    return "; ".join(dict.fromkeys(sentences(item, language().value)["what"] for item in found))


def shown(text: Mapping[str, str], otherwise: str = "") -> str:
    """A text in the language of this process."""
    return one_of(text) or otherwise


def number(value: float | None, digits: int = 4) -> str:
    """A number for a table; «» where it is not known."""
    return "" if value is None else f"{value:.{digits}g}".replace("-", "−")


def span(low: float, high: float, digits: int = 1) -> str:
    """An interval of points: one number where both ends print alike.

    >>> span(41.23, 41.23), span(12.0, 40.0)
    ('41.2', '12.0 … 40.0')
    """
    ends = f"{low:.{digits}f}", f"{high:.{digits}f}"
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} … {ends[1]}"


def unit_of(days: int, working: bool) -> str:
    """The unit in which a deadline counts, as a term."""
    return ("unit.working_day" if working else "unit.day") + (".one" if days == 1 else "")


def overdue(days: int, working: bool) -> str:
    """How long something is beyond its deadline, with the unit; «» in time."""
    return f"{days} {term(unit_of(days, working)).strip()}" if days else ""


def columns(*names: str) -> list[str]:
    """Heads of a table."""
    return [term(f"column.{name}") for name in names]


def write_document(document: Document, fields: Mapping[str, Any], out: Path, allowed: Sequence[str]) -> None:
    """A document as a new file in the format that its name ends with; Refused for another one."""
    from suyuan.report.service.files import files

    ending = out.suffix.lower().removeprefix(".")
    if ending not in allowed:
        raise Refused(finding("cli.service.format", str(out), given=ending or "—", known=", ".join(allowed)))
    made = files(document, fields, "both", (ending,))  # type: ignore[arg-type]
    reading.write_new(out, next(iter(made.values())))


def written(out: Path) -> str:
    """That a file was written."""
    return term("service.written", path=out)
