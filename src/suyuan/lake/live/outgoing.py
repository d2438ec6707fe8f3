"""Messages from what a plant has: a measurement file, or lines as a program prints them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from suyuan.lake.formats.imported import NO_TIME, Imported, RawStream
from suyuan.lake.live.message import KIND
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.resolution import counts_of, decimal, derived

READINGS = 2000
"""Readings of a message that is made from a file."""


def run_of(content: bytes) -> str:
    """The run of a file: its messages have the same numbers whenever it is sent.

    >>> run_of(b"20.15")
    'file-bbb8ae9f128ad31e'
    """
    return f"file-{hashlib.sha256(content).hexdigest()[:16]}"


def of_lines(lines: Iterable[bytes], sender: str, run: str, sequence: int) -> bytes:
    """Lines as one message; a heading among them is left out, since the sender has its own."""
    head = f"#{KIND} sender={sender} run={run} sequence={sequence}\n".encode()
    return head + b"".join(line.rstrip(b"\r\n") + b"\n" for line in lines if not line.lstrip().startswith(b"#"))


def of_file(imported: Imported, sender: str, run: str) -> tuple[list[Finding], Iterator[bytes]]:
    """What was read of a file as messages, numbered from 1; and what of it is not sent: readings without a time."""
    found = []
    streams = []
    for raw in imported.streams:
        known = raw.time != NO_TIME
        if not known.all():
            count = int((~known).sum())
            found.append(finding("live.send.no_time", raw.name, "warning", count=count, size=len(known)))
        if not raw.unit:
            found.append(finding("live.send.unit", raw.name, "warning", stream=raw.name))
        streams.append((raw, np.flatnonzero(known)))
    return found, _messages(streams, sender, run)


def _messages(streams: list[tuple[RawStream, Any]], sender: str, run: str) -> Iterator[bytes]:
    sequence = 0
    for raw, rows in streams:
        head = _head(raw)
        values = _values(raw)
        for begin in range(0, len(rows), READINGS):
            sequence += 1
            some = rows[begin : begin + READINGS]
            body = {**head, "time": raw.time[some].tolist(), **_some(values, raw, some)}
            message = {"suyuan": KIND, "sender": sender, "run": run, "sequence": sequence, "readings": [body]}
            yield json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _head(raw: RawStream) -> dict[str, Any]:
    said = {name: getattr(raw, name) for name in ("quantity", "unit", "instrument", "place")}
    name = raw.name or raw.quantity or "readings"
    return {"stream": name, **{k: v for k, v in said.items() if v}}


def _values(raw: RawStream) -> dict[str, Any]:
    """Counts and a resolution where the values have one; else the values as they are."""
    missing = np.isnan(raw.value)
    finite = raw.value[~missing]
    try:
        unit = decimal(repr(raw.resolution)) if raw.resolution else derived(finite) if finite.size else decimal(1)
        count, bad = counts_of(finite, unit)
        if bad.any():
            unit = derived(finite)
            count, bad = counts_of(finite, unit)
    except Refused:
        return {"missing": missing, "value": raw.value}
    whole = np.zeros(len(missing), dtype=np.int64)
    whole[~missing] = count
    return {"missing": missing, "count": whole, "resolution": format(unit, "f")}


def _some(values: dict[str, Any], raw: RawStream, rows: Any) -> dict[str, Any]:
    name = "count" if "count" in values else "value"
    column = values[name][rows].tolist()
    absent = values["missing"][rows]
    if absent.any():
        for at in np.flatnonzero(absent):
            column[at] = None
    body: dict[str, Any] = {name: column}
    if "resolution" in values:
        body["resolution"] = values["resolution"]
    if raw.flag is not None and raw.flag[rows].any():
        body |= {"flag": raw.flag[rows].tolist(), "flags": list(raw.flags)}
    if raw.u is not None and np.isfinite(raw.u[rows]).all():
        body["u"] = raw.u[rows].tolist()
    return body
