"""A study on a page: what was sent to what it tells, and its report in the formats of an office; nothing is kept."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from suyuan.quantity.finding import Finding, Refused, errors, finding
from suyuan.report.papers.document import Language
from suyuan.report.service.files import files
from suyuan.report.study.handed import Handed, case_handed, is_case, studied, table_handed, table_of
from suyuan.report.study.report import Study, study_document, study_fields
from suyuan.site.acts import clock
from suyuan.site.acts.rounds.results import software
from suyuan.verbs.register.cells import Table

log = logging.getLogger(__name__)
LARGEST = 8 * 2**20
NAME = "data"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page sent. text: the data as typed or as the file held them; options: as typed."""

    kind: str
    text: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Made:
    """study: None where there is none; findings: what is wrong, or to be known; table: as it was read."""

    asked: Asked
    study: Study | None = None
    findings: tuple[Finding, ...] = ()
    table: Table | None = None


def text_of(data: bytes, name: str) -> str:
    """The data of a file as text with tabs, so that they can be looked at and mended. Raises Refused."""
    if len(data) > LARGEST:
        raise Refused(finding("case.too_large", name, size=len(data), limit=LARGEST))
    table, _ = table_of(data, name)
    return "\n".join("\t".join("" if v is None else str(v) for v in row) for row in table.rows)


def opened(data: bytes, name: str) -> Handed | None:
    """The case in a file; None where the file is a table. Raises Refused."""
    if len(data) > LARGEST:
        raise Refused(finding("case.too_large", name, size=len(data), limit=LARGEST))
    return case_handed(data, name) if is_case(data) else None


def made(asked: Asked, language: Language) -> Made:
    """The study of what was sent; never raises for what a person sends."""
    if not asked.text.strip():
        return Made(asked, None, (finding("study_table.empty", NAME, columns=""),))
    table: Table | None = None
    try:
        table, told = table_of(asked.text.encode("utf-8"), NAME)
        study = studied(table_handed(asked.kind, table, asked.options, told), language)
    except Refused as refused:
        return Made(asked, None, refused.findings, table)
    except (ArithmeticError, ValueError) as error:  # beyond what a float holds; kept in the log, not hidden
        log.exception("a study of kind %s could not be computed", asked.kind)
        beyond = finding("site.calculate.beyond", "/input", reason=f"{type(error).__name__}: {error}"[:200])
        return Made(asked, None, (beyond,), table)
    wrong = errors(study.findings)
    return Made(asked, study, tuple(dict.fromkeys((*told, *study.findings))), table) if study else Made(
        asked, None, wrong, table)  # fmt: skip


def report(study: Study, form: str, language: Language, source: str = "") -> tuple[str, bytes]:
    """The report of a study: name of the file, its bytes. Raises Refused for a format that is not known."""
    document = study_document(study, clock.today(), source, software=software())
    found = files(document, study_fields(study, source), language, (form,))  # type: ignore[arg-type]
    return next(iter(found.items()))
