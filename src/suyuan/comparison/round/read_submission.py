"""A submission from its document, in the units of the protocol; plausibility is another question."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import math

from suyuan.comparison.results import LARGE
from suyuan.comparison.round.protocol import Measurand, Protocol
from suyuan.comparison.round.read import real
from suyuan.comparison.round.submission import Attached, BudgetLine, Reported, Submission
from suyuan.comparison.round.words import worded
from suyuan.comparison.round.write import SUBMISSION
from suyuan.quantity.fields import Fields, open_document
from suyuan.quantity.finding import Finding, Refused, errors, reason
from suyuan.quantity.unit import convert, parse_unit, ratio

LARGEST_FILES = 4_000_000
"""Bytes of all files of one submission together."""


def read_submission(document: bytes, protocol: Protocol) -> tuple[Submission | None, tuple[Finding, ...]]:
    """What a member reports, converted to the units of the protocol, or None if a field is wrong (severity error).

    document: UTF-8 JSON with "suyuan": "comparison-result"; findings carry a JSON pointer. A unit of another dimension
    is refused; digits stay as they were typed in `Reported.text`. `plausibility.plausible` looks at the values.
    """
    submission, found = _read(document, protocol)
    return submission, worded(found)


def _read(document: bytes, protocol: Protocol) -> tuple[Submission | None, list[Finding]]:
    root, found = open_document(document, SUBMISSION)
    if root is None:
        return None, found
    answered, member = root.text("protocol", required=True), root.text("member", required=True)
    measured_by, conditions = root.text("measured_by"), root.text("conditions")
    standards = []
    for row in root.several("standards"):
        standards.append((row.text("issuer", required=True), row.text("number", required=True)))
        row.close()
    results = tuple(r for f in root.several("results", required=True) if (r := _result(f, protocol)) is not None)
    files = tuple(a for f in root.several("files") if (a := _file(f)) is not None)
    root.close()
    if protocol.digest and answered and answered != protocol.digest:
        root.report("comparison.submission.protocol", "protocol", given=answered[:12], expected=protocol.digest[:12])
    if member and protocol.member(member) is None:
        root.report("comparison.submission.member", "member", member=member)
    if sum(len(a.content) for a in files) > LARGEST_FILES:
        root.report("comparison.submission.files", "files", size=sum(len(a.content) for a in files),
                    limit=LARGEST_FILES)  # fmt: skip
    if errors(found):
        return None, found
    digest = hashlib.sha256(document).hexdigest()
    submission = Submission(answered, member, results, measured_by, tuple(standards), conditions, files, digest)
    return submission, found


def _result(f: Fields, protocol: Protocol) -> Reported | None:
    id, unit = f.text("measurand", required=True), f.text("unit")
    numbers = {key: f.number(key, key == "value") for key in ("value", "U", "k", "u", "dof")}
    measured, remark = f.day("measured"), f.text("remark")
    budget = tuple(line for row in f.several("budget") if (line := _line(row)) is not None)
    f.close()
    measurand = protocol.measurand(id)
    if measurand is None:
        if id:
            known = ", ".join(m.id for m in protocol.measurands)
            f.report("comparison.submission.measurand", "measurand", given=id, known=known)
        return None
    for key in ("k", "dof"):
        number = numbers[key]
        if number is not None and not number.value > 0.0:
            f.report("comparison.protocol.positive", key, field=key, given=number.printed)
    for key in ("U", "u"):
        number = numbers[key]
        if number is not None and number.value < 0.0:
            f.report("comparison.protocol.positive", key, field=key, given=number.printed)
    value = numbers["value"]
    if value is None:
        return None
    text = {key: number.printed for key, number in numbers.items() if number is not None}
    stated = {key: None if number is None else number.value for key, number in numbers.items()}
    result = Reported(id, value.value, stated["U"], stated["k"], stated["u"], stated["dof"], measured, budget, remark,
                      text | ({"unit": unit} if unit else {}))  # fmt: skip
    result = _in_unit(f, result, unit, measurand) if unit else result
    _sizes(f, result)
    return result


def _sizes(f: Fields, result: Reported) -> None:
    """Numbers whose squares are numbers too: an uncertainty beyond that is a slip of the pen."""
    of_unit = None if result.U is None or not result.k else result.U / result.k
    for key, x in (("value", result.value), ("U", result.U), ("u", result.u), ("k", of_unit),
                   ("budget", result.of_budget)):  # fmt: skip
        if x and not (abs(x) <= LARGE and (key == "value" or abs(x) >= 1.0 / LARGE)):
            f.report("comparison.results.magnitude", key, place=1, given=f"{x:g}", measurand=result.measurand)


def _in_unit(f: Fields, result: Reported, unit: str, measurand: Measurand) -> Reported:
    """The result in the unit of the measurand; another one is converted and said."""
    try:
        there = parse_unit(unit)
    except Refused as refused:
        f.report("comparison.protocol.unit", "unit", severity="error", **reason(refused.findings[0]))
        return result
    here = parse_unit(measurand.unit)
    if there == here:
        return result
    try:
        value, factor = float(convert(result.value, there, here)), ratio(there, here)
    except Refused:
        f.report("comparison.submission.dimension", "unit", measurand=measurand.id, unit=unit, expected=measurand.unit)
        return result
    f.report("comparison.submission.converted", "unit", severity="note", measurand=measurand.id, unit=unit,
             expected=measurand.unit, value=value)  # fmt: skip
    U, u = (None if x is None else factor * x for x in (result.U, result.u))
    return dataclasses.replace(result, value=value, factor=factor, U=U, u=u)


def _line(f: Fields) -> BudgetLine | None:
    name, u = f.text("name", required=True), real(f, "u", required=True)
    sensitivity, dof = real(f, "sensitivity"), real(f, "dof")
    more = {key: f.text(key) for key in ("issuer", "certificate", "place")}
    distribution = f.text("distribution") or "normal"
    f.close()
    if u is None:
        return None
    if u < 0.0 or not math.isfinite(u):
        f.report("comparison.protocol.positive", "u", field="u", given=u)
    if bool(more["issuer"]) != bool(more["certificate"]):
        f.report("comparison.submission.half_named", "certificate", severity="warning", name=name)
    return BudgetLine(name, u, 1.0 if sensitivity is None else sensitivity, dof, distribution, **more)


def _file(f: Fields) -> Attached | None:
    name, media, text = f.text("name", required=True), f.text("media"), f.content.get("content")
    f.asked.add("content")
    f.close()
    try:
        content = base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content:
        f.report("comparison.submission.file", "content", name=name)
        return None
    return Attached(name, media, hashlib.sha256(content).hexdigest(), content)
