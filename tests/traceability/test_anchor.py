"""Anchors and statements as documents, and the table of verification schemes."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

import pytest

from suyuan.quantity.finding import errors, sentences
from suyuan.traceability.anchor import (
    KINDS,
    anchor_document,
    read_anchor,
    read_statement,
    scheme,
    schemes,
    statement_document,
)

ANCHOR: dict[str, Any] = {
    "kind": "public_measurement_standard",
    "issuer": "某省市场监督管理局",
    "number": "[2021] 法计（基）证字第 1 号",
    "name": {"zh": "二等量块标准装置", "en": "standard of gauge blocks, order 2"},
    "source": "社会公用计量标准证书，档案 12",
    "scheme": "JJG 2056",
    "level": 3,
    "declared_by": "溯源校准实验室",
    "valid_until": "2026-12-31",
}
STATEMENT: dict[str, Any] = {
    "kind": "withdrawn",
    "issuer": "省计量院",
    "number": "C-1",
    "day": "2026-09-01",
    "known": "2026-10-01",
    "reason": {"zh": "标准器超差", "en": "standard out of tolerance"},
    "replaced_by": {"issuer": "省计量院", "number": "C-2"},
    "source": "来函",
}


def test_an_anchor_reads_back_what_was_declared() -> None:
    document = anchor_document(ANCHOR)
    anchor, findings = read_anchor(document)
    assert anchor is not None and findings == ()
    assert (anchor.kind, anchor.level, anchor.valid_until) == ("public_measurement_standard", 3, date(2026, 12, 31))
    assert anchor.name["zh"] == "二等量块标准装置"
    assert anchor.digest == hashlib.sha256(document).hexdigest()


def test_a_statement_reads_back_what_was_said() -> None:
    document = statement_document(STATEMENT)
    statement, findings = read_statement(document)
    assert statement is not None and findings == ()
    assert (statement.day, statement.known) == (date(2026, 9, 1), date(2026, 10, 1))
    assert statement.replaced_by == ("省计量院", "C-2")
    assert statement.digest == hashlib.sha256(document).hexdigest()


def test_same_declaration_same_digest() -> None:
    shuffled = dict(reversed(list(ANCHOR.items())))
    assert anchor_document(shuffled) == anchor_document(
        {**ANCHOR, "level": "3", "extra": None, "source": ANCHOR["source"] + " "}
    )


@pytest.mark.parametrize("field", ["kind", "issuer", "number", "name", "source", "declared_by"])
def test_each_field_of_an_anchor_is_needed(field: str) -> None:
    anchor, findings = read_anchor(anchor_document({**ANCHOR, field: None}))
    assert anchor is None
    assert [(f.code, f.where) for f in errors(findings)] == [("typed.field.missing", f"/{field}")]


WRONG = [
    ({"kind": "national_primary"}, "typed.field.choice", "/kind", "error"),
    ({"valid_until": "2026-02-30"}, "typed.date.impossible", "/valid_until", "error"),
    ({"level": "1.5"}, "typed.field.type", "/level", "error"),
    ({"level": 99}, "anchor.level_unknown", "/level", "error"),
    ({"scheme": "JJG 9999"}, "anchor.scheme_unknown", "/scheme", "warning"),
    ({"scheme": None}, "anchor.level_without_scheme", "/level", "warning"),
    ({"valid_until": None}, "anchor.validity_unknown", "/valid_until", "note"),
    ({"declaredby": "x"}, "typed.field.unknown", "/declaredby", "warning"),
]


@pytest.mark.parametrize(("change", "code", "where", "severity"), WRONG)
def test_each_fault_of_an_anchor_is_named(change: dict[str, Any], code: str, where: str, severity: str) -> None:
    anchor, findings = read_anchor(anchor_document({**ANCHOR, **change}))
    assert [(f.code, f.where, f.severity) for f in findings] == [(code, where, severity)]
    assert (anchor is None) == (severity == "error")
    assert "?" not in "".join(sentences(findings[0], "zh").values())


@pytest.mark.parametrize("field", ["kind", "issuer", "number", "day", "known", "source"])
def test_each_field_of_a_statement_is_needed(field: str) -> None:
    statement, findings = read_statement(statement_document({**STATEMENT, field: None}))
    assert statement is None
    assert [(f.code, f.where) for f in errors(findings)] == [("typed.field.missing", f"/{field}")]


def test_superseded_by_nothing_and_by_itself() -> None:
    statement, findings = read_statement(statement_document({**STATEMENT, "kind": "superseded", "replaced_by": None}))
    assert statement is not None and [f.code for f in findings] == ["anchor.statement.no_successor"]
    itself = {"issuer": "省计量院", "number": "C-1"}
    statement, findings = read_statement(statement_document({**STATEMENT, "replaced_by": itself}))
    assert statement is None and [f.code for f in findings] == ["anchor.statement.replaces_itself"]


def test_one_kind_of_document_is_not_taken_for_another() -> None:
    assert read_anchor(statement_document(STATEMENT))[1][0].code == "typed.kind"
    assert read_statement(anchor_document(ANCHOR))[1][0].code == "typed.kind"
    assert read_anchor(b"\xff\xfe")[1][0].code == "typed.json.encoding"
    assert read_anchor(b"{")[1][0].code == "typed.json.broken"
    assert read_anchor(b"[" * 100_000)[1][0].code in ("typed.json.too_deep", "typed.json.broken")
    assert read_anchor(json.dumps([1]).encode())[1][0].code == "typed.kind"


def test_the_schemes_are_all_there_with_sources() -> None:
    assert len(schemes()) == 19
    assert sum(len(s.levels) for s in schemes()) == 97
    assert sum(s.document["status"] == "confirmed" for s in schemes()) == 12
    for s in schemes():
        assert s.quantity["zh"] and s.quantity["en"] and s.si_anchor["unit"]
        orders = [row["order"] for row in s.levels]
        assert orders == sorted(orders) and orders[0] == 0


def test_a_scheme_is_found_however_its_number_is_written() -> None:
    for text in ("JJG 2056", "JJG2056", "jjg 2056-1990"):
        found = scheme(text)
        assert found is not None and found.quantity["zh"] == "长度(量块)"
    assert scheme("JJG 205") is None and scheme("") is None
    level = scheme("JJG 2056")
    assert level is not None and level.level(2) is not None and level.level(2)["name_zh"] == "1等量块"  # type: ignore[index]


def test_a_scheme_from_memory_says_so() -> None:
    shaky = next((s for s in schemes() if s.number and s.document["status"] != "confirmed"), None)
    assert shaky is not None
    _, findings = read_anchor(anchor_document({**ANCHOR, "scheme": shaky.number, "level": 0}))
    assert [f.code for f in findings] == ["anchor.scheme_from_memory"]


def test_the_kinds_are_those_of_the_evidence() -> None:
    assert len(KINDS) == 5 and "si_realisation" in KINDS
