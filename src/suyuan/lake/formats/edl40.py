"""EDL40: signed meter readings of charging stations in SML, in an XML container or as bytes.

The signature covers 320 bytes laid out from parts of the list response, little-endian: server-id (10), local time in
seconds (4), status (1), seconds index (4), pagination (4), OBIS (6), unit (1), scaler (1), value (8), log book (2),
contract (128, filled with 0), local time of the contract (4), 147 zeros; ECDSA with SHA-256, r and s one after the
other, then the log book. The layout is that of the transparency software and verifies its published sample. Where a
part is missing, or for another register, nothing is claimed: «cannot verify».
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from suyuan.lake.formats import sml
from suyuan.lake.formats.imported import NO_TIME, Imported, RawStream
from suyuan.lake.formats.signed_container import BROKEN, Carried, Told, carried, column, is_container
from suyuan.quantity.finding import Refused, finding
from suyuan.signature.ecdsa import Signed, verify
from suyuan.signature.key import PublicKey, unwrapped
from suyuan.signature.verdict import Verdict, cannot_verify

RULE = "EDL40 (FNN Lastenheft EDL; SML)"
SIGNED_REGISTER = bytes.fromhex("0100011100ff")
"""1-0:1.17.0*255, the register for which the layout is confirmed."""
_CONTRACT = bytes.fromhex("8182815401ff")
_PAGINATION = bytes.fromhex("8180817101ff")
_SECONDS = bytes.fromhex("810060080001")
_UNITS = {30: "Wh"}
"""DLMS codes of units that are known here; others stay empty."""
_CLOCK_SET = 946_684_800
"""Seconds of 2000-01-01: below it a clock counts from its own start."""
_DIGITS = re.compile(rb"[0-9a-fA-F]")
_NEARLY = 0.95
_CURVES = {48: "secp192r1", 64: "secp256r1"}
_CLOCK_END = 253_402_300_800
"""Seconds of the year 10000."""
SIZE = 320


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of a list: register, status, (UTC seconds, seconds that local time is ahead) or None, unit, scaler,
    value."""

    name: bytes
    status: int
    time: tuple[int, int] | None
    unit: int
    scaler: int
    value: Any


@dataclass
class _File:
    told: Told = field(default_factory=Told)
    rows: list[tuple[_Entry, dict[str, Any]]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)


def read(content: bytes, *, name: str = "", zone: str = "", keys: Mapping[str, str] | None = None) -> Imported:
    """EDL40 records with the verdict on each signature.

    keys: server-id in hexadecimal digits («» for all) → public key as text, from a source apart from the file. zone:
    not used, times are UTC. Raises Refused formats.file.…, certificate.xml.….
    """
    file = _File()
    if is_container(content):
        records = carried(content, file.told)
    else:
        records = [Carried(content, "EDL40", "", "", "", "", name or "byte 0")]
    for one in records:
        _record(file, one, keys or {})
    if not file.records and any(f.severity == "error" for f in file.told.found):
        raise Refused(*file.told.found)
    if not file.records:
        shown = content[:40].decode("latin-1").strip()
        refusal = finding("formats.file.other", name or "byte 0", format="EDL40 (SML)", given=shown)
        raise Refused(*file.told.found, refusal)
    facts = {"records": file.records, "signatures": dict(file.told.states)}
    return Imported("EDL40", "", _streams(file), dict(file.told.unread), file.told.sealed(name), facts)


def _record(file: _File, one: Carried, keys: Mapping[str, str]) -> None:
    raw = one.content if sml.START in one.content else unwrapped(one.content.decode("latin-1"))
    if raw is None or sml.START not in raw:
        if _damaged(one.content, raw):
            file.told.report("lake.sml.damaged", one.where, "error", RULE)
        file.told.unread[f"signedData {one.format or 'of another kind'}"] += 1
        return
    try:
        sent = sml.transport(raw)
    except sml.Broken as broken:
        file.told.report("lake.sml.broken", one.where, "error", RULE, byte=broken.at)
        file.told.unread["record"] += 1
        return
    if not sent.sound:
        file.told.report("lake.sml.checksum", one.where, "error", RULE)
    responses = sml.list_responses(sent.messages)
    if not responses and not sent.sound:
        file.told.report("lake.sml.damaged", one.where, "error", RULE)
        file.told.unread["record"] += 1
    for response in responses:
        _response(file, one, response, sent.sound, keys)


def _damaged(content: bytes, raw: bytes | None) -> bool:
    """Whether what does not begin as an SML message was one: an escape of one is there, or nearly all its text, and not
    all, is hexadecimal digits."""
    if raw is not None and sml.ESCAPE in raw:
        return True
    digits, size = len(_DIGITS.findall(content)), len(b"".join(content.split()))
    return 100 < digits < size and digits >= _NEARLY * size


def _response(file: _File, one: Carried, response: list[Any], sound: bool, keys: Mapping[str, str]) -> None:
    server = response[1] if isinstance(response[1], bytes) else b""
    listed = response[4] if isinstance(response[4], list) else []
    entries = [e for e in map(_entry, listed) if e is not None]
    file.told.unread.update({"list entry": len(listed) - len(entries)} if len(entries) < len(listed) else {})
    by_name = {e.name: e for e in entries}
    signature = response[5] if isinstance(response[5], bytes) else None
    verdict = _verdict(one, server, by_name, signature, keys)
    if not sound and verdict.state == "cannot_verify":
        verdict = cannot_verify(one.where, verdict.algorithm, "lake.sml.changed")
    file.told.judged(verdict)
    pages, seconds = by_name.get(_PAGINATION), by_name.get(_SECONDS)
    record = {
        "where": one.where, "transaction": one.transaction, "context": one.context, "server": server.hex(),
        "pagination": _whole(pages.value if pages else None), "seconds index": _whole(_index(seconds)),
        "signature": verdict.state, "reason": verdict.reason, "trusted": verdict.trusted, "sound": sound,
    }  # fmt: skip
    file.records.append(record)
    for entry in entries:
        if entry.name == _CONTRACT:
            file.told.unread["contract"] += 1  # names a person: it is signed over, and not copied
        elif isinstance(entry.value, int) and entry.name not in (_PAGINATION, _SECONDS):
            file.rows.append((entry, record))
        elif entry.name not in (_PAGINATION, _SECONDS):
            file.told.unread[register(entry.name)] += 1


def register(name: bytes) -> str:
    """An OBIS code as it is written.

    >>> register(SIGNED_REGISTER)
    '1-0:1.17.0*255'
    """
    if len(name) != 6:
        return name.hex()
    return f"{name[0]}-{name[1]}:{name[2]}.{name[3]}.{name[4]}*{name[5]}"


def _entry(given: Any) -> _Entry | None:
    if not isinstance(given, list) or len(given) != 7 or not isinstance(given[0], bytes):
        return None
    name, status, time, unit, scaler, value, _ = given
    status = status if isinstance(status, int) else 0
    unit = unit if isinstance(unit, int) else 0
    scaler = scaler if isinstance(scaler, int) and abs(scaler) < 20 else 0
    return _Entry(name, status, _time(time), unit, scaler, value)


def _time(given: Any) -> tuple[int, int] | None:
    """Choice 2: UTC seconds; choice 3: [UTC seconds, minutes of zone, minutes of summer time]."""
    if not isinstance(given, list) or len(given) != 2:
        return None
    choice, value = given
    if choice == 2 and isinstance(value, int):
        return value, 0
    if choice == 3 and isinstance(value, list) and len(value) == 3 and all(isinstance(v, int) for v in value):
        return value[0], 60 * (value[1] + value[2])
    return None


def _index(entry: _Entry | None) -> int | None:
    """The seconds index: a time inside the value, [1, [1, index]]."""
    value = entry.value if entry else None
    while isinstance(value, list) and len(value) == 2:
        value = value[1]
    return value if isinstance(value, int) else None


def _whole(value: Any) -> str:
    return str(value) if isinstance(value, int) else ""


# ---------------------------------------------------------------- the signed bytes


def _verdict(
    one: Carried, server: bytes, entries: Mapping[bytes, _Entry], signature: bytes | None, keys: Mapping[str, str]
) -> Verdict:
    given = next((keys[s] for s in (server.hex(), "") if s in keys), None)
    content = unwrapped(given if given is not None else one.key)
    curve = _CURVES.get(len(content or b""), "secp192r1")
    algorithm = f"ECDSA-{curve}-SHA256"
    if signature is None or len(signature) < 4:
        return cannot_verify(one.where, algorithm, "signature.bytes.missing")
    main = entries.get(SIGNED_REGISTER)
    if main is None:
        return cannot_verify(one.where, algorithm, "signature.scheme.unconfirmed", form="EDL40, other register")
    message = laid_out(server, entries, signature[-2:])
    if isinstance(message, str):
        return cannot_verify(one.where, algorithm, "lake.sml.signature", part=message)
    if given is not None and content is None:
        content = given.encode("utf-8")
    key = None if content is None else PublicKey(content, curve, own=given is None)
    return verify(Signed(message, signature[:-2], algorithm, True, one.where), key)


def laid_out(server: bytes, entries: Mapping[bytes, _Entry], log: bytes) -> bytes | str:
    """The 320 signed bytes, or the name of the part that is missing."""
    main, contract = entries.get(SIGNED_REGISTER), entries.get(_CONTRACT)
    pages, index = entries.get(_PAGINATION), _index(entries.get(_SECONDS))
    if main is None or main.time is None or not isinstance(main.value, int):
        return "value"
    if len(server) != 10:
        return "server-id"
    if contract is None or contract.time is None or not isinstance(contract.value, bytes) or len(contract.value) > 128:
        return "contract"
    if pages is None or not isinstance(pages.value, int):
        return "pagination"
    if index is None:
        return "seconds index"
    parts = (
        server, _little(sum(main.time), 4), _little(main.status, 1), _little(index, 4), _little(pages.value, 4),
        main.name, _little(main.unit, 1), _little(main.scaler, 1), _little(main.value, 8), log,
        contract.value.ljust(128, b"\0"), _little(sum(contract.time), 4),
    )  # fmt: skip
    return b"".join(parts).ljust(SIZE, b"\0")


def _little(value: int, size: int) -> bytes:
    return (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")


# ---------------------------------------------------------------- streams


def _streams(file: _File) -> tuple[RawStream, ...]:
    grouped: dict[tuple[str, bytes, int, int], list[tuple[_Entry, dict[str, Any]]]] = {}
    for entry, record in file.rows:
        grouped.setdefault((record["server"], entry.name, entry.unit, entry.scaler), []).append((entry, record))
    return tuple(_stream(file, key, rows) for key, rows in grouped.items())


def _stream(file: _File, key: tuple[str, bytes, int, int], rows: list[tuple[_Entry, dict[str, Any]]]) -> RawStream:
    server, name, code, scaler = key
    unit = _UNITS.get(code, "")
    if not unit:
        file.told.report("formats.unit.unknown", rows[0][1]["where"], "warning", RULE, column=register(name),
                         unit=f"DLMS {code}")  # fmt: skip
    times, marks = [], []
    for entry, record in rows:
        mark = [] if record["sound"] else ["transport checksum"]
        if record["signature"] == "failed":
            mark.append(BROKEN)
        seconds = entry.time[0] if entry.time else None
        if seconds is not None and not _CLOCK_SET <= seconds < _CLOCK_END:
            file.told.report("lake.sml.clock", record["where"], "warning", RULE, seconds=seconds)
            mark.append("clock not set")
            seconds = None
        if entry.status:
            mark.append(f"status {entry.status:#x}")
        times.append(NO_TIME if seconds is None else seconds * 1_000_000)
        marks.append("; ".join(mark))
    flags = tuple(dict.fromkeys(["", *marks]))
    labels = {
        "signature": column(r["signature"] for _, r in rows),
        "pagination": column(r["pagination"] for _, r in rows),
        "seconds index": column(r["seconds index"] for _, r in rows),
        "clock": column("" if e.time is None else str(e.time[0]) for e, _ in rows),
    }
    return RawStream(
        name=register(name), time=np.array(times, dtype=np.int64),
        value=np.array([float(f"{e.value}e{scaler}") for e, _ in rows]), quantity="energy" if unit == "Wh" else "",
        unit=unit, instrument=server, resolution=float(f"1e{scaler}"),
        flag=np.array([flags.index(m) for m in marks], dtype=np.int64) if len(flags) > 1 else None, flags=flags,
        labels=labels, facts={"register": register(name)},
    )  # fmt: skip
