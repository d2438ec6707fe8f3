"""A stack's year of constructed hours, a plant with it and its claim: what the papers are made from in tests."""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from tests.carbon.monitoring.test_stacks_in_claims import CERTIFICATES, COAL, OTHER, known, plant, rows

from suyuan.carbon.claim.claim import Claim, document, read_claim
from suyuan.carbon.monitoring.year.year import StackYear
from suyuan.carbon.plant import Plant
from suyuan.report.papers.all import spreadsheet
from suyuan.report.papers.document import Document, Language
from suyuan.verbs.carbon.claims import Claimed, claim_of
from suyuan.verbs.carbon.monitored import Stacked, monitored, stack_years


@cache
def filed() -> Plant:
    """A plant whose coal is calculated and whose stack is monitored."""
    return plant(streams=[COAL, OTHER], by="demo", supersedes="b" * 64, reason="a certificate was withdrawn")


@cache
def stacked() -> Stacked:
    """The year of its stack."""
    return stack_years(filed(), known(rows(), CERTIFICATES))[0]


def stack() -> StackYear:
    """Its hours."""
    return stacked().year


@cache
def made() -> Claimed:
    """Its claim with the cross-check."""
    return claim_of(filed(), monitored(filed(), [stacked()]))


@cache
def claim() -> Claim:
    """The claim as it is read from its document, with its digest."""
    found, told = read_claim(document(made().claim))
    assert found is not None, told
    return found


def sheets(made: Document, language: Language = "both") -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each sheet of a document's workbook, heads first, up to the empty row; by the name of the sheet."""
    book = load_workbook(BytesIO(spreadsheet(made, language)), read_only=True)
    found = {}
    for page in book.worksheets:
        lines = [tuple(row) for row in page.iter_rows(values_only=True)]
        end = next((n for n, line in enumerate(lines) if not any(cell is not None for cell in line)), len(lines))
        found[page.title.split(" ", 2)[-1]] = lines[:end]
    return found


def column(sheet: list[tuple[Any, ...]], head: str) -> list[Any]:
    """The cells of a column whose head begins so."""
    at = next(n for n, text in enumerate(sheet[0]) if str(text).startswith(head))
    return [line[at] for line in sheet[1:]]


def plain(fields: Any) -> Any:
    """Fields as they are read back from JSON."""
    from suyuan.quantity.fields import canonical

    return json.loads(canonical(fields))
