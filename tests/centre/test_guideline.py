"""A guideline is read strictly: each fault has its finding at its place, and a sound one is read whole."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from suyuan.centre.read import guideline_document, read_guideline
from suyuan.centre.shipped import guideline, guidelines
from suyuan.quantity.finding import LANGUAGES, sentences


def plain() -> dict[str, Any]:
    draft = guideline("DRAFT-CENTRE", "1")
    assert draft is not None
    content: dict[str, Any] = json.loads(guideline_document(draft))
    return content


def faults(content: dict[str, Any]) -> list[tuple[str, str]]:
    made, found = read_guideline(json.dumps(content).encode())
    assert (made is None) == any(item.severity == "error" for item in found)
    for item in found:
        assert "?" not in "".join(text for language in LANGUAGES for text in sentences(item, language).values()), item
    return [(item.code, item.where) for item in found]


def test_sound() -> None:
    assert faults(plain()) == []


def test_shipped_ones_are_drafts_and_say_so() -> None:
    scopes = {g.scope for g in guidelines()}
    assert scopes == {"centre", "data_base", "training_base", "carbon_centre"}
    for made in guidelines():
        rows: list[Any] = [*made.gates, *(i for c in made.conditions for i in c.indicators)]
        assert made.status == "proposed" and all(row.status == "proposed" and row.source for row in rows)
        assert "草案" in made.title["zh"] and "not official" in made.title["en"]
        assert sum(i.weight for c in made.conditions for i in c.indicators) == pytest.approx(100.0)


def test_written_and_read_again() -> None:
    for made in guidelines():
        again, found = read_guideline(guideline_document(made))
        assert again is not None and not found
        assert replace(again, digest="") == replace(made, digest="")


def at(content: Any, path: str) -> tuple[Any, str | int]:
    keys = [int(key) if key.isdigit() else key for key in path.strip("/").split("/")]
    for key in keys[:-1]:
        content = content[key]
    return content, keys[-1]


FIRST = "/conditions/0/indicators/0"
FAULTS = [
    (FIRST + "/weight", "6", "centre.guideline.weights", "/conditions/0/weight"),
    ("/total", "99", "centre.guideline.weights", "/total"),
    (FIRST + "/weight", "-5", "centre.guideline.weight_negative", FIRST + "/weight"),
    (FIRST + "/curve", [["1", "0"], ["1", "1"]], "centre.guideline.curve_order", FIRST + "/curve/1/0"),
    (FIRST + "/curve", [["2", "0"], ["1", "1"]], "centre.guideline.curve_order", FIRST + "/curve/1/0"),
    (FIRST + "/curve", [["0", "0"], ["1", "1.5"]], "centre.guideline.curve_score", FIRST + "/curve/1/1"),
    (FIRST + "/curve", [["0", "0"]], "centre.guideline.curve_absent", FIRST + "/curve"),
    (FIRST + "/curve", "linear", "centre.guideline.curve_form", FIRST + "/curve"),
    (FIRST + "/curve", [["0", "x"], ["1", "1"]], "typed.number.syntax", FIRST + "/curve/0/1"),
    (FIRST + "/rule/measure", "mean", "typed.field.choice", FIRST + "/rule/measure"),
    (FIRST + "/rule/kind", "standards", "typed.field.choice", FIRST + "/rule/kind"),
    (FIRST + "/rule/against", "standard", "centre.guideline.against", FIRST + "/rule/against"),
    (FIRST + "/rule/years", "-1", "centre.guideline.years", FIRST + "/rule/years"),
    (FIRST + "/rule/years", "0", "centre.guideline.years", FIRST + "/rule/years"),
    (FIRST + "/rule/years", "0.02", "centre.guideline.years", FIRST + "/rule/years"),
    ("/gates/0/least", "0", "centre.guideline.gate_open", "/gates/0/least"),
    (FIRST + "/rule", None, "centre.guideline.ruled", FIRST + "/rule"),
    (FIRST + "/id", "A2", "centre.guideline.twice", "/conditions"),
    (FIRST + "/status", "official", "typed.field.choice", FIRST + "/status"),
    ("/gates/0/id", "G2", "centre.guideline.twice", "/gates"),
    ("/gates/0/least", None, "centre.guideline.gate_limit", "/gates/0/least"),
    ("/gates/0/most", "0", "centre.guideline.gate_order", "/gates/0/least"),
    ("/gates/7/document", "poem", "centre.guideline.gate_document", "/gates/7/document"),
    ("/scope", "village", "typed.field.choice", "/scope"),
    ("/valid_from", "2026-02-30", "typed.date.impossible", "/valid_from"),
]


@pytest.mark.parametrize(("path", "value", "code", "where"), FAULTS, ids=lambda v: v if isinstance(v, str) else None)
def test_each_fault_has_its_finding(path: str, value: object, code: str, where: str) -> None:
    content = plain()
    inner, key = at(content, path)
    inner[key] = value
    assert (code, where) in faults(content)


def test_confirmed_needs_a_source() -> None:
    content = plain()
    row = content["conditions"][0]["indicators"][0]
    row["status"], row["source"] = "confirmed", ""
    made, found = read_guideline(json.dumps(content).encode())
    assert made is None
    assert [(f.code, f.severity) for f in found] == [("centre.guideline.unsourced", "error")]


def test_proposed_without_a_source_is_warned_about_and_read() -> None:
    content = plain()
    content["gates"][0]["source"] = ""
    made, found = read_guideline(json.dumps(content).encode())
    assert made is not None and [(f.code, f.severity) for f in found] == [("centre.guideline.unsourced", "warning")]


def test_periods_and_weightless() -> None:
    content = plain() | {"valid_from": "2026-02-01", "valid_until": "2026-01-01"}
    assert ("centre.guideline.period", "/valid_until") in faults(content)
    content = plain() | {"total": "0"}
    for condition in content["conditions"]:
        condition["weight"] = "0"
        for indicator in condition["indicators"]:
            indicator["weight"] = "0"
    assert faults(content) == [("centre.guideline.weightless", "/conditions")]


@pytest.mark.parametrize(
    "document", [b"", b"{", b"[]", b'{"suyuan": "guideline"}', b"\xff\xfe", b'{"suyuan": "register"}']
)
def test_anything_else_is_a_finding(document: bytes) -> None:
    made, found = read_guideline(document)
    assert made is None and found
