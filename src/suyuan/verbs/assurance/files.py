"""How the file that a study names becomes its data: a table of columns, or the elements of a QIF file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from suyuan.quantity.finding import Refused, finding
from suyuan.verbs.assurance.columns import WORDS, Files, inlined

WORDS_OF: Mapping[str, frozenset[str]] = {"colocation": frozenset(("date", "time"))}
"""Kind → terms of its columns that may be words; WORDS for the others."""


def opened(kind: str, body: Mapping[str, Any], files: Files | None) -> dict[str, Any]:
    """The input of a study with its data inline. Raises Refused for a file that cannot be read as the case says."""
    if kind == "declared_statistics":
        from suyuan.verbs.assurance.qif import extracted

        return extracted(body, files)
    if body.get("file") is not None and body.get("columns") is None:
        raise Refused(finding("assurance_studies.file.absent", "/input/columns", terms="columns"))
    return inlined(body, files, WORDS_OF.get(kind, WORDS))
