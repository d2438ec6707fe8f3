"""A study as it is handed in: a case as JSON, or a table (CSV, Excel, pasted) with the options that stand beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.quantity.finding import Finding, Refused, errors, finding, from_json
from suyuan.report.papers.document import Language
from suyuan.report.papers.read_sheet import read_sheets
from suyuan.report.study.report import KINDS, Study, study_of
from suyuan.verbs.assurance.files import opened
from suyuan.verbs.assurance.layouts import LAYOUTS, OF_CHART
from suyuan.verbs.assurance.tabled import Tabled, tabled
from suyuan.verbs.cases import answer
from suyuan.verbs.document import parse_json
from suyuan.verbs.register.cells import Table

Files = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Handed:
    """body: the `input`; tabled: where its data stood in a table, None for a case; source: as the case says."""

    kind: str
    body: Mapping[str, Any]
    tabled: Tabled | None = None
    source: str = ""
    findings: tuple[Finding, ...] = ()


def is_case(data: bytes) -> bool:
    """Whether bytes are a JSON object and no table."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def case_handed(data: bytes, name: str, files: Files | None = None) -> Handed:
    """A case of a study from JSON, its data inline. Raises Refused for another kind and for what cannot be read."""
    case = parse_json(data.removeprefix(b"\xef\xbb\xbf"), name)
    kind, body = str(case.get("kind")), case.get("input")
    if kind not in KINDS or not isinstance(body, dict):
        raise Refused(finding("study_table.kind.unknown", name, kind=kind[:60], known=", ".join(KINDS)))
    return Handed(kind, opened(kind, body, files), None, str(case.get("source") or "")[:400])


def table_of(data: bytes, name: str) -> tuple[Table, tuple[Finding, ...]]:
    """The first table of a spreadsheet or of pasted text. Raises Refused where there is none.

    >>> table_of(b"value\\n1.5\\n2,5\\n", "data")[0].rows
    (('value', None), ('1.5',), ('2,5',))
    """
    if not data.startswith((b"PK", b"\xd0\xcf")):
        data = _parted(data)
    tables, told = read_sheets(data, name)
    if not tables:
        raise Refused(*told)
    return tables[0], told


def _parted(data: bytes) -> bytes:
    """Pasted text whose cells are parted by blanks, and a lone column that a decimal comma would cut, get tabs."""
    first = data.lstrip().partition(b"\n")[0]
    if not first.strip() or any(sign in first for sign in (b",", b";", b"\t")):
        return data
    if b" " in first.strip():
        return re.sub(rb"(?<=\S)[ ]+(?=\S)", b"\t", data)
    head, line, rest = data.partition(b"\n")
    return head.rstrip() + b"\t" + line + rest  # the first line decides what parts cells


def table_handed(kind: str, table: Table, options: Mapping[str, str], told: tuple[Finding, ...] = ()) -> Handed:
    """A study from a table. Raises Refused with every fault, each at its cell or its option."""
    if kind not in KINDS:
        raise Refused(finding("study_table.kind.unknown", "--kind", kind=kind[:60], known=", ".join(KINDS)))
    made = tabled(kind, table, options)
    return Handed(kind, made.body, made, "", (*told, *made.findings))


def studied(handed: Handed, language: Language = "both") -> Study:
    """The answered study. Raises Refused, with findings at the cells of the table where there is one."""
    try:
        values = answer({"kind": handed.kind, "input": dict(handed.body)})
    except Refused as refused:
        raise Refused(*(handed.tabled.at_cells(refused.findings) if handed.tabled else refused.findings)) from None
    if handed.tabled is not None:
        told = handed.tabled.at_cells(from_json(row) for row in values.get("findings", ()))
        values = {**values, "findings": [f.to_json() for f in told]}
    study = study_of(handed.kind, handed.body, values, language)
    if errors(handed.findings):
        raise Refused(*errors(handed.findings))
    return study


def options_of(kind: str, chart: str = "individuals") -> tuple[str, ...]:
    """Names of the options of a kind; of a control chart those of one chart."""
    names = tuple(o.name for o in LAYOUTS[kind].options)
    return tuple(n for n in names if n in OF_CHART.get(chart, ())) if kind == "control_chart" else names
