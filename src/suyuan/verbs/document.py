"""A JSON document: from bytes, one object, each key once, of bearable size; and places in it as JSON pointers."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from suyuan.quantity.fields import FAULTS
from suyuan.quantity.finding import Finding, Refused, finding

LARGEST = 8_000_000


def parse_json(data: bytes, where: str = "") -> dict[str, Any]:
    """A JSON object from bytes; Refused with the place of the fault."""
    if len(data) > LARGEST:
        raise Refused(finding("case.too_large", where=where, size=len(data), limit=LARGEST))
    try:
        document = json.loads(data, object_pairs_hook=_object)
    except UnicodeDecodeError:
        raise _not_json(where, "不是 UTF-8 编码的文字", "not UTF-8 text") from None
    except RecursionError:
        raise _not_json(where, "括号嵌套太深", "brackets are nested too deeply") from None
    except json.JSONDecodeError as error:
        if not data.strip():
            raise _not_json(where, "里面什么也没有", "there is nothing in it") from None
        place_zh, place_en = f"第 {error.lineno} 行第 {error.colno} 列", f"line {error.lineno}, column {error.colno}"
        zh = f"{place_zh}{FAULTS.get(error.msg, '写法不对')}"
        raise _not_json(where, zh, f"{error.msg} ({place_en})") from None
    except _Twice as error:
        raise _not_json(where, f"名称 {error} 出现两次", f"the key {error} stands twice") from None
    except ValueError:
        raise _not_json(where, "有一个数的位数太多", "a number has too many digits") from None
    if not isinstance(document, dict):
        raise _not_json(where, "不是一个 JSON 对象 {…}", "the document is not one JSON object")
    return document


def _not_json(where: str, zh: str, en: str) -> Refused:
    return Refused(finding("case.not_json", where=where, reason_zh=zh, reason_en=en))


class _Twice(ValueError):
    """A key that stands twice in an object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys stand once each; twice, nobody knows which value was meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        raise _Twice(json.dumps(next(k for k in names if names.count(k) > 1), ensure_ascii=False))
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
