"""From what a reader makes of a file to streams and blocks of a lake: each measurand becomes a stream of whole numbers.

The resolution is the last printed place. What the file does not say is said by whoever brings it in, or stays unknown;
what the lake knows of a stream already is kept. A measurand that cannot go in is told, and the others go in; a file of
which no time or no value could be read does not go in at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.lake.formats.header_quantity import doubtful, quantity_of
from suyuan.lake.formats.imported import NO_TIME, UNIT_FROM_TABLE, Imported, RawStream
from suyuan.lake.formats.printed import DIGITS
from suyuan.lake.rounded import computed, finest, rounded
from suyuan.quantity.finding import Finding, Refused, finding, one_word
from suyuan.quantity.unit import parse_unit
from suyuan.series.block import Arrived, Block, from_values
from suyuan.series.resolution import counts_of
from suyuan.series.stream import Stream

REGULAR = 0.9
"""Share of equal steps above which a stream is taken to be sampled at that step; our own choice."""
LEAST = 8
_LONGEST = 3e9
"""Seconds of a century: a longer count of a file's own is no elapsed time."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is said beside a file, where it says nothing. ids: name in the file → id of the stream («» for the only
    one); quantities, units: name in the file → kind of quantity or unit («» for the only one without); u: standard
    uncertainty that each reading has of its own, or «resolution»: the unit of the last place divided by √12; received:
    µs, when the file was known; source: SHA-256 of its bytes; resolutions: name in the file → its own resolution;
    start: µs, when a file began that counts the time from its own start."""

    ids: Mapping[str, str] = field(default_factory=dict)
    quantities: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    instrument: str = ""
    place: str = ""
    configuration: str = ""
    owner: str = ""
    licence: str = ""
    sampling: float | None = None
    resolution: str = ""
    u: float | str | None = None
    received: int = 0
    source: str = ""
    instruments: Mapping[str, str] = field(default_factory=dict)
    resolutions: Mapping[str, str] = field(default_factory=dict)
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Brought:
    """One measurand of a file on its way: its stream and block, or the findings that say why it does not go in.

    name: as the file has it, by which things are said of it (`Given`)."""

    name: str
    stream: Stream | None
    block: Block | None
    findings: tuple[Finding, ...] = ()


def brought(imported: Imported, given: Given, known: Iterable[Stream] = ()) -> tuple[Brought, ...]:
    """The measurands of a file as streams and blocks, in the order of the file; nothing is written.

    known: streams that the lake has. None where the file is whole and holds no readings, as a plan does.
    Raises Refused for a name that is said and that the file does not have, for a unit or quantity that several
    measurands could have, and where no time or no value of the file could be read.
    """
    there = {stream.id: stream for stream in known}
    names = _names(imported.streams)
    for option, said in (
        ("--stream", given.ids), ("--quantity", given.quantities), ("--unit", given.units),
        ("--instrument", given.instruments), ("--resolution", given.resolutions),
    ):  # fmt: skip
        lost = sorted(set(said) - {""} - set(names))
        if lost:
            known_names = ", ".join(names)[:300]
            raise Refused(finding("lake.intake.name", lost[0], name=lost[0], known=known_names, option=option))
    if not names and any(f.code in _WHOLE for f in imported.findings):
        return ()
    unread = _unreadable(imported, names)
    imported, clock = _started(imported, given.start)
    given = _said(imported.streams, names, given)
    if "" in given.ids and len(names) != 1:
        about: dict[str, Any] = {"count": len(names), "known": ", ".join(names)[:300], "option": "--stream"}
        raise Refused(finding("lake.intake.one", given.ids[""], **about))
    made = [
        Brought(name, None, None, (unread[name],)) if name in unread
        else _one(raw, name, given.ids.get(name) or given.ids.get("") or name, given, there)
        for raw, name in zip(imported.streams, names, strict=True)
    ]  # fmt: skip
    return (replace(made[0], findings=(*clock, *made[0].findings)), *made[1:])


def _started(imported: Imported, start: int | None) -> tuple[Imported, tuple[Finding, ...]]:
    """Streams with the times that follow from the start of a file that counts from its own; else told how to say it.

    Raises Refused where a start is said of a file that does not count the time.
    """
    elapsed = imported.elapsed
    about: dict[str, Any] = {"option": "--start"}
    if elapsed is None:
        if start is not None:
            raise Refused(finding("lake.intake.start_without", "--start", format=imported.format, **about))
        return imported, ()
    if start is None:
        return imported, (finding("lake.intake.start", imported.elapsed_in, "warning", **about),)
    known = np.isfinite(elapsed) & (np.abs(elapsed) < _LONGEST)
    time = np.where(known, start + np.rint(np.where(known, elapsed, 0.0) * 1e6).astype(np.int64), NO_TIME)
    untimed = [replace(raw, time=time) if (raw.time == NO_TIME).all() else raw for raw in imported.streams]
    note = finding("lake.intake.started", imported.elapsed_in, "note", **about)
    return replace(imported, streams=tuple(untimed)), (note,)


_SEVERAL = {"quantity": "lake.intake.quantity_several", "unit": "lake.intake.unit_several"}


def _said(streams: Sequence[RawStream], names: Sequence[str], given: Given) -> Given:
    """What is said, with a lone unit or quantity put to the one measurand that has none.

    Raises Refused where several have none, and where the file states another one.
    """
    made = {}
    for what, said in (("quantity", given.quantities), ("unit", given.units)):
        lacking = [name for raw, name in zip(streams, names, strict=True) if not getattr(raw, what)]
        lone = said.get("", "")
        if lone and len(lacking) > 1:
            about: dict[str, Any] = {"count": len(lacking), "columns": ", ".join(lacking)[:300], "given": lone}
            raise Refused(finding(_SEVERAL[what], lacking[0], **about))
        named = {name: text for name, text in said.items() if name}
        if lone:
            named |= dict.fromkeys(lacking or names, lone)
        for raw, name in zip(streams, names, strict=True):
            stated = getattr(raw, what)
            if what == "unit" and stated and not _open(raw) and name in named and not _same_unit(stated, named[name]):
                raise Refused(finding("lake.intake.unit_stated", name, stated=stated, given=named[name]))
        made[what] = named
    return replace(given, quantities=made["quantity"], units=made["unit"])


def _open(raw: RawStream) -> bool:
    """Whether the unit of a stream is that of a table and not of its file."""
    return UNIT_FROM_TABLE.items() <= raw.facts.items()


def _same_unit(one: str, other: str) -> bool:
    try:
        return one == other or parse_unit(one) == parse_unit(other)
    except Refused:
        return False


# ---------------------------------------------------------------- what could not be read at all


_TIMES = frozenset(f"formats.time.{word}" for word in ("unreadable", "no_zone", "twice", "never", "day_or_month"))
_WHOLE = frozenset({"formats.qif.no_results"})
"""What tells of a file that is whole and holds no readings."""
_VALUES = frozenset({"formats.number.unreadable", "lake.sensorthings.result", "lake.pcdf.field"})


def _unreadable(imported: Imported, names: Sequence[str]) -> dict[str, Finding]:
    """Name → why, for measurands without a single readable value.

    Raises Refused where a file holds no measurand, states times and none of them is known, or has no readable value.
    """
    streams = imported.streams
    if not streams or not any(len(raw.value) for raw in streams):
        raise Refused(finding("lake.intake.none", "", format=imported.format), *imported.findings)
    count = sum({id(raw.time): len(raw.time) for raw in streams}.values())  # columns of a table share their times
    why = tuple(f for f in imported.findings if f.code in _TIMES)
    if why and all((raw.time == NO_TIME).all() for raw in streams):
        raise Refused(finding("lake.intake.times", why[0].where, count=count), *why)
    told = tuple(f for f in imported.findings if f.code in _VALUES)
    bad = {}
    for raw, name in zip(streams, names, strict=True):
        texts = [t for t in _marks(raw) if t]
        if told and texts and len(raw.value) and np.isnan(raw.value).all():
            bad[name] = finding("lake.intake.values", name, count=len(raw.value), given=texts[0][:40])
    if bad and len(bad) == len(streams):
        raise Refused(*bad.values(), *told)
    return bad


def _marks(raw: RawStream) -> list[str]:
    """The texts that stand in place of numbers in a stream, or beside them."""
    return [] if raw.flag is None else [raw.flags[i] for i in np.unique(raw.flag).tolist()]


def _names(streams: Sequence[RawStream]) -> list[str]:
    """A name for each: as the file has it, with its place or its number where several have one name."""
    plain = [raw.name or raw.quantity or "readings" for raw in streams]
    placed = [f"{n} {raw.place}".strip() if plain.count(n) > 1 else n for n, raw in zip(plain, streams, strict=True)]
    counted: dict[str, int] = {}
    found = []
    for name in placed:
        counted[name] = counted.get(name, 0) + 1
        found.append(name if counted[name] == 1 else f"{name} #{counted[name]}")
    return found


def _one(raw: RawStream, name: str, id: str, given: Given, there: Mapping[str, Stream]) -> Brought:
    try:
        stream, told = _stream(raw, name, id, given, there.get(id))
        block = _block(raw, name, stream, given, told)
    except Refused as refused:
        return Brought(name, None, None, tuple(_placed(f, id) for f in refused.findings))
    if there.get(id) is None:
        stream = replace(stream, resolution=block.resolution)
    return Brought(name, stream, block, tuple(told))


def _placed(item: Finding, id: str) -> Finding:
    return item if item.where.startswith(id) else replace(item, where=f"{id}: {item.where}".rstrip(": "))


def _stream(raw: RawStream, name: str, id: str, given: Given, old: Stream | None) -> tuple[Stream, list[Finding]]:
    told: list[Finding] = []
    unit = (
        (given.units.get(name, "") if _open(raw) else "")
        or raw.unit
        or given.units.get(name, "")
        or (old.unit if old else "")
    )
    if not unit:
        raise Refused(finding("lake.intake.unit", id, option=f"--unit {one_word(f'{name}=UNIT')}"))
    if old is not None and parse_unit(old.unit) != parse_unit(unit):
        raise Refused(finding("lake.intake.other_unit", id, unit=unit, known=old.unit))
    instrument = (
        given.instruments.get(name, "") or raw.instrument or given.instrument or (old.instrument if old else "")
    )
    if not instrument:
        told.append(finding("lake.intake.instrument", id, "warning", option="--instrument"))
    sampling = given.sampling or (old.sampling if old else None)
    if sampling is None and (sampling := step_of(raw.time)) is not None:
        told.append(finding("lake.intake.sampling", id, "note", seconds=f"{sampling:g}", option="--sampling"))
    quantity = raw.quantity or given.quantities.get(name, "") or (old.quantity if old else "")
    quantity = quantity or quantity_of(raw.name, unit)
    made = Stream(
        id, quantity,
        old.unit if old else unit, instrument,
        raw.place or given.place or (old.place if old else ""), old.resolution if old else Decimal(1), sampling,
        given.owner or (old.owner if old else ""), given.licence or (old.licence if old else ""),
        (old.title if old else "") or name,
    )  # fmt: skip
    return made, [*told, *doubtful(made, raw.value)]


def step_of(time: NDArray[np.int64]) -> float | None:
    """Seconds between readings, where nearly all of them follow one another by the same step; None otherwise."""
    known = np.unique(time[time != NO_TIME])
    if len(known) < LEAST:
        return None
    steps, count = np.unique(np.diff(known), return_counts=True)
    most = int(np.argmax(count))
    return float(steps[most]) / 1e6 if count[most] >= REGULAR * (len(known) - 1) else None


def _block(raw: RawStream, name: str, stream: Stream, given: Given, told: list[Finding]) -> Block:
    said = given.resolutions.get(name, "") or given.resolution
    resolution = said or ("" if raw.resolution is None else repr(raw.resolution))
    how = Arrived(given.received, given.source, given.configuration, raw.flag, raw.flags, None)
    try:
        unit: Decimal | None = Decimal(resolution) if resolution else None
    except InvalidOperation:
        raise Refused(finding("series.resolution.wrong", f"{stream.id}.resolution", given=resolution)) from None
    value, rounding = _calculated(raw, unit, stream.id, told)
    try:
        block = from_values(stream, raw.time, value, how, unit, derive=unit is None)
    except Refused:
        if said or unit is None:
            raise
        block = from_values(stream, raw.time, value, how, derive=True)
        step = format(block.resolution, "f")
        told.append(finding("lake.intake.resolution", stream.id, "note", printed=resolution, found=step,
                            option="--resolution"))  # fmt: skip
    digits = len(str(int(np.abs(block.count).max(initial=0))))
    unknown = unit is None and digits > DIGITS
    if unknown:
        step = format(block.resolution, "f")
        told.append(finding("lake.intake.resolution_unknown", stream.id, "warning", digits=digits, found=step,
                            option="--resolution"))  # fmt: skip
    u = _own(raw, block, given, told, unknown)
    if rounding and given.u != "resolution":
        u = rounding if u is None else np.hypot(u, rounding)
    return block if u is None else replace(block, u=u)


def _calculated(
    raw: RawStream, unit: Decimal | None, id: str, told: list[Finding]
) -> tuple[NDArray[np.float64], float]:
    """Values of a calculation, rounded to the resolution that is said, and the standard uncertainty of that rounding.

    Where none is said and they have no last place in common, 15 digits of the largest are kept, and that is told.
    """
    value = np.asarray(raw.value, dtype=np.float64)
    if raw.resolution is not None or not computed(value):
        return value, 0.0
    step = finest(value) if unit is None else unit
    if unit is None and not counts_of(value[np.isfinite(value)], step)[1].any():
        return value, 0.0
    made = rounded(value, step)
    if made is None or not made.count:
        return value, 0.0
    u = 0.0 if unit is None else float(step) / math.sqrt(12.0)
    about: dict[str, Any] = {"count": made.count, "size": int(np.isfinite(value).sum()), "step": format(step, "f")}
    about["change"] = f"{made.change:.2g}"
    if unit is None:
        told.append(finding("lake.intake.kept_digits", id, "note", **about))
    else:
        told.append(finding("lake.intake.rounded", id, "warning", u=f"{u:.2g}", **about))
    return made.value, u


def _own(raw: RawStream, block: Block, given: Given, told: list[Finding], unknown: bool) -> Any:
    """What is known of each reading's own uncertainty: from the file, else what is said beside it."""
    if raw.u is not None:
        u = np.asarray(raw.u, float)
        if np.isfinite(u).all() and (u >= 0.0).all():
            return u
        told.append(finding("lake.intake.u", block.stream, "warning", count=int((~np.isfinite(u)).sum()), option="--u"))
    if given.u == "resolution":
        if unknown:  # a step of storage says nothing of the instrument
            return None
        return float(block.resolution) / math.sqrt(12.0)
    return given.u if isinstance(given.u, float) else None
