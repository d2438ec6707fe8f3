"""A JSON document: from bytes, one object, each key once, of bearable size; and places in it as JSON pointers."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from suyuan.quantity.finding import Finding, Refused, finding

LARGEST = 8_000_000


def parse_json(data: bytes, where: str = "") -> dict[str, Any]:
    """A JSON object from bytes; Refused with the place of the fault."""
    if len(data) > LARGEST:
        raise Refused(finding("case.too_large", where=where, size=len(data), limit=LARGEST))
    try:
        document = json.loads(data, object_pairs_hook=_object)
    except UnicodeDecodeError:
        raise Refused(finding("case.not_json", where=where, reason="not UTF-8 text")) from None
    except (ValueError, RecursionError) as error:
        raise Refused(finding("case.not_json", where=where, reason=str(error)[:200])) from None
    if not isinstance(document, dict):
        raise Refused(finding("case.not_json", where=where, reason="the document is not one JSON object"))
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys stand once each; twice, nobody knows which value was meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        raise ValueError("the key " + next(repr(k) for k in names if names.count(k) > 1) + " stands twice")
    return found


def number_in(value: Any) -> float:
    """A number of a document; nan for a text, a truth value, or whole digits beyond all floats."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.nan


def pointed(findings: Iterable[Finding], inputs: Mapping[str, str]) -> list[Finding]:
    """Findings of the formulas of a model, with places in the case: «model.y:3» stands at /input/model/y:3.

    inputs: name → pointer.
    """
    return [replace(f, where=_pointer(f.where, inputs)) for f in findings]


def _pointer(where: str, inputs: Mapping[str, str]) -> str:
    part, _, name = where.partition(".")
    if part == "inputs":
        return inputs.get(name, where)
    if part.partition(":")[0] in ("model", "definitions"):
        return f"/input/{part}/{name}" if name else f"/input/{part}"
    return where
