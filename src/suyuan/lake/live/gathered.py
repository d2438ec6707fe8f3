"""Readings of many messages made into few blocks: one a stream, instrument, configuration and resolution.

What the lake knows of a stream counts where a message does not say it. Where the readings of several messages do not go
into a block together, each message is tried alone, so that a wrong one holds up no other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.header_quantity import contradicts
from suyuan.lake.formats.imported import Imported, RawStream
from suyuan.lake.intake import Given, brought
from suyuan.lake.live.message import Part
from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.series.block import Block
from suyuan.series.resolution import values_of
from suyuan.series.stream import Stream

STREAM_WORDS = ("quantity", "unit", "instrument", "place", "owner", "licence", "configuration", "sampling")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A part of a message that came. message: its place among those that are cut together; received: µs; digest: of
    the message, in hexadecimal digits."""

    message: int
    received: int
    digest: str
    part: Part


@dataclass
class Made:
    """Streams and blocks; lost: message → findings that say why some of its readings do not go in, with their number;
    told: what is worth knowing beside."""

    streams: dict[str, Stream] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    lost: dict[int, list[tuple[Finding, int]]] = field(default_factory=dict)
    told: list[Finding] = field(default_factory=list)


def gathered(arrivals: Iterable[Arrival], known: Mapping[str, Stream]) -> Made:
    """Blocks of what came, in the order of the first readings of each.

    known: the streams that the lake has. A stream that nobody has declared needs a unit in the message.
    """
    groups: dict[tuple[Any, ...], list[Arrival]] = {}
    for arrival in arrivals:
        groups.setdefault(_key(arrival.part, known), []).append(arrival)
    made = Made()
    streams = dict(known)
    for key, some in groups.items():
        _add(made, streams, str(key[0]), some)
    return made


def _key(part: Part, known: Mapping[str, Stream]) -> tuple[Any, ...]:
    id = part.key if part.key in known else part.stream
    said = part.said
    return (
        id, said.get("instrument", ""), said.get("configuration", ""), said.get("unit", ""), part.resolution,
        part.u is not None,
    )  # fmt: skip


def _add(made: Made, streams: dict[str, Stream], id: str, some: Sequence[Arrival]) -> None:
    try:
        stream, block, told = _block(id, some, streams)
    except Refused as refused:
        if len(some) > 1:
            for one in some:
                _add(made, streams, id, [one])
            return
        lost = made.lost.setdefault(some[0].message, [])
        lost += [(item, len(some[0].part) if not at else 0) for at, item in enumerate(refused.findings)]
        return
    made.streams[id] = streams[id] = stream
    made.blocks.append(block)
    made.told += told


def _block(
    id: str, some: Sequence[Arrival], streams: Mapping[str, Stream]
) -> tuple[Stream, Block, tuple[Finding, ...]]:
    """One stream and block. Raises Refused where they cannot be made."""
    first, old = some[0].part, streams.get(id)
    said = {name: next((t for a in reversed(some) if (t := a.part.said.get(name))), "") for name in STREAM_WORDS}
    if old is None and not said["unit"]:
        raise Refused(finding("live.stream.unknown", id, stream=id))
    _agrees(id, said["quantity"], old)
    parts = [a.part for a in some]
    flag, flags = _flags(parts)
    printed = [p.printed for p in parts if p.printed is not None]
    resolution = min(printed) if len(printed) == len(parts) else float(old.resolution) if old is not None else None
    u = _own(parts)
    raw = RawStream(
        id, np.concatenate([p.time for p in parts]), np.concatenate([_values(p) for p in parts]), said["quantity"],
        said["unit"], said["instrument"], said["place"], resolution,
        u if isinstance(u, np.ndarray) else None, flag, flags,
    )  # fmt: skip
    given = Given(
        {"": id}, configuration=said["configuration"], owner=said["owner"], licence=said["licence"],
        sampling=_sampling(said["sampling"], id),
        resolution="" if first.resolution is None else format(first.resolution, "f"),
        u=u if isinstance(u, float) else None, received=max(a.received for a in some), source=_source(some),
    )  # fmt: skip
    one = brought(Imported("live", "", (raw,)), given, [] if old is None else [old])[0]
    if one.stream is None or one.block is None:
        raise Refused(*one.findings)
    return one.stream, one.block, tuple(f for f in one.findings if f.severity != "note")


def _agrees(id: str, quantity: str, old: Stream | None) -> None:
    """Refuse a message that says of a stream that it is of a quantity which its unit cannot be of."""
    if old is not None and quantity not in ("", old.quantity) and contradicts(quantity, old.unit):
        raise Refused(finding("live.stream.quantity", id, stream=id, given=quantity, unit=old.unit,
                              known=old.quantity or "—"))  # fmt: skip


def _values(part: Part) -> NDArray[np.float64]:
    """Values of a part; the counts of one become the doubles nearest to their decimals, which give the counts again."""
    if part.value is not None:
        return part.value
    assert part.count is not None and part.resolution is not None
    value = np.array(values_of(part.count, part.resolution), dtype=np.float64)
    if part.missing is not None:
        value[part.missing] = np.nan
    return value


def _flags(parts: Sequence[Part]) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """The marks of all parts as indices into one legend."""
    if all(p.flag is None for p in parts):
        return None, ("",)
    known: dict[str, int] = {"": 0}
    made = []
    for part in parts:
        if part.flag is None:
            made.append(np.zeros(len(part), dtype=np.int64))
        else:
            place = np.array([known.setdefault(text, len(known)) for text in part.flags], dtype=np.int64)
            made.append(place[part.flag])
    return np.concatenate(made), tuple(known)


def _own(parts: Sequence[Part]) -> float | NDArray[np.float64] | None:
    """The readings' own uncertainty: one number where all have the same."""
    if parts[0].u is None:
        return None
    single = {p.u for p in parts if isinstance(p.u, float)}
    if len(single) == 1 and all(isinstance(p.u, float) for p in parts):
        return single.pop()
    return np.concatenate([p.u if isinstance(p.u, np.ndarray) else np.full(len(p), p.u) for p in parts])


def _sampling(text: str, id: str) -> float | None:
    try:
        seconds = float(text) if text else None
    except ValueError:
        raise Refused(finding("live.message.field", f"{id}/sampling", field="sampling", given=text[:40])) from None
    return seconds


def _source(some: Sequence[Arrival]) -> str:
    """The digest of the message; of the digests of all where there are several."""
    digests = list(dict.fromkeys(a.digest for a in some))
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
