"""Registers in files: JSON as they are kept, .xlsx and .csv as people keep them; good rows apart from bad ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suyuan.cli import reading
from suyuan.quantity.finding import Finding, Refused, finding

if TYPE_CHECKING:
    from suyuan.capability.capability import Capability
    from suyuan.procedure.register import Register
    from suyuan.verbs.register.cells import Refused as BadRows

_ROW = re.compile(r"/rows/[^/]+/\d+")
TABLES = (".xlsx", ".csv", ".xlsm")
UNSTATED = "—"


@dataclass(frozen=True)
class Delivered:
    """What a file holds. document: bytes of the register, None where no row of it can be read; refused: rows that did
    not go in, by kind; findings: of all rows, with their places."""

    path: Path
    document: bytes | None
    register: Register | None
    refused: tuple[BadRows, ...]
    findings: tuple[Finding, ...]

    @property
    def bad(self) -> int:
        """How many rows did not go in."""
        return sum(len(one.rows) for one in self.refused)

    def of_a_row(self, item: Finding) -> bool:
        """Whether a finding tells of a row that did not go in."""
        if is_table(self.path):
            return item.severity == "error" and "!" in item.where
        place = _ROW.search(item.where)
        return place is not None and any(place[0] in one.places for one in self.refused)

    @property
    def good(self) -> dict[str, int]:
        """Kind → how many rows can be read."""
        rows = {} if self.register is None else self.register.rows
        return {kind: len(found) for kind, found in rows.items() if found}

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        """The capabilities that can be read."""
        return () if self.register is None else self.register.rows.get("capability", ())


def is_table(path: Path) -> bool:
    """Whether a file is a spreadsheet, by the end of its name."""
    return path.suffix.lower() in TABLES


def text_of(name: str) -> dict[str, str]:
    """A name as a text that knows its language.

    >>> text_of("演示院"), text_of("demo institute")
    ({'zh': '演示院'}, {'en': 'demo institute'})
    """
    return {"zh" if any("\u4e00" <= letter <= "\u9fff" for letter in name) else "en": name}


def delivered(
    path: Path, day: date, organisation: str = "", number: str = "", demo: bool = False,
    registered: Sequence[Capability] = (),
) -> Delivered:  # fmt: skip
    """What a file holds. day, organisation, number: of the delivery, for a spreadsheet that does not say them;
    registered: capabilities that count already, which the delivered ones must not contradict."""
    data = reading.read_bytes(path)
    if not is_table(path):
        return _from_json(path, data, registered)
    from suyuan.report.papers.read_sheet import read_sheets
    from suyuan.verbs.register.registers import read
    from suyuan.verbs.register.workbook import register_from_workbook

    tables, told = read_sheets(data, path.name)
    if not tables:
        raise Refused(*(reading.in_file(item, path) for item in told))
    whose, name = text_of(organisation or UNSTATED), number or f"{path.stem}-{day:%Y%m%d}"
    document, refused, found = register_from_workbook(tables, whose, day, name, demo, registered)
    register = read(document)[0] if document is not None else None
    return Delivered(path, document, register, refused, tuple(reading.in_file(f, path) for f in (*told, *found)))


def register_in(path: Path, day: date) -> tuple[Register, tuple[Finding, ...]]:
    """The register in a file, and what is wrong with its rows; Refused where no row of it can be read."""
    found = delivered(path, day)
    if found.register is None:
        raise Refused(*found.findings)
    return found.register, found.findings


def _from_json(path: Path, data: bytes, registered: Sequence[Capability]) -> Delivered:
    from suyuan.verbs.register.contradictions import in_register
    from suyuan.verbs.register.refused import refused_rows
    from suyuan.verbs.register.registers import read

    whole = reading.read_object(path) if path != reading.STDIN else _parsed(data)
    if whole.get("suyuan") != "register":
        raise Refused(finding("cli.register.not", str(path)))
    data = data.removeprefix(b"\xef\xbb\xbf")
    register, found = read(data)
    refused = refused_rows(data)
    if register is not None:
        found = (*found, *in_register(register, data, refused, registered))
    named = tuple(reading.in_file(item, path) for item in found)
    return Delivered(path, data if register is not None else None, register, refused, named)


def _parsed(data: bytes) -> dict[str, Any]:
    from suyuan.verbs.document import parse_json

    return parse_json(data, "-")
