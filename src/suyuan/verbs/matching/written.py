"""A match as plain values: for `--json`, the API, a document; and the need of a file as one value."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from suyuan.capability.interval import Interval
from suyuan.capability.matching.adequacy import Worst
from suyuan.capability.matching.compose import Chain, Composite
from suyuan.capability.matching.dominant import Dominant
from suyuan.capability.matching.gate import Examined
from suyuan.capability.matching.match import Match
from suyuan.capability.matching.transfer import steps
from suyuan.capability.need import Need
from suyuan.capability.write import interval_row, need_row
from suyuan.procedure.register import Context, Register
from suyuan.quantity.fields import Fields, Printed
from suyuan.quantity.finding import Finding
from suyuan.verbs.register.registers import read, readers

Plain = dict[str, Any]


def match_json(found: Match) -> Plain:
    """A match with its whole proof. A need that is confidential is told by its verdict and kind only."""
    if found.need.confidential:
        return {"need": {"id": found.need.id, "quantity": found.need.quantity}, "verdict": found.verdict}
    return {
        "need": need_row(found.need),
        "day": found.day.isoformat() if found.day else None,
        "verdict": found.verdict,
        "covered": _parts(found.covered),
        "uncovered": _parts(found.uncovered),
        "adequate": _parts(found.adequate),
        "unproven": _parts(found.unproven),
        "examined": [examined_json(item) for item in found.examined],
        "others": found.others,
        "single": [_name(item) for item in found.single],
        "composite": [_composite(item) for item in found.composite],
        "several": [_composite(item) for item in found.several],
        "chains": [_chain(item, found.need) for item in (*found.chains, *found.undone)],
        "nearest": _name(found.nearest) if found.nearest is not None else None,
        "dominant": _dominant(found.dominant) if found.dominant is not None else None,
        "routes": [
            {"kind": r.kind, "capabilities": [list(k) for k in r.keys], "parts": _parts(r.parts),
             "said": r.said.to_json()}
            for r in found.routes
        ],
        "findings": [item.to_json() for item in found.findings],
    }  # fmt: skip


def examined_json(item: Examined) -> Plain:
    """A capability at all gates."""
    worst = item.adequacy.worst
    return {
        **_name(item),
        "gates": [
            {"name": g.name, "state": g.state, "margin": _finite(g.margin),
             "findings": [f.to_json() for f in g.findings]}
            for g in item.gates
        ],
        "covered": interval_row(item.covered) if item.covered is not None else None,
        "worst": _worst(worst) if worst is not None else None,
        "adequate": _parts(item.adequacy.adequate),
    }  # fmt: skip


def _name(item: Examined) -> Plain:
    return {"laboratory": dict(item.capability.laboratory), "id": item.capability.id}


def _parts(parts: tuple[Interval, ...]) -> list[Plain]:
    return [interval_row(part) for part in parts]


def _worst(worst: Worst) -> Plain:
    """Infinite is null: JSON has no word for it."""
    numbers = {"ratio": worst.ratio, "place": worst.place, "U": worst.U, "target": worst.target}
    plain: Plain = {name: _finite(number) for name, number in numbers.items()}
    U_unit = worst.U_unit.symbol if worst.U_unit is not None else ""
    return {**plain, "unit": worst.unit.symbol, "U_unit": U_unit, "exact": worst.exact}


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _composite(item: Composite) -> Plain:
    return {
        "members": [
            {**_name(member), "parts": _parts(parts)} for member, parts in zip(item.members, item.parts, strict=True)
        ],
        "shared": [
            {"identity": s.identity, "certificate": list(s.certificate) if s.certificate else None,
             "capabilities": [list(key) for key in s.keys]}
            for s in item.shared
        ],
    }  # fmt: skip


def _chain(item: Chain, need: Need) -> Plain:
    """A chain with what each of its steps brings where both together are worst, in the unit of `worst`."""
    worst, both = item.adequacy.worst, steps(need, item)
    brings = None
    if both is not None:
        brings = {"laboratory": both.laboratory, "transfer": both.carried, "together": both.together,
                  "as_if_independent": both.apart}  # fmt: skip
    return {
        "transfer": item.transfer.id,
        "name": dict(item.transfer.name),
        "owner": dict(item.transfer.owner),
        **_name(item.capability),
        "can": item.can,
        "worst": _worst(worst) if worst is not None else None,
        "U": brings,
        "shared": list(item.shared),
    }


def _dominant(item: Dominant) -> Plain:
    return {
        "symbol": item.term.symbol, "label": dict(item.term.label), "u": item.contribution, "share": item.share,
        "needed": item.needed, "unit": item.unit.symbol if item.unit is not None else "", "place": item.place,
    }  # fmt: skip


def register_of(document: Mapping[str, Any], kind: str, day: str) -> tuple[Register | None, tuple[Finding, ...]]:
    """A register from a document: a register as it is, a list «kind» of rows, or one row by itself.

    kind: of a row that stands by itself; day: that such a register is of, as ISO text. Organisations that rows do not
    name are «—». Findings name the place in the document as it was given.
    """
    if document.get("suyuan") == "register":
        return read(json.dumps(document, ensure_ascii=False).encode())
    name = f"{kind}s" if kind == "need" else "capabilities"
    rows = document.get(name)
    if not isinstance(rows, list) and (told := _wrong(document, kind, day)):
        return None, told
    whole = {
        "suyuan": "register", "organisation": {"zh": "—"}, "number": "—", "day": day,
        "rows": {kind: rows if isinstance(rows, list) else [dict(document)]},
    }  # fmt: skip
    register, found = read(json.dumps(whole, ensure_ascii=False).encode())
    return register, tuple(_placed(item, kind, name if isinstance(rows, list) else "") for item in found)


def _wrong(row: Mapping[str, Any], kind: str, day: str) -> tuple[Finding, ...]:
    """What is wrong with a row that stands by itself; () where it can be read."""
    text = json.dumps(row, ensure_ascii=False)
    fields = Fields(json.loads(text, parse_float=Printed, parse_int=Printed, parse_constant=Printed), "", [])
    value = readers()[kind](fields, Context({"zh": "—"}, date.fromisoformat(day), False))
    return tuple(fields.found) if value is None else ()


def _placed(item: Finding, kind: str, name: str) -> Finding:
    """A finding of a register that was made around rows, at its place in the document that had them."""
    own = f"/rows/{kind}"
    if not item.where.startswith(own):
        return replace(item, where=f"/{name}") if item.where.startswith("/rows") else item
    rest = item.where.removeprefix(own)
    return replace(item, where=f"/{name}{rest}" if name else rest.removeprefix("/0"))
