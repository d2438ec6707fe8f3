"""HJ 212: telemetry of pollution monitoring in China, packets of text with a length and a checksum.

One stream is a factor and a kind of value («w01018-Avg») of one device (MN) under one command: minute means and hourly
means are not mixed. The codes of 2005 and of 2017 are both read and never made into one another. What the device says
of a value (N, D, M, C …) is its flag, as reported; a packet with a wrong checksum or length keeps its values, and the
fault stands behind the flag. The password of a packet is not kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.clock import Times, times
from suyuan.lake.formats.hj212_fields import Fields, fields
from suyuan.lake.formats.hj212_packets import Packets, packets
from suyuan.lake.formats.hj212_size import sizes
from suyuan.lake.formats.imported import NO_TIME, UNIT_FROM_TABLE, Imported, RawStream
from suyuan.lake.formats.printed import Numbers, numbers
from suyuan.quantity.finding import Finding, Refused, Severity, finding
from suyuan.quantity.table import Row, load

RULE = "HJ 212-2017"
ZONE = "Asia/Shanghai"
_IN_FORCE_2017 = 1_493_568_000_000_000
"""2017-05-01T00:00+08:00 in µs, from when HJ 212-2017 holds."""
_SHOWN = 12
_DIGITS = 14
"""Characters of a number that an instrument prints: a longer one is a computer's."""


@dataclass
class _File:
    packets: Packets
    fields: Fields
    clock: Times
    zone: str
    numeric: Numbers
    places: NDArray[np.int64]
    found: list[Finding] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    editions: dict[str, set[str]] = field(default_factory=dict)
    states: Counter[tuple[str, str]] = field(default_factory=Counter)

    def report(self, code: str, where: str, severity: Severity = "warning", **about: object) -> None:
        """Add a finding."""
        self.found.append(finding(code, where, severity, RULE, **about))


def is_hj212(content: bytes) -> bool:
    """Whether bytes begin with a packet."""
    head = content.lstrip()[:6]
    return head[:2] == b"##" and head[2:6].isdigit()


def read(content: bytes, *, name: str = "", zone: str = "", fold: str = "") -> Imported:
    """The packets of a file or stream: one stream a factor, kind of value, command and device.

    zone: of the sites' clocks, China's where none is named, and said; fold: which of two hours it was. Labels: «packet»
    (its number, from 1). Facts of the file: how many packets, how many with a wrong checksum or length, which devices
    and commands.
    Raises Refused formats.file.…, formats.time.zone_unknown.

    >>> made = read(b"##0075ST=32;CN=2011;MN=M1;CP=&&DataTime=20160824003817;011-Rtd=231.0,011-Flag=N&&0000")
    >>> one = made.streams[0]
    >>> one.name, one.quantity, one.unit, one.value.tolist(), one.flag_texts.tolist()
    ('011-Rtd', '化学需氧量', 'mg/L', [231.0], ['N; checksum'])
    """
    import pyarrow as pa

    if not content.strip():
        raise Refused(finding("formats.file.empty", name or "byte 0"))
    found = packets(content)
    if not len(found.begin):
        shown = content[:40].decode("latin-1").strip()
        raise Refused(finding("formats.file.other", name or "byte 0", format="HJ 212", given=shown))
    read_fields = fields(_texts(found), frozenset(_kinds()))
    clock = times(read_fields.data_time, ("%Y%m%d%H%M%S",), zone or ZONE, "DataTime", fold=fold)
    values = read_fields.text.cast(pa.string())
    numeric = numbers(values, "CP", read_fields.packet + 1)
    file = _File(found, read_fields, clock, zone or ZONE, numeric, places(values, numeric))
    file.found += numeric.findings
    _check_packets(file)
    cut = ~found.length_fits & ~found.checksum_fits & (found.stated > found.counted)
    if cut.all():  # nothing in the file says that a value is the one that was sent
        about: dict[str, Any] = {"count": len(cut), "stated": int(found.stated[0]), "counted": int(found.counted[0])}
        raise Refused(finding("lake.hj212.cut", name or "packet 1", **about), *file.found)
    _check_parts(file)
    streams = _streams(file)
    _check_codes(file)
    file.found += sizes((one, _codes().get(one.facts["code"])) for one in streams)
    unread = {k: n for k, n in read_fields.unread.items() if n}
    facts = {
        "packets": len(found.begin),
        "checksum wrong": int((~found.checksum_fits).sum()),
        "length wrong": int((~found.length_fits).sum()),
        "devices": _shown(read_fields.header["MN"]),
        "commands": _shown(read_fields.header["CN"]),
        "zone": file.zone,
    }
    return Imported("HJ 212", _version(file), streams, unread, tuple(file.found), facts, local=True)


def places(texts: Any, numeric: Numbers) -> NDArray[np.int64]:
    """How many places after the point each number is printed with (n,); −1 where that says nothing: no number, an
    exponent, or the digits of a computer."""
    import pyarrow.compute as pc

    plain = pc.utf8_trim_whitespace(texts)
    size, point = (np.asarray(a, dtype=np.int64) for a in (pc.binary_length(plain), pc.find_substring(plain, ".")))
    made = np.where(point < 0, 0, size - point - 1)
    odd = np.asarray(pc.match_substring_regex(plain, "[eE]")) | (size > _DIGITS) | np.isnan(numeric.value)
    return np.where(odd, -1, made)


def _texts(found: Packets) -> Any:
    """The data of packets as text; Chinese in them is GB 18030 where it is not UTF-8."""
    import pyarrow as pa

    raw = found.texts()
    try:
        return raw.cast(pa.large_string())
    except pa.ArrowInvalid:
        return pa.array([t.decode("gb18030", "replace") for t in raw.to_pylist()], pa.large_string())


def _shown(column: NDArray[Any]) -> list[str]:
    """The different texts of a column, at most a few."""
    return sorted({str(t) for t in np.unique(column.astype(str))} - {""})[:_SHOWN]


def _version(file: _File) -> str:
    """The edition that the packets name in their header: bits 2 to 7 of Flag; «» where they do not agree."""
    texts = np.unique(file.fields.header["Flag"].astype(str))
    stated = {(int(t) >> 2) & 63 for t in texts if t.isdecimal() and len(t) < 9}
    return {1: "2017", 0: "2005"}.get(stated.pop(), "") if len(stated) == 1 else ""


# ---------------------------------------------------------------- checks


def _check_packets(file: _File) -> None:
    """Checksum, length, data area, bytes outside, clock: each told once, with the first packet that has it."""
    p, f = file.packets, file.fields
    about: dict[str, Any]
    for code, bad, stated, own in (
        ("length", ~p.length_fits, p.stated, p.counted),
        ("checksum", ~p.checksum_fits, p.crc, p.computed),
    ):
        if bad.any():
            first = int(np.argmax(bad))
            shape = "04X" if code == "checksum" else "d"
            given = "?" if stated[first] < 0 else format(int(stated[first]), shape)
            about = {"count": int(bad.sum()), "packet": first + 1, "stated": given}
            if code == "length":
                file.report("lake.hj212.length", f"packet {first + 1}", **about, counted=int(own[first]))
            else:
                file.report("lake.hj212.checksum", f"packet {first + 1}", **about, computed=f"{int(own[first]):04X}")
    if not f.readable.all():
        first = int(np.argmax(~f.readable))
        given = p.content[int(p.begin[first]) : int(p.begin[first]) + 40].decode("latin-1")
        about = {"count": int((~f.readable).sum()), "packet": first + 1, "given": given}
        file.report("lake.hj212.content", f"packet {first + 1}", **about)
        f.unread["packet without a data area"] += int((~f.readable).sum())
    if p.outside:
        given = p.content[p.first_outside : p.first_outside + 40].decode("latin-1").strip()
        file.report("lake.hj212.outside", f"byte {p.first_outside}", count=p.outside, given=given)
    file.report("lake.hj212.zone", "DataTime", "note", zone=file.zone)
    file.found += (f for f in file.clock.findings if f.code != "formats.time.local")  # said just before
    if len(f.twice):
        first = int(f.twice[0])
        about = {
            "count": len(f.twice),
            "packet": int(f.packet[first]) + 1,
            "field": f.keys[f.key[first]],
        }
        file.report("lake.hj212.twice", f"packet {about['packet']}", **about)


def _check_parts(file: _File) -> None:
    """Messages that were split: parts PNO 1 … PNUM of one device, command and request number."""
    header = file.fields.header
    split = np.flatnonzero((header["PNUM"] != "") & (header["PNUM"] != "1"))
    whole: dict[tuple[str, ...], set[int]] = {}
    wanted: dict[tuple[str, ...], int] = {}
    for at in split:
        number, part = str(header["PNUM"][at]), str(header["PNO"][at])
        if not (number.isdecimal() and part.isdecimal() and len(number) < 6):
            continue
        name = tuple(str(header[k][at]) for k in ("MN", "CN", "QN"))
        whole.setdefault(name, set()).add(int(part))
        wanted[name] = max(wanted.get(name, 0), int(number))
    short = [n for n in whole if len(whole[n]) < wanted[n]]
    if short:
        first = short[0]
        given = f"MN={first[0][:30]} CN={first[1][:8]} QN={first[2][:20]}: {len(whole[first])}/{wanted[first]}"
        file.report("lake.hj212.parts", given, count=len(short), given=given)


def _check_codes(file: _File) -> None:
    """Codes and flags that the tables do not have, editions that are mixed, and what flags say of the readings."""
    if file.unknown:
        shown = ", ".join(list(file.unknown)[:_SHOWN])
        file.report("lake.hj212.code", "CP", count=len(file.unknown), codes=shown)
    if {"2005", "2017"} <= file.editions.keys():
        old, new = (", ".join(sorted(file.editions[e])[:6]) for e in ("2005", "2017"))
        file.report("lake.hj212.mixed", "CP", old=old, new=new)
    strange = sorted({f for f, edition in file.states if f and _flag_row(f, edition) is None})
    if strange:
        count = sum(n for (f, _), n in file.states.items() if f in strange)
        file.report("lake.hj212.flag", "CP", count=count, flags=", ".join(strange[:_SHOWN])[:80])
    for (flag, edition), count in sorted(file.states.items()):
        row = _flag_row(flag, edition)
        if row is not None and not row["normal"]:
            about = {f"meaning_{w}": row[w] for w in ("zh", "en")}
            if row["status"] == "from memory":
                about |= {
                    "doubt_zh": "2005 版标记表凭记忆，未核对",
                    "doubt_en": "by the table of 2005, from memory and not checked",
                }
            file.report("lake.hj212.state", "CP", count=count, flag=flag, **about)


# ---------------------------------------------------------------- streams


def _streams(file: _File) -> tuple[RawStream, ...]:
    """Values by device, system, command and key; within one in the order of the packets."""
    import pyarrow as pa
    import pyarrow.compute as pc

    f = file.fields
    if not len(f.key):
        return ()
    named = [pa.array(f.header[k].astype(str).tolist(), pa.string()) for k in ("MN", "ST", "CN")]
    station = pc.binary_join_element_wise(*named, "\x1f").dictionary_encode()
    stations = [tuple(t.split("\x1f")) for t in station.dictionary.to_pylist()]
    which = np.asarray(station.indices, dtype=np.int64)[f.packet] * len(f.keys) + f.key
    order = np.argsort(which, kind="stable")
    edges = np.flatnonzero(np.diff(which[order])) + 1
    faulty = ~file.packets.checksum_fits * 1 + ~file.packets.length_fits * 2
    made = []
    for rows in np.split(order, edges):
        place, key = divmod(int(which[rows[0]]), len(f.keys))
        made.append(_stream(file, stations[place], f.keys[key], rows, faulty))
    return tuple(made)


_FAULTS = ("", "checksum", "length", "checksum, length")


def _stream(
    file: _File, station: tuple[str, ...], key: str, rows: NDArray[np.int64], faulty: NDArray[np.int64]
) -> RawStream:
    device, system, command = station[0], station[1], station[2]
    f = file.fields
    packet = f.packet[rows]
    code, _, kind = key.rpartition("-")
    time = file.clock.instant[packet]
    printed = int(file.places[rows].max())
    row = _codes().get(code)
    edition = _edition(file, code, row, time)
    texted = None if file.numeric.flag is None else file.numeric.flag[rows]
    flag, flags = _marks(file, f.flag[rows], faulty[packet], texted, edition)
    total = bool(_kinds()[kind]["total"])
    unit = "" if row is None else str(row["total_unit"] if total else row["unit"])
    labels: dict[str, NDArray[Any]] = {"packet": packet + 1}
    if (time == NO_TIME).any():
        labels["time as printed"] = np.asarray(f.data_time.to_numpy(zero_copy_only=False), dtype=object)[packet]
    return RawStream(
        name=key, time=time, value=file.numeric.value[rows], quantity="" if row is None else str(row["zh"]), unit=unit,
        instrument=device, resolution=None if printed < 0 else 10.0**-printed, flag=flag, flags=flags, labels=labels,
        facts=_facts(code, kind, system, command, row),
    )  # fmt: skip


def _edition(file: _File, code: str, row: Row | None, time: NDArray[np.int64]) -> str:
    """The edition of a code by the table that has it; of an unknown one by the day of its readings."""
    if row is not None:
        file.editions.setdefault(str(row["edition"]), set()).add(code)
        return str(row["edition"])
    file.unknown[code] += 1
    known = time[time != NO_TIME]
    return "2005" if len(known) and known.min() < _IN_FORCE_2017 else "2017"


def _marks(
    file: _File, own: NDArray[np.int64], faulty: NDArray[np.int64], texted: NDArray[np.int64] | None, edition: str
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:  # fmt: skip
    """The device's flag, then the packet's fault, then a text in place of a number; as one mark."""
    count = np.bincount(own)
    for at in np.flatnonzero(count):
        if at:
            file.states[(file.fields.flags[at], edition)] += int(count[at])
    worded, texts = np.zeros(len(own), dtype=np.int64) if texted is None else texted, file.numeric.flags
    joined = (own * len(_FAULTS) + faulty) * len(texts) + worded
    different, flag = np.unique(joined, return_inverse=True)
    marks = []
    for one in different.tolist():
        rest, word = divmod(one, len(texts))
        device, fault = divmod(rest, len(_FAULTS))
        own_mark = _air_station(file.fields.flags[device], edition)
        marks.append("; ".join(m for m in (own_mark, _FAULTS[fault], texts[word]) if m))
    if marks == [""]:
        return None, ("",)
    return flag.astype(np.int64) + 1, ("", *marks)


def _air_station(flag: str, edition: str) -> str:
    """The digits of an air station in words: alone they mean something else to every other device."""
    return f"air station {flag}" if flag.isdigit() and _flag_row(flag, edition) is not None else flag


def _facts(code: str, kind: str, system: str, command: str, row: Row | None) -> dict[str, str]:
    table, named = _commands().get(command), _systems().get(system)
    facts = {
        "code": code, "kind": str(_kinds()[kind]["zh"]), "command": command, "system": system,
        "interval": "" if table is None else str(table["interval"]),
        "system name": "" if named is None else str(named["zh"]),
    }  # fmt: skip
    if row is not None:
        facts |= {"edition": str(row["edition"]), "name": str(row["en"]), "same code": str(row["same"]),
                  "status of code": str(row["status"]), "unit as stated": str(row.get("unit_text", ""))}  # fmt: skip
        if row["status"] != "confirmed":
            facts |= UNIT_FROM_TABLE
    return {k: v for k, v in facts.items() if v}


# ---------------------------------------------------------------- tables


@cache
def _codes() -> Mapping[str, Row]:
    return {str(r["code"]): r for r in load("suyuan.lake", "hj212.codes")}


@cache
def _kinds() -> Mapping[str, Row]:
    return {str(r["kind"]): r for r in load("suyuan.lake", "hj212.kinds")}


@cache
def _commands() -> Mapping[str, Row]:
    return {str(r["command"]): r for r in load("suyuan.lake", "hj212.commands")}


@cache
def _systems() -> Mapping[str, Row]:
    return {str(r["system"]): r for r in load("suyuan.lake", "hj212.systems")}


@cache
def _flag_row(flag: str, edition: str) -> Row | None:
    rows = load("suyuan.lake", "hj212.flags")
    return next((r for r in rows if r["flag"] == flag and r["edition"] == edition), None)
