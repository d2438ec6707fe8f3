"""Leica GSI-8 and GSI-16: words of an index, information, a sign and 8 or 16 characters of data; one line a block."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from suyuan.lake.formats.decoded import decoded
from suyuan.lake.formats.imported import NO_TIME, Imported, RawStream
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import Row, load

RULE = "Leica GSI"
_WORD = re.compile(r"(\d{2})([\d.])([\d.])([\d.])([\d.])([+-])(\S{16}|\S{8})")


@dataclass
class _Words:
    """The words of one kind and unit. values, points, lines: of each reading, in the order of the file."""

    values: list[float] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


@dataclass
class _File:
    words: dict[tuple[str, str], _Words] = field(default_factory=dict)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    unread: Counter[str] = field(default_factory=Counter)
    first: dict[str, tuple[int, str]] = field(default_factory=dict)
    blocks: int = 0
    widths: set[int] = field(default_factory=set)

    def fault(self, code: str, line: int, given: str) -> None:
        """Count a fault; the first is told with its line."""
        self.unread[code] += 1
        self.first.setdefault(code, (line, given))


def is_gsi(text: str) -> bool:
    """Whether the first lines of a text are GSI blocks."""
    lines = [line.strip() for line in text[:4000].splitlines() if line.strip()][:5]
    return bool(lines) and any(_WORD.fullmatch(line.lstrip("*").split(" ")[0]) for line in lines)


def read(content: bytes, *, name: str = "", zone: str = "") -> Imported:
    """A GSI file: one stream a kind of word and unit (easting, slope distance, horizontal angle …), point as label.

    Lengths are in the unit of the word's code (m, ft), angles in gon, degrees (sexagesimal ones turned into decimal
    ones) or mil. GSI states neither datum nor frame: a finding says that they must be declared. zone: not used.
    Raises Refused formats.file.other.

    >>> block = b"110001+0000A110 81..00+00005387 82..00-00000992\\n"
    >>> [(s.name, s.value.tolist(), s.unit, s.labels["point"].tolist()) for s in read(block).streams]
    [('easting', [5.387], 'm', ['A110']), ('northing', [-0.992], 'm', ['A110'])]
    """
    text, encoding = decoded(content, name)
    if not is_gsi(text):
        raise Refused(finding("formats.file.other", name or "line 1", format="GSI", given=text[:40].strip()))
    file = _File()
    point = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            point = _block(file, number, line.strip().lstrip("*"), point)
    found: list[Finding] = [
        finding(code, f"line {line}", "warning", RULE, count=file.unread[code], given=given)
        for code, (line, given) in file.first.items()
    ]
    found.append(finding("formats.survey.datum", name or "line 1", "error", RULE))
    streams = tuple(_stream(file, index, unit, words) for (index, unit), words in file.words.items())
    unread = {k.removeprefix("formats.gsi."): n for k, n in file.unread.items()}
    facts: dict[str, Any] = {"encoding": encoding, "blocks": file.blocks, **file.remarks}
    return Imported("GSI", "-".join(str(w) for w in sorted(file.widths)), streams, unread, tuple(found), facts)


def _block(file: _File, line: int, text: str, before: str) -> str:
    """One line; returns the point that following words belong to."""
    file.blocks += 1
    words = []
    for given in text.split():
        match = _WORD.fullmatch(given)
        if match is None:
            file.fault("formats.gsi.word", line, given[:40])
            continue
        words.append(match)
        file.widths.add(len(match[7]))
    point = next((m[7].lstrip("0") or "0" for m in words if m[1] == "11"), "")
    if words and not point and words[0][1] not in ("41", "12", "13"):
        file.fault("formats.gsi.point", line, text[:40])
    for match in words:
        _word(file, line, match, point)
    return point or before


def _word(file: _File, line: int, match: re.Match[str], point: str) -> None:
    index, unit, data = match[1], match[5], match[7]
    row = _table().get(match[1] + match[2]) or _table().get(index)
    if row is None:
        file.unread[f"word {index}"] += 1
    elif row["kind"] in ("length", "angle"):
        scale = _units().get(unit)
        number = None if scale is None or scale["kind"] != row["kind"] or not data.isdigit() else int(data)
        if scale is None or number is None:
            file.fault("formats.gsi.value", line, match[0])
            return
        value = _degrees(number) if scale["sexagesimal"] else number / scale["divisor"]
        if value is None:
            file.fault("formats.gsi.value", line, match[0])
            return
        words = file.words.setdefault((str(row["index"]), unit), _Words())
        words.values.append(-value if match[6] == "-" else value)
        words.points.append(point)
        words.lines.append(line)
    elif row["kind"] == "text" and data.strip("0"):
        file.remarks.setdefault(str(row["name"]), []).append(f"{point}: {match[6].strip('+')}{data.lstrip('0')}")


def _degrees(number: int) -> float | None:
    """DDDMMSSs (degrees, minutes, seconds, tenths) as decimal degrees; None where minutes or seconds reach 60."""
    degrees, rest = divmod(number, 100_000)
    minutes, tenths = divmod(rest, 1000)
    if minutes >= 60 or tenths >= 600:
        return None
    return degrees + minutes / 60 + tenths / 36_000


def _stream(file: _File, index: str, unit: str, words: _Words) -> RawStream:
    row, scale = _table()[index], _units()[unit]
    return RawStream(
        name=str(row["name"]),
        time=np.full(len(words.values), NO_TIME, dtype=np.int64),
        value=np.array(words.values),
        quantity="length" if row["kind"] == "length" else "plane angle",
        unit=str(scale["unit"]),
        resolution=None if scale["sexagesimal"] else 1 / float(scale["divisor"]),
        labels={
            "point": np.array(words.points, dtype=object),
            "line": np.array([str(n) for n in words.lines], dtype=object),
        },
        facts={"word": index, "unit code": unit},
    )


@cache
def _table() -> dict[str, Row]:
    return {str(row["index"]): row for row in load("suyuan.lake", "gsi.words")}


@cache
def _units() -> dict[str, Row]:
    return {str(row["code"]): row for row in load("suyuan.lake", "gsi.units")}
