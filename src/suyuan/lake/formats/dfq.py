"""AQDEF (Q-DAS .dfq): a line a value (K0001), or compact lines: 0x14 between fields, 0x0F between characteristics.

A characteristic is one stream. Keys with /0 hold for all parts, characteristics or values of the row. What the file
says of calibration is one remark a characteristic (K2035, K2076, K2106, K2229): it goes into the facts, and is no
certificate.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.clock import Times, folded, times
from suyuan.lake.formats.decoded import decoded
from suyuan.lake.formats.dfq_group import Groups
from suyuan.lake.formats.imported import NO_TIME, Imported, RawStream
from suyuan.lake.formats.printed import numbers
from suyuan.quantity.finding import Finding, Refused, Severity, finding
from suyuan.quantity.table import Row, load
from suyuan.quantity.unit import parse_unit

RULE = "AQDEF"
FIELD, CHARACTERISTIC = "\x14", "\x0f"
_LINE = re.compile(r"K(\d{4})(?:/(\d+))?(?:[ \t]+(.*))?")
_COMPACT = ("0001", "0002", "0004", "0005", "0006", "0007", "0008", "0010", "0011", "0012")
_COMPACT_ATTRIBUTIVE = ("0020", "0021", "", *_COMPACT[1:])
_ATTRIBUTIVE = frozenset({"1", "5", "6"})
"""K2004 of attributive characteristics and error log sheets: their value is a number of faults in a sample."""
_PATTERNS = tuple(
    f"{date}{gap}{time}"
    for date in ("%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d")
    for gap in ("/", " ")
    for time in ("%H:%M:%S", "%H:%M")
)


@dataclass
class _Values:
    """The values of one characteristic. texts, lines: as printed and where; more: key → index of the value → text."""

    texts: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    more: dict[str, dict[int, str]] = field(default_factory=dict)


@dataclass
class _File:
    parts: dict[int, dict[str, str]] = field(default_factory=dict)
    characteristics: dict[int, dict[str, str]] = field(default_factory=dict)
    part_of: dict[int, int] = field(default_factory=dict)
    values: dict[int, _Values] = field(default_factory=dict)
    head: dict[str, str] = field(default_factory=dict)
    groups: Groups = field(default_factory=Groups)
    unread: Counter[str] = field(default_factory=Counter)
    found: list[Finding] = field(default_factory=list)
    first: dict[str, tuple[int, str]] = field(default_factory=dict)
    part: int = 0
    unitless: int = 0
    zone: str = ""
    fold: str = ""

    def fault(self, code: str, line: int, given: str) -> None:
        """Count a fault that may stand on many lines; the first one is told with its line."""
        self.unread[code] += 1
        self.first.setdefault(code, (line, given))

    def report(self, code: str, where: str, severity: Severity = "warning", **parameters: object) -> None:
        """Add a finding."""
        self.found.append(finding(code, where, severity, RULE, **parameters))


def read(content: bytes, *, name: str = "", zone: str = "", fold: str = "") -> Imported:
    """An AQDEF file in either form: one stream a characteristic, with K0004 as time in `zone`.

    Flags are the attribute K0002 («attribute 255») and texts that stand in place of a number. Labels are the stated
    additional values (batch, nest, operator, machine, gauge …). An attributive characteristic has the number of faults
    (K0021) as value and the sample size (K0020) as label. Facts: nominal, limits, unit, calibration remarks.
    Raises Refused formats.file.…, formats.time.zone_unknown.

    >>> file = b"K0100 1\\nK1001/1 shaft\\nK2002/1 diameter\\nK2142/1 mm\\nK0001/1 12.01\\nK0001/1 12.03\\n"
    >>> one = read(file).streams[0]
    >>> one.name, one.unit, one.value.tolist(), one.resolution, one.facts["part number"]
    ('diameter', 'mm', [12.01, 12.03], 0.01, 'shaft')
    """
    text, encoding = decoded(content, name)
    file = _File(zone=zone, fold=fold)
    keys = 0
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if not line.strip(" \t\x1a"):
            continue
        match = _LINE.fullmatch(line.lstrip().rstrip("\x1a"))
        if match is not None:
            keys += 1
            _key(file, number, match[1], match[2], (match[3] or "").strip())
        elif FIELD in line or CHARACTERISTIC in line or _is_number(line):
            _compact(file, number, line)
        else:
            file.fault("formats.dfq.line", number, line[:40])
    if not keys or not (file.characteristics or file.values):
        raise Refused(finding("formats.file.other", name or "line 1", format="AQDEF", given=text[:40].strip()))
    _check(file)
    streams = tuple(_stream(file, index) for index in sorted(file.characteristics.keys() | file.values.keys()))
    if file.unitless:
        file.report("formats.unit.missing", "K2142", count=file.unitless)
    unread = {k.replace("formats.dfq.", ""): n for k, n in file.unread.items() if n}
    facts: dict[str, Any] = {"encoding": encoding, **_named(file.head, "file"), "parts": len(file.parts)}
    zoned = bool(zone) and any((s.time != NO_TIME).any() for s in streams)
    return Imported("AQDEF", "", streams, unread, folded(file.found), facts, local=zoned)


def _is_number(line: str) -> bool:
    return re.fullmatch(r"\s*[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?\s*", line) is not None


def _key(file: _File, line: int, key: str, index: str | None, content: str) -> None:
    """One line with a key. K0100 and the like have no index; /0 holds for all."""
    at = int(index[:9]) if index else 0
    if key[:3] == "010":
        file.head[key] = content
    elif key[0] == "1":
        file.parts.setdefault(at, {})[key] = content
        file.part = at or file.part
    elif key[0] == "2" or key[:2] == "85":
        file.characteristics.setdefault(at, {})[key] = content
        file.part_of.setdefault(at, file.part)
    elif key[0] == "5":
        if not file.groups.take(key, at, content):
            file.unread[f"K{key}"] += 1
    elif key[0] == "0":
        _value(file, line, key, at, content)
    else:
        file.unread[f"K{key}"] += 1


def _value(file: _File, line: int, key: str, at: int, content: str) -> None:
    if at == 0 and key not in ("0001", "0020"):
        for values in file.values.values():
            if values.texts:
                _more(values, key, content)
        return
    values = file.values.setdefault(at or 1, _Values())
    if key in ("0001", "0020"):
        values.texts.append(content if key == "0001" else "")
        values.lines.append(line)
        if key == "0020":
            _more(values, key, content)
    elif not values.texts:
        file.fault("formats.dfq.orphan", line, f"K{key}/{at} {content}"[:40])
    elif key == "0021":
        values.texts[-1] = content
    else:
        _more(values, key, content)


def _more(values: _Values, key: str, content: str) -> None:
    values.more.setdefault(key, {})[len(values.texts) - 1] = content


def _compact(file: _File, line: int, text: str) -> None:
    """A line of values: one portion a characteristic, in the order of the characteristics."""
    for at, portion in enumerate(text.rstrip("\x1a").split(CHARACTERISTIC), start=1):
        fields = portion.split(FIELD)
        if not any(f.strip() for f in fields):
            continue
        if at not in file.characteristics:
            file.fault("formats.dfq.characteristic", line, portion[:40])
            continue
        kind = file.characteristics[at].get("2004") or file.characteristics.get(0, {}).get("2004")
        attributive = kind in _ATTRIBUTIVE if kind is not None else len(fields) > len(_COMPACT)
        keys = _COMPACT_ATTRIBUTIVE if attributive else _COMPACT
        file.unread["compact field"] += sum(bool(f.strip()) for f in fields[len(keys) :])
        for key, content in zip(keys, fields, strict=False):
            if key and (content.strip() or key in ("0001", "0020")):
                _value(file, line, key, at, content.strip())


def _check(file: _File) -> None:
    """Faults of many lines told once; the number of characteristics against K0100."""
    for code, (line, given) in file.first.items():
        file.report(code, f"line {line}", count=file.unread[code], given=given)
    for at, keys in file.characteristics.items():
        lower, upper = keys.get("2110", ""), keys.get("2111", "")
        if _is_number(lower) and _is_number(upper) and _value_of(lower) > _value_of(upper):
            file.report("formats.dfq.limits", f"K2110/{at}", lower=lower, upper=upper)
    stated = file.head.get("0100", "")
    own = len(file.characteristics.keys() - {0})
    if stated.isdigit() and int(stated) != own:
        file.report("formats.dfq.count", "K0100", stated=stated, count=own)


def _value_of(text: str) -> float:
    return float(text.replace(",", "."))


def _stream(file: _File, at: int) -> RawStream:
    import pyarrow as pa

    values = file.values.get(at, _Values())
    keys = file.characteristics.get(0, {}) | file.characteristics.get(at, {})
    part = file.parts.get(0, {}) | file.parts.get(file.part_of.get(at, file.part), {})
    for key in [*keys, *part]:
        if key not in _table():
            file.unread[f"K{key}"] += 1
    lines = np.array(values.lines, dtype=np.int64)
    name = keys.get("2002") or keys.get("2001") or f"K2000/{at}"
    commas = sum("," in t for t in values.texts) > sum("." in t for t in values.texts)
    numeric = numbers(pa.array(values.texts, pa.string()), name, lines, "," if commas else ".")
    clock = _clock(file, values, name, lines)
    file.found += [*numeric.findings, *clock.findings]
    attributive = keys.get("2004") in _ATTRIBUTIVE
    unit = keys.get("2142", "")
    _check_unit(file, at, name, unit, attributive)
    flag, flags = _flags(values, numeric.flag, numeric.flags)
    return RawStream(
        name=name,
        time=clock.instant,
        value=numeric.value,
        quantity="count" if attributive else "",
        unit="1" if attributive else unit,
        instrument=keys.get("2402") or keys.get("2401") or "",
        place=part.get("1001") or part.get("1002") or "",
        resolution=numeric.resolution,
        flag=flag,
        flags=flags,
        labels=_labels(file, values) | clock.labels | _unreadable(values, clock),
        facts=_named(part, "part") | _named(keys, "characteristic") | file.groups.facts(at, file.characteristics),
    )


def _check_unit(file: _File, at: int, name: str, unit: str, attributive: bool) -> None:
    if not unit:
        file.unitless += not attributive
        return
    try:
        parse_unit(unit)
    except Refused:
        file.report("formats.unit.unknown", f"K2142/{at}", column=name, unit=unit)


def _clock(file: _File, values: _Values, name: str, lines: NDArray[np.int64]) -> Times:
    import pyarrow as pa

    printed = _column(values, "0004")
    if not any(printed):
        nothing = np.full(len(values.texts), NO_TIME, dtype=np.int64)
        return Times(nothing, nothing, False)
    return times(pa.array(printed.tolist(), pa.string()), _PATTERNS, file.zone, f"{name} K0004", lines, fold=file.fold)


def _unreadable(values: _Values, clock: Times) -> dict[str, NDArray[Any]]:
    """The times as printed, where one of them could not be read."""
    printed = _column(values, "0004")
    return {"time as printed": printed} if any((clock.local == NO_TIME) & (printed != "")) else {}


def _column(values: _Values, key: str) -> NDArray[Any]:
    made = np.full(len(values.texts), "", dtype=object)
    for row, content in values.more.get(key, {}).items():
        made[row] = content
    return made


def _flags(
    values: _Values, flag: NDArray[np.int64] | None, flags: tuple[str, ...]
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """The attribute K0002 of each value, where it is not «valid» (0), beside texts in place of numbers."""
    attributes = {row: c for row, c in values.more.get("0002", {}).items() if c.strip("0 ")}
    if not attributes:
        return flag, flags
    made = np.zeros(len(values.texts), dtype=np.int64) if flag is None else flag.copy()
    known = list(flags)
    for row, content in attributes.items():
        text = f"attribute {content}"
        if text not in known:
            known.append(text)
        made[row] = made[row] or known.index(text)
    return made, tuple(known)


def _labels(file: _File, values: _Values) -> dict[str, NDArray[Any]]:
    made = {}
    for key in values.more:
        row = _table().get(key)
        if row is None:
            file.unread[f"K{key}"] += len(values.more[key])
        elif row["level"] == "value" and key not in ("0002", "0004"):
            made[str(row["name"])] = _column(values, key)
    return made


def _named(keys: dict[str, str], level: str) -> dict[str, str]:
    """Keys with content by their names in the table."""
    table = _table()
    return {str(table[k]["name"]): v for k, v in keys.items() if v and k in table and table[k]["level"] == level}


@cache
def _table() -> dict[str, Row]:
    return {str(row["key"]): row for row in load("suyuan.lake", "aqdef.keys")}
