"""OGC SensorThings API 1.1: things, datastreams and observations as a server such as FROST exports them, in JSON.

A datastream is one stream. The time is that of the phenomenon, its beginning where it is an interval, whose end stands
as a label. `resultQuality` is whatever the server has; a standard uncertainty in it is read where it names itself so
(the key «standardUncertainty», as we write it), and else it stays the device's mark, as text. Numbers keep their
printed digits.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.clock import folded, times
from suyuan.lake.formats.decoded import decoded
from suyuan.lake.formats.imported import NO_TIME, Imported, RawStream
from suyuan.lake.formats.printed import numbers
from suyuan.lake.formats.signed_container import column
from suyuan.quantity.fields import Printed
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.unit import parse_unit

RULE = "OGC 18-088 (SensorThings API 1.1)"
UNCERTAINTY = "standardUncertainty"
_STREAM_KEYS = frozenset(
    ("@iot.id", "name", "description", "unitOfMeasurement", "observationType", "Observations", "Sensor", "Thing",
     "ObservedProperty", "properties", "phenomenonTime", "resultTime", "observedArea", "components", "dataArray")
)  # fmt: skip
_OBSERVATION_KEYS = frozenset(
    ("@iot.id", "id", "phenomenonTime", "result", "resultQuality", "Datastream", "resultTime")
)
_DEEP = 40
_ID = re.compile(r"Datastreams\(([^)]*)\)")


@dataclass
class _Stream:
    """A datastream being read: its own object, the thing it hangs on, and its observations."""

    said: dict[str, Any]
    thing: Mapping[str, Any]
    rows: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass
class _File:
    streams: dict[str, _Stream] = field(default_factory=dict)
    unread: Counter[str] = field(default_factory=Counter)
    found: list[Finding] = field(default_factory=list)
    orphans: int = 0

    def report(self, code: str, where: str, **about: object) -> None:
        """Add a warning."""
        self.found.append(finding(code, where, "warning", RULE, **about))


def is_sensorthings(text: str) -> bool:
    """Whether a JSON text speaks of datastreams or observations, by its beginning."""
    return text.lstrip("\ufeff \t\r\n")[:1] in "{[" and bool(
        re.search(r'"(Datastreams?|Observations|phenomenonTime|unitOfMeasurement|Datastream@iot\.\w+)"', text)
    )


def read(content: bytes, *, name: str = "", zone: str = "", fold: str = "") -> Imported:
    """A SensorThings document: one stream a datastream.

    zone, fold: of times that state none, which the standard does not allow. Labels: «until» (end of an interval), and
    the names of other keys of observations are counted. Raises Refused formats.file.…, lake.sensorthings.broken.

    >>> made = read(b'''{"name": "T", "unitOfMeasurement": {"symbol": "degC"}, "Observations": [
    ...   {"phenomenonTime": "2024-01-01T00:00:00Z", "result": 20.50,
    ...    "resultQuality": {"standardUncertainty": 0.02}}]}''')
    >>> one = made.streams[0]
    >>> one.unit, one.value.tolist(), one.resolution, one.u.tolist()
    ('degC', [20.5], 0.01, [0.02])
    """
    text, _ = decoded(content, name)
    try:
        document = json.loads(text, parse_float=Printed, parse_int=Printed, parse_constant=Printed)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise Refused(finding("lake.sensorthings.broken", where, message=error.msg)) from None
    except RecursionError:
        raise Refused(finding("lake.sensorthings.broken", name or "line 1", message="too deep")) from None
    file = _File()
    _walk(file, document, {}, 0)
    if not file.streams:
        if file.orphans:
            file.report("lake.sensorthings.orphan", "Observations", count=file.orphans)
        shown = text[:40].strip()
        raise Refused(*file.found, finding("formats.file.other", name or "line 1", format="SensorThings", given=shown))
    if file.orphans:
        file.report("lake.sensorthings.orphan", "Observations", count=file.orphans)
        file.unread["observation without a datastream"] += file.orphans
    made = tuple(_stream(file, key, one, (zone, fold)) for key, one in file.streams.items())
    return Imported("SensorThings", "1.1", made, dict(file.unread), folded(file.found), {"datastreams": len(made)})


# ---------------------------------------------------------------- what hangs on what


def _walk(file: _File, node: Any, thing: Mapping[str, Any], depth: int) -> None:
    """Find datastreams and observations wherever an export nests them."""
    if depth > _DEEP:
        file.unread["nested too deep"] += 1
    elif isinstance(node, list):
        for one in node:
            _walk(file, one, thing, depth + 1)
    elif isinstance(node, dict):
        if "dataArray" in node and "components" in node:
            _data_array(file, node)
        elif "unitOfMeasurement" in node:
            _datastream(file, node, thing, depth)
        elif "result" in node and ("phenomenonTime" in node or "resultTime" in node):
            _observation(file, node, None)
        else:
            here = node if "Datastreams" in node else thing
            for key in ("value", "Things", "Datastreams", "Observations"):
                if key in node:
                    _walk(file, node[key], here, depth + 1)
            file.unread.update(k for k in ("Locations", "MultiDatastreams", "HistoricalLocations") if k in node)


def _datastream(file: _File, node: dict[str, Any], thing: Mapping[str, Any], depth: int) -> None:
    key = _text(node.get("@iot.id")) or _text(node.get("name")) or f"datastream {len(file.streams) + 1}"
    own = node.get("Thing")
    one = file.streams.setdefault(key, _Stream(node, own if isinstance(own, dict) else thing))
    if one.said is not node:
        one.said = {**one.said, **node}
    for name in node.keys() - _STREAM_KEYS:
        if "@iot." not in name:
            file.unread[name[:40]] += 1
    if link := _text(node.get("Observations@iot.nextLink")):
        file.report("lake.sensorthings.more", key[:60], stream=key[:60], link=link[:120])
    rows = node.get("Observations")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            _observation(file, row, one)


def _observation(file: _File, row: Mapping[str, Any], one: _Stream | None) -> None:
    if one is None:
        one = _of(file, row)
        if one is None:
            file.orphans += 1
            return
    one.rows.append(row)
    if row.keys() - _OBSERVATION_KEYS:
        file.unread.update(f"observation {k}"[:40] for k in row.keys() - _OBSERVATION_KEYS if "@iot." not in k)


def _of(file: _File, row: Mapping[str, Any]) -> _Stream | None:
    """The datastream that an observation names: as an object inside, or by its link."""
    inner = row.get("Datastream")
    if isinstance(inner, dict):
        key = _text(inner.get("@iot.id")) or _text(inner.get("name"))
        if key:
            return file.streams.setdefault(key, _Stream(inner, {}))
    match = _ID.search(_text(row.get("Datastream@iot.navigationLink")))
    if match is None:
        return None
    key = match[1].strip("'")
    return file.streams.setdefault(key, _Stream({"@iot.id": key}, {}))


def _data_array(file: _File, node: Mapping[str, Any]) -> None:
    """The data array extension: names of components once, then rows."""
    names = [str(c) for c in node["components"]] if isinstance(node["components"], list) else []
    rows = node["dataArray"] if isinstance(node["dataArray"], list) else []
    shared = {k: v for k, v in node.items() if k.startswith("Datastream")}
    for row in rows:
        if isinstance(row, list) and len(row) == len(names):
            _observation(file, {**dict(zip(names, row, strict=True)), **shared}, None)
        else:
            file.unread["row of a data array"] += 1


# ---------------------------------------------------------------- columns


def _stream(file: _File, key: str, one: _Stream, clocks: tuple[str, str]) -> RawStream:
    import pyarrow as pa

    said = one.said
    name = _text(said.get("name")) or key
    lines = np.arange(1, len(one.rows) + 1)
    printed = [_text(r.get("phenomenonTime")) or _text(r.get("resultTime")) for r in one.rows]
    begin, until = zip(*(p.partition("/")[::2] for p in printed), strict=True) if printed else ((), ())
    label = f"{name} phenomenonTime"
    clock = times(pa.array(begin, pa.string()), zone=clocks[0], column=label, lines=lines, fold=clocks[1])
    results = [_text(r.get("result")) for r in one.rows]
    numeric = numbers(pa.array(results, pa.string()), name, lines)
    file.found += [*clock.findings, *(f for f in numeric.findings if f.code != "formats.number.unreadable")]
    if numeric.flag is not None:
        first = int(np.argmax(numeric.flag > 0))
        about = {"stream": name[:60], "count": int((numeric.flag > 0).sum()), "given": results[first][:40]}
        file.report("lake.sensorthings.result", f"observation {first + 1}", **about)
    u, quality = _quality(one.rows)
    flag, flags = _marks(quality, numeric.flag, numeric.flags)
    labels: dict[str, NDArray[Any]] = dict(clock.labels)
    if any(until):
        labels["until"] = column(until)
    if (clock.instant == NO_TIME).any():
        labels["time as printed"] = column(printed)
    unit = _unit(file, name, said)
    sensor, seen = said.get("Sensor"), said.get("ObservedProperty")
    return RawStream(
        name=name, time=clock.instant, value=numeric.value, quantity=_named(seen), unit=unit,
        instrument=_named(sensor), place=_named(one.thing), resolution=numeric.resolution, u=u, flag=flag, flags=flags,
        labels=labels, facts={k: v for k, v in (("id", key), ("description", _text(said.get("description")))) if v},
    )  # fmt: skip


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _named(node: Any) -> str:
    return _text(node.get("name")) if isinstance(node, Mapping) else ""


def _unit(file: _File, name: str, said: Mapping[str, Any]) -> str:
    """The symbol of the unit, its name where the symbol is none that is known."""
    given = said.get("unitOfMeasurement")
    texts = [_text(given.get(k)) for k in ("symbol", "name")] if isinstance(given, dict) else []
    for text in texts:
        try:
            parse_unit(text)
        except Refused:
            continue
        if text:
            return text
    shown = next((t for t in texts if t), "")
    code = "formats.unit.unknown" if shown else "formats.unit.missing"
    about: dict[str, Any] = {"column": name[:60], "unit": shown[:40]} if shown else {"count": 1}
    file.report(code, f"{name[:60]} unitOfMeasurement", **about)
    return shown


def _quality(rows: list[Mapping[str, Any]]) -> tuple[NDArray[np.float64] | None, list[str]]:
    """The standard uncertainty of each result where its quality states one, and what else it says, as text."""
    u = np.full(len(rows), np.nan)
    texts = []
    for at, row in enumerate(rows):
        given = row.get("resultQuality")
        rest = given
        if isinstance(given, dict) and UNCERTAINTY in given:
            u[at] = _positive(given[UNCERTAINTY])
            rest = {k: v for k, v in given.items() if k not in (UNCERTAINTY, "random", "components")}
            rest = rest.get("status", "") if rest.keys() == {"status"} else rest
            rest = "" if rest in ("valid", {}) else rest
        texts.append(_text(rest)[:200])
    return (u if np.isfinite(u).any() else None), texts


def _positive(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return math.nan
    return number if math.isfinite(number) and number >= 0.0 else math.nan


def _marks(
    quality: list[str], texted: NDArray[np.int64] | None, texts: tuple[str, ...]
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """What the server says of the quality, then a text in place of a number; one index a different mark."""
    known: dict[str, int] = {"": 0}
    made = np.zeros(len(quality), dtype=np.int64)
    for at, said in enumerate(quality):
        word = "" if texted is None else texts[texted[at]]
        mark = "; ".join(m for m in (said, word) if m)
        if mark:
            made[at] = known.setdefault(mark, len(known))
    return (made, tuple(known)) if len(known) > 1 else (None, ("",))
