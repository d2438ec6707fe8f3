"""PCDF: charging records of direct-current chargers, one line of `(KEY:value)` fields with key and signature inside.

Signed is the text before `(SG:` (ECDSA over secp256r1 with SHA-256, as the transparency software has it; its published
good and bad sample come out so). The energy RV is that of the charging session until the time CT.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from suyuan.lake.formats.clock import folded, times
from suyuan.lake.formats.decoded import decoded
from suyuan.lake.formats.imported import NO_TIME, Imported, RawStream
from suyuan.lake.formats.printed import numbers
from suyuan.lake.formats.signed_container import BROKEN, Told, column
from suyuan.quantity.finding import Refused, finding
from suyuan.signature.ecdsa import Signed, verify
from suyuan.signature.key import PublicKey, unwrapped
from suyuan.signature.verdict import Verdict

RULE = "PCDF"
ALGORITHM = "ECDSA-secp256r1-SHA256"
_RECORD = re.compile(r"(?:\b128\.8\.0)?(?:\([A-Z]{2,3}:[^()]*\))+")
_FIELD = re.compile(r"\(([A-Z]{2,3}):([^()]*)\)")
_READ = frozenset(("ST", "CT", "CD", "TV", "BV", "CSC", "SP", "RV", "CS", "HW", "DT", "PK", "SG"))
_STATES = {
    "TV": ("充电机的时间无效", "its time is not valid"),
    "BV": ("电能表有错，不能计费", "its meter has an error, billing is not possible"),
    "SP": ("不是充电过程的最后一条记录", "this is not the last record of the session"),
}


@dataclass
class _File:
    told: Told = field(default_factory=Told)
    rows: list[dict[str, str]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)


def is_pcdf(text: str) -> bool:
    """Whether a text is one, by its beginning."""
    return re.match(r"[\x02\s]*(\\u0002)?(128\.8\.0)?\([A-Z]{2,3}:", text) is not None and "(RV:" in text


def read(
    content: bytes, *, name: str = "", zone: str = "", fold: str = "", keys: Mapping[str, str] | None = None
) -> Imported:
    """PCDF records with the verdict on each signature.

    keys: hardware number («» for all) → public key as text, from a source apart from the file. zone: of the times,
    which state none; fold: which of two hours it was. Raises Refused formats.file.…, formats.time.zone_unknown.
    """
    text, _ = decoded(content, name)
    file = _File()
    for number, match in enumerate(_RECORD.finditer(text), start=1):
        fields = dict(_FIELD.findall(match[0]))
        if "RV" in fields or "SG" in fields:
            _record(file, match[0], fields, f"record {number}", keys or {})
        else:
            file.told.unread["record"] += 1
    if not file.rows:
        refusal = finding("formats.file.other", name or "line 1", format="PCDF", given=text[:40].strip())
        raise Refused(*file.told.found, refusal)
    facts = {"records": file.records, "signatures": dict(file.told.states)}
    streams = _streams(file, (zone, fold))
    local = bool(zone) and any((s.time != NO_TIME).any() for s in streams)
    return Imported("PCDF", "", streams, dict(file.told.unread), folded(file.told.sealed(name)), facts, local)


def _record(file: _File, text: str, fields: dict[str, str], where: str, keys: Mapping[str, str]) -> None:
    for key in fields.keys() - _READ:
        file.told.unread[key] += 1
    verdict = _verdict(text, fields, where, keys)
    file.told.judged(verdict)
    marks = [BROKEN] if verdict.state == "failed" else []
    for key, (zh, en) in _STATES.items():
        if fields.get(key) == "0":
            marks.append(en)
            file.told.report("lake.pcdf.state", where, "warning", RULE, meaning_zh=zh, meaning_en=en)
    file.records.append({
        "where": where, "hardware": fields.get("HW", ""), "software checksum": fields.get("CS", ""),
        "counter": fields.get("CSC", ""), "signature": verdict.state, "reason": verdict.reason,
        "trusted": verdict.trusted,
    })  # fmt: skip
    file.rows.append({**fields, "where": where, "signature": verdict.state, "marks": "; ".join(marks)})


def _verdict(text: str, fields: Mapping[str, str], where: str, keys: Mapping[str, str]) -> Verdict:
    given = next((keys[s] for s in (fields.get("HW", ""), "") if s in keys), None)
    content = unwrapped(given if given is not None else fields.get("PK", ""))
    if given is not None and content is None:
        content = given.encode("utf-8")
    key = None if content is None else PublicKey(content, "secp256r1", own=given is None)
    printed = fields.get("SG", "")
    signature = unwrapped(printed, "hex") if printed else None
    if printed and signature is None:
        signature = printed.encode("utf-8")
    message = text[: text.index("(SG:")] if "(SG:" in text else text
    return verify(Signed(message.encode("utf-8"), signature, ALGORITHM, where=where), key)


def _streams(file: _File, clocks: tuple[str, str]) -> tuple[RawStream, ...]:
    grouped: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in file.rows:
        printed, star, unit = row.get("RV", "").partition("*")
        if not star:
            file.told.report("lake.pcdf.field", row["where"], "warning", RULE, field="RV", given=printed[:40])
        grouped.setdefault((row.get("HW", ""), unit), []).append({**row, "RV": printed})
    return tuple(_stream(file, key, rows, clocks) for key, rows in grouped.items())


def _stream(file: _File, key: tuple[str, str], rows: list[dict[str, str]], clocks: tuple[str, str]) -> RawStream:
    import pyarrow as pa

    hardware, unit = key
    if unit not in ("kWh", "Wh"):
        file.told.report("formats.unit.unknown", rows[0]["where"], "warning", RULE, column="RV", unit=unit[:40])
    lines = np.arange(1, len(rows) + 1)
    numeric = numbers(pa.array([r["RV"] for r in rows], pa.string()), "RV", lines)
    printed = pa.array([_printed(r.get("CT", "")) for r in rows], pa.string())
    clock = times(printed, zone=clocks[0], column="CT", lines=lines, fold=clocks[1])
    file.told.add(*numeric.findings, *clock.findings)
    marks = [
        "; ".join(m for m in (r["marks"], numeric.flags[numeric.flag[n]] if numeric.flag is not None else "") if m)
        for n, r in enumerate(rows)
    ]
    flags = tuple(dict.fromkeys(["", *marks]))
    labels = {
        "signature": column(r["signature"] for r in rows),
        "session begins": column(_printed(r.get("ST", "")) for r in rows),
        "duration": column(r.get("CD", "") for r in rows),
    }
    return RawStream(
        name="128.8.0", time=clock.instant, value=numeric.value, quantity="energy", unit=unit, instrument=hardware,
        resolution=numeric.resolution,
        flag=np.array([flags.index(m) for m in marks], dtype=np.int64) if len(flags) > 1 else None, flags=flags,
        labels=labels | clock.labels, facts={"meaning": "energy of the charging session until its time"},
    )  # fmt: skip


def _printed(text: str) -> str:
    """«200501162017» as a time; what is not of this form stays as it is."""
    match = re.fullmatch(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)", text)
    return f"20{match[1]}-{match[2]}-{match[3]} {match[4]}:{match[5]}:{match[6]}" if match else text
