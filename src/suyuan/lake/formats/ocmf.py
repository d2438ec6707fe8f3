"""OCMF (Open Charge Metering Format): signed meter readings of charging stations, alone or in an XML container.

A record is `OCMF|payload|signature`. The payload is signed exactly as it stands. Each register (OBIS code, unit) of a
meter is one stream: import and export never share one. Fields that a reading does not repeat are those of the reading
before it in the same record. A time that is not synchronised, a meter that is not well and an error flag are the
device's marks on each reading; what the signature proves stands beside, as the label «signature».
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.clock import times
from suyuan.lake.formats.decoded import decoded
from suyuan.lake.formats.imported import NO_TIME, Imported, RawStream
from suyuan.lake.formats.printed import numbers
from suyuan.lake.formats.signed_container import BROKEN, Carried, Told, carried, column, is_container
from suyuan.quantity.fields import Printed
from suyuan.quantity.finding import Refused, finding
from suyuan.quantity.table import Row, load
from suyuan.quantity.unit import parse_unit
from suyuan.signature.ecdsa import Signed, verify
from suyuan.signature.key import PublicKey, unwrapped
from suyuan.signature.verdict import Verdict

RULE = "OCMF 1.0"
DEFAULT = "ECDSA-secp256r1-SHA256"
"""The algorithm of a record that names none (OCMF 1.0, table 22)."""

_KNOWN = {
    "FV": "format version", "GI": "gateway", "GS": "gateway serial", "GV": "gateway version", "PG": "pagination",
    "MV": "meter vendor", "MM": "meter model", "MS": "meter serial", "MF": "meter firmware", "IS": "user assigned",
    "IL": "assignment level", "IF": "assignment details", "IT": "identification type", "CT": "charge point type",
    "CI": "charge point", "TT": "tariff", "LC": "loss compensation", "CF": "charge controller firmware",
}  # fmt: skip
_INHERITED = ("TM", "TX", "RI", "RU", "RT", "ST", "EF")
_READING = frozenset((*_INHERITED, "RV", "CL"))
_SIGNATURE = frozenset(("SA", "SE", "SM", "SD"))
_OBIS = re.compile(r"(?:[\da-fA-Fb]+-[\da-zA-Z]+:)?(\d+)\.(\d+)\.(\d+)")
_TIME = re.compile(r"(.*?)(?: ([A-Za-z]))?\s*")


@dataclass(frozen=True, slots=True)
class _Read:
    """One reading: fields as texts, and what its record says."""

    fields: Mapping[str, str]
    record: Mapping[str, Any]
    where: str


@dataclass
class _File:
    told: Told = field(default_factory=Told)
    readings: list[_Read] = field(default_factory=list)
    records: list[Mapping[str, Any]] = field(default_factory=list)


def read(content: bytes, *, name: str = "", zone: str = "", keys: Mapping[str, str] | None = None) -> Imported:
    """OCMF records with the verdict on each signature.

    keys: serial number of a meter or gateway («» for all) → public key as text, from a source apart from the file; they
    govern over a key beside the record, which shows integrity only. zone: not used, as every time states its own.
    Facts: «records» with what each says of itself and its verdict, «signatures» with how many of each verdict.
    Raises Refused formats.file.…, certificate.xml.….

    >>> made = read(b'OCMF|{"MS":"7","RD":[{"TM":"2021-09-02T12:29:53,000+0200 U","RV":"1.50","RI":"1-0:1.8.0",'
    ...             b'"RU":"kWh","ST":"G"}]}|{"SD":""}')
    >>> one = made.streams[0]
    >>> one.value.tolist(), one.resolution, one.flag_texts.tolist(), made.facts["signatures"]
    ([1.5], 0.01, ['time U'], {'cannot_verify': 1})
    """
    file = _File()
    for one in _carried(content, name, file.told):
        _record(file, one, keys or {})
    if not file.records:
        if any(f.code == "formats.xml.cut" for f in file.told.found):
            raise Refused(*file.told.found)
        raise Refused(*file.told.found, finding("formats.file.other", name or "line 1", format="OCMF",
                                                given=content[:40].decode("latin-1").strip()))  # fmt: skip
    _check_pagination(file)
    streams = _streams(file)
    facts = {"records": file.records, "signatures": dict(file.told.states)}
    version = str(file.records[0].get("format version", ""))
    return Imported("OCMF", version, streams, dict(file.told.unread), file.told.sealed(name), facts)


def _carried(content: bytes, name: str, told: Told) -> list[Carried]:
    """The records of a container, or the lines of a file of bare records."""
    if is_container(content):
        found = []
        for one in carried(content, told):
            if one.content.lstrip()[:5] == b"OCMF|":
                found.append(one)
            else:
                told.unread[f"signedData {one.format or 'of another kind'}"] += 1
        return found
    decoded(content, name)
    starts = [m.start() for m in re.finditer(rb"OCMF\|", content)]
    return [
        Carried(content[a:b].strip(), "OCMF", "", "", "", "", f"record {n}")
        for n, (a, b) in enumerate(zip(starts, [*starts[1:], len(content)], strict=False), start=1)
    ]


def _record(file: _File, one: Carried, keys: Mapping[str, str]) -> None:
    """One record: payload, signature section, verdict, readings."""
    _, _, rest = one.content.partition(b"|")
    payload, bar, tail = rest.rpartition(b"|")
    if not bar:
        payload, tail = rest, b""
    body = _object(payload)
    if body is None:
        file.told.report("lake.ocmf.payload", one.where, "error", RULE, given=_shown(payload))
        file.told.unread["record"] += 1
        return
    section = _object(tail) or {}
    for key in body:
        if key not in _KNOWN and key != "RD":
            file.told.unread[key] += 1
    for key in section.keys() - _SIGNATURE:
        file.told.unread[f"signature/{key}"] += 1
    said: dict[str, Any] = {long: _text(body[short]) for short, long in _KNOWN.items() if short in body}
    rows = body.get("RD")
    rows = [r for r in rows if isinstance(r, dict)] if isinstance(rows, list) else []
    verdict = _verdict(one, payload, section, said, keys)
    file.told.judged(verdict)
    record = {"where": one.where, "transaction": one.transaction, "context": one.context, **said,
              "signature": verdict.state, **({"reason": verdict.reason} if verdict.reason else {}),
              "trusted": verdict.trusted}  # fmt: skip
    file.records.append(record)
    if not rows:
        file.told.report("lake.ocmf.readings", one.where, "warning", RULE)
    before: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        for key in row.keys() - _READING:
            file.told.unread[f"RD/{key}"] += 1
        fields = {k: _text(v) for k, v in row.items() if k in _READING}
        before = {k: fields.get(k, before.get(k, "")) for k in _INHERITED}
        whole = before | {k: fields[k] for k in ("RV", "CL") if k in fields}
        file.readings.append(_Read(whole, record, f"{one.where} RD[{number}]"))


def _object(part: bytes) -> dict[str, Any] | None:
    """A JSON object whose numbers keep their digits; None where the bytes are none."""
    try:
        made = json.loads(part.decode("utf-8"), parse_float=Printed, parse_int=Printed, parse_constant=Printed)
    except (ValueError, RecursionError):
        return None
    return made if isinstance(made, dict) else None


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _shown(part: bytes) -> str:
    return part[:40].decode("utf-8", "replace")


def _verdict(
    one: Carried, payload: bytes, section: Mapping[str, Any], said: Mapping[str, Any], keys: Mapping[str, str]
) -> Verdict:
    """The verdict over the payload exactly as it stands."""
    algorithm = _text(section.get("SA")) or DEFAULT
    encoding = _text(section.get("SE")) or "hex"
    text = _text(section.get("SD"))
    signature = unwrapped(text, encoding) if text else None
    if text and signature is None:
        signature = text.encode("utf-8")  # no bytes of a signature: it will be told as malformed
    serials = (str(said.get("meter serial", "")), str(said.get("gateway serial", "")), "")
    given = next((keys[s] for s in serials if s in keys), None)
    key = one.own_key()
    if given is not None:
        content = unwrapped(given)
        key = PublicKey(content or given.encode("utf-8"))
    return verify(Signed(payload, signature, algorithm, where=one.where), key)


def _check_pagination(file: _File) -> None:
    """Records of one gateway and counter must follow one another without a gap (OCMF 1.0, signing and verification)."""
    last: dict[tuple[str, str], int] = {}
    for record in file.records:
        match = re.fullmatch(r"([A-Za-z]*)(\d{1,18})", str(record.get("pagination", "")))
        if match is None:
            continue
        series = str(record.get("gateway serial") or record.get("meter serial") or "")
        before, now = last.get((series, match[1])), int(match[2])
        if before is not None and now != before + 1:
            about = {"before": f"{match[1]}{before}", "now": match[0]}
            file.told.report("lake.ocmf.pagination", str(record["where"]), "warning", RULE, **about)
        last[(series, match[1])] = now


# ---------------------------------------------------------------- streams


def _streams(file: _File) -> tuple[RawStream, ...]:
    grouped: dict[tuple[str, str, str], list[_Read]] = {}
    for one in file.readings:
        meter = str(one.record.get("meter serial") or one.record.get("gateway serial") or "")
        grouped.setdefault((meter, one.fields["RI"], one.fields["RU"]), []).append(one)
    return tuple(_stream(file, key, rows) for key, rows in grouped.items())


def _stream(file: _File, key: tuple[str, str, str], rows: list[_Read]) -> RawStream:
    import pyarrow as pa

    meter, register, unit = key
    lines = np.arange(1, len(rows) + 1)
    name = register or "register not stated"
    printed = [_TIME.fullmatch(r.fields["TM"]) for r in rows]
    clock = times(pa.array([m[1] if m else "" for m in printed], pa.string()), column=f"{name} TM", lines=lines)
    numeric = numbers(pa.array([r.fields.get("RV", "") for r in rows], pa.string()), name, lines)
    file.told.add(*clock.findings, *numeric.findings)
    _check_unit(file, rows[0].where, name, unit)
    synchronised = [(m[2] or "") if m else "" for m in printed]
    flag, flags = _flags(file, rows, synchronised, numeric.flag, numeric.flags)
    _check_order(file, name, rows, numeric.value)
    obis = _obis(register)
    if obis is None:
        file.told.report("lake.ocmf.register", rows[0].where, "note", RULE, register=name)
    facts = {"register": register, "current": rows[0].fields["RT"], **(obis or {})}
    for word in ("meter vendor", "meter model", "meter firmware", "gateway", "gateway serial", "loss compensation"):
        facts[word] = str(rows[0].record.get(word, ""))
    labels: dict[str, NDArray[Any]] = {
        "signature": column(str(r.record["signature"]) for r in rows),
        "pagination": column(str(r.record.get("pagination", "")) for r in rows),
        "transaction": column(r.fields["TX"] for r in rows),
        "time status": column(synchronised),
    }
    if any("CL" in r.fields for r in rows):
        labels["cumulated loss"] = column(r.fields.get("CL", "") for r in rows)
    if (clock.instant == NO_TIME).any():
        labels["time as printed"] = column(r.fields["TM"] for r in rows)
    return RawStream(
        name=name, time=clock.instant, value=numeric.value, quantity="energy" if unit in ("Wh", "kWh") else "",
        unit=unit, instrument=meter, place=str(rows[0].record.get("charge point", "")), resolution=numeric.resolution,
        flag=flag, flags=flags, labels=labels, facts={k: v for k, v in facts.items() if v},
    )  # fmt: skip


def _check_unit(file: _File, where: str, name: str, unit: str) -> None:
    if not unit:
        file.told.report("formats.unit.missing", where, "warning", RULE, count=1)
        return
    try:
        parse_unit(unit)
    except Refused:
        file.told.report("formats.unit.unknown", where, "warning", RULE, column=name, unit=unit[:40])


def _flags(
    file: _File, rows: list[_Read], synchronised: list[str], flag: NDArray[np.int64] | None, texts: tuple[str, ...]
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """The marks of each reading: a signature that does not fit, clock, meter status, error flags, text in place of a
    number."""
    known: dict[str, int] = {"": 0}
    made = np.zeros(len(rows), dtype=np.int64)
    for at, one in enumerate(rows):
        marks = [BROKEN] if one.record["signature"] == "failed" else []
        if synchronised[at] != "S":
            marks.append(f"time {synchronised[at] or 'status not stated'}")
            file.told.report("lake.ocmf.clock", one.where, "warning", f"{RULE}, table 19", state=synchronised[at])
        status = one.fields["ST"]
        if status != "G":
            marks.append(f"meter {status or 'status not stated'}")
            meaning = _meanings("ocmf_status").get(status)
            about = {f"meaning_{w}": meaning[w] if meaning else "?" for w in ("zh", "en")}
            file.told.report("lake.ocmf.status", one.where, "warning", f"{RULE}, table 10", status=status, **about)
        if one.fields["EF"]:
            marks.append(f"errors {one.fields['EF']}")
            file.told.report("lake.ocmf.errors", one.where, "warning", f"{RULE}, table 7", flags=one.fields["EF"])
        if flag is not None and flag[at]:
            marks.append(texts[flag[at]])
        made[at] = known.setdefault("; ".join(marks), len(known))
    return (made, tuple(known)) if len(known) > 1 else (None, ("",))


def _check_order(file: _File, name: str, rows: list[_Read], value: NDArray[np.float64]) -> None:
    """A register that ends below where it began within one record."""
    begin: dict[int, float] = {}
    for at, one in enumerate(rows):
        record = id(one.record)
        if one.fields["TX"] == "B":
            begin[record] = float(value[at])
        elif record in begin and value[at] < begin[record]:
            about = {"register": name, "first": begin[record], "last": float(value[at])}
            file.told.report("lake.ocmf.falls", one.where, "warning", RULE, **about)


def _obis(register: str) -> dict[str, str] | None:
    """What an OBIS code of a register says; None where the table does not have it."""
    match = _OBIS.match(register)
    row = _meanings("obis").get(f"{match[1]}.{match[2]}") if match else None
    if row is None:
        return None
    return {"direction": str(row["direction"]), "meaning": str(row["en"]), "status of meaning": str(row["status"])}


@cache
def _meanings(section: str) -> dict[str, Row]:
    return {str(row["code"]): row for row in load("suyuan.lake", f"charging.{section}")}
