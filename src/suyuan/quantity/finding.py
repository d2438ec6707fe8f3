"""Findings: what a check saw, where, why it matters and what to do.

A finding is a value, not an exception: a check returns findings beside its result. Only where no value can be
given at all a function raises `Refused`, which carries the findings. The sentences live in one bilingual table
(the TOML files in `findings/`, one a word); code and parameters travel, text is made at the face.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation of a check.

    code: key of the bilingual table, «word.subject.fault»;
    where: file, line, XPath, input name: whatever leads a person to the place;
    severity: error (the value must not be used), warning (usable with a reason), note;
    parameters: named values for the sentences, as sorted pairs;
    rule: document and clause, or schema and version, that the check applies.
    """

    code: str
    where: str = ""
    severity: Severity = "error"
    parameters: tuple[tuple[str, str], ...] = ()
    rule: str = ""

    def to_json(self) -> dict[str, Any]:
        """The finding with its sentences in both languages, for `--json` and the API."""
        row: dict[str, Any] = {
            "code": self.code,
            "severity": self.severity,
            "where": self.where,
            "parameters": dict(self.parameters),
            "rule": self.rule,
        }
        for language in LANGUAGES:
            row[language] = sentences(self, language)
        return row


def from_json(row: Mapping[str, Any]) -> Finding:
    """The finding that `Finding.to_json` wrote."""
    return Finding(row["code"], row["where"], row["severity"], tuple(row["parameters"].items()), row["rule"])


class Refused(Exception):
    """Raised where no value can be returned; `findings` says what, where, why and what to do."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(*findings)
        self.findings = findings

    def __str__(self) -> str:
        return "; ".join(f"{f.code} at {f.where}: {sentences(f, 'en')['what']}" for f in self.findings)


def finding(code: str, where: str = "", severity: Severity = "error", rule: str = "", **parameters: object) -> Finding:
    """Make a finding; parameters are kept as text, in the order of their names."""
    return Finding(code, where, severity, tuple(sorted((k, str(v)) for k, v in parameters.items())), rule)


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those findings that forbid use."""
    return tuple(f for f in findings if f.severity == "error")


def sentences(item: Finding, language: str) -> Mapping[str, str]:
    """The three sentences of a finding: «what», «why», «remedy», with its parameters filled in.

    An unknown code is shown as itself rather than hidden.
    """
    row = finding_table().get(item.code)
    if row is None:
        return {"what": f"{item.code} {dict(item.parameters)}", "why": "", "remedy": ""}
    values = _Parameters(dict(item.parameters) | {"where": item.where, "rule": item.rule})
    return {part: row[language][part].format_map(values) for part in ("what", "why", "remedy")}


class _Parameters(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


@cache
def finding_table() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Code → language → part → sentence, from all TOML files of the table."""
    table: dict[str, Mapping[str, Mapping[str, str]]] = {}
    for entry in sorted(resources.files(__package__).joinpath("findings").iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".toml"):
            continue
        for code, row in tomllib.loads(entry.read_text("utf-8")).items():
            if code in table:
                raise ValueError(f"finding {code} stands twice in the table")
            table[code] = row
    return table
