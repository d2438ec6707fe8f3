"""Rules about what a value can be: unit and quantity, codes for «missing», limits of nature, registers, signs.

Which codes, limits and registers there are is data, each row with its source and status; a value that a row calls
impossible is told with that row.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

import numpy as np

from suyuan.quantity.finding import Refused
from suyuan.quantity.table import QuantityKind, kinds
from suyuan.quantity.unit import convert, parse_unit
from suyuan.series.periods import SECOND
from suyuan.series.quality.examined import Examined, Floats
from suyuan.series.quality.marks import broken, meanings
from suyuan.series.quality.observed import Observation, in_order, numbered, seen
from suyuan.series.quality.rows import rows_of, rule
from suyuan.series.stream import Stream

OFTEN = 0.95
"""Share of steps that do not fall, above which a register is taken to be one that only rises."""


@lru_cache(maxsize=4096)
def kind_of(quantity: str) -> QuantityKind | None:
    """The kind of quantity that a stream's text names: itself, else the longest name of a kind that stands in it.

    >>> kind_of("mass concentration of SO2").unit, kind_of("炉膛压力").en, kind_of("colour")
    ('kg/m3', ('pressure',), None)
    """
    text = " ".join(quantity.casefold().split())
    best: tuple[int, QuantityKind] | None = None
    for kind in kinds():
        for name in (*kind.zh, *kind.en):
            word = name.casefold()
            found = re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text) if word.isascii() else word in text
            if found and (best is None or len(word) > best[0]):
                best = (len(word), kind)
    return best[1] if best else None


def unit(subject: Examined) -> tuple[Observation, ...]:
    """The unit of a stream against its kind of quantity: the dimensions must agree."""
    row, stream = rule("unit", subject.day), subject.stream
    kind = kind_of(stream.quantity)
    if kind is None:
        return ()
    try:
        fits = parse_unit(stream.unit).dimension == parse_unit(kind.unit).dimension
    except Refused:
        return ()
    mask = np.full(len(subject), not fits)
    return seen(subject, row, mask, "series_quality.unit.kind", unit=stream.unit, wanted=kind.unit,
                quantity=stream.quantity, kind_zh=kind.zh[0], kind_en=kind.en[0])  # fmt: skip


# ---------------------------------------------------------------- missing, disguised


def missing_code(subject: Examined) -> tuple[Observation, ...]:
    """Values that are a known code for «missing» and lie away from all others: by more than the others spread."""
    row = rule("missing_code", subject.day)
    value = subject.value
    codes = np.array(sorted({float(r["value"]) for r in rows_of("missing_codes", subject.day)}))
    hit = np.zeros(len(value), np.bool_)
    for code in codes:
        hit |= value == code
    if not hit.any():
        return ()
    rest = value[~hit & ~np.isnan(value)]
    if rest.size:
        low, high = np.percentile(rest, [1.0, 99.0])
        away = max(high - low, 10.0 * subject.resolution)
        hit &= (value < low - away) | (value > high + away)
    found = [float(c) for c in codes if bool((hit & (value == c)).any())]
    return seen(subject, row, hit, "series_quality.missing.code", codes=numbered(found), unit=subject.stream.unit)


def flagged_zero(subject: Examined) -> tuple[Observation, ...]:
    """Zeros that the device itself marks as no valid measurement: a missing reading written as a number."""
    row = rule("flagged_zero", subject.day)
    if len(subject.marks[0]) < 2:
        return ()
    mask = (subject.value == 0.0) & subject.marked(lambda text, day: "invalid" in meanings(text, day))
    return seen(subject, row, mask, "series_quality.missing.zero")


def intact(subject: Examined) -> tuple[Observation, ...]:
    """Readings out of a record whose signature, checksum or length does not fit, as the reader of the format marked."""
    row = rule("intact", subject.day)
    mask = subject.marked(lambda text, day: bool(broken(text, day)))
    texts, code = subject.marks
    named = sorted({word for at in np.unique(code[mask]) for word in broken(texts[at], subject.day)})
    return seen(subject, row, mask, "series_quality.record.broken", marks=", ".join(named))


# ---------------------------------------------------------------- what cannot be


def limits_of(stream: Stream, day: date) -> tuple[tuple[float, float, str, str], ...]:
    """Lowest and highest possible value of a stream's quantity in its unit, with what the limit is, zh and en."""
    kind, unit_of_values, found = kind_of(stream.quantity), stream.unit_of_values, []
    for row in rows_of("limits", day):
        names = [name.casefold() for name in row["quantities"]]
        mine = kind is not None and kind.en[0].casefold() in names
        if not (mine or any(name in stream.quantity.casefold() for name in row.get("words", ()))):
            continue
        base = parse_unit(row["unit"])
        if not base.converts_to(unit_of_values):
            continue
        ends = [
            end if row.get(key) is None else float(convert(np.float64(row[key]), base, unit_of_values))
            for key, end in (("low", -np.inf), ("high", np.inf))
        ]
        found.append((ends[0], ends[1], row["title_zh"], row["title_en"]))
    return tuple(found)


def impossible(subject: Examined) -> tuple[Observation, ...]:
    """Values beyond a limit of nature by more than `times` their own u or resolution: noise about zero is none."""
    row = rule("impossible", subject.day)
    found: list[Observation] = []
    value = subject.value
    for low, high, zh, en in limits_of(subject.stream, subject.day):
        beyond = (value < low) | (value > high)
        if not beyond.any():
            continue
        at = np.flatnonzero(beyond)
        slack = float(row["times"]) * _own(subject, at)
        beyond[at] = (value[at] < low - slack) | (value[at] > high + slack)
        if beyond.any():
            worst = value[beyond]
            worst_value = float(worst.min() if np.isfinite(low) and worst.min() < low else worst.max())
            found += seen(subject, row, beyond, "series_quality.impossible.limit", limit_zh=zh, limit_en=en,
                          worst=f"{worst_value:g}", unit=subject.stream.unit)  # fmt: skip
    return tuple(found)


def _own(subject: Examined, at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
    """u that some readings have of their own, at least their resolution; in the stream's unit."""
    found = np.full(len(at), subject.resolution)
    for number, view in enumerate(subject.views):
        begin, end = np.searchsorted(at, subject.starts[number : number + 2])
        u = view.own_u(at[begin:end] - subject.starts[number])
        found[begin:end] = np.fmax(found[begin:end], u)
    return found


def register_reset(subject: Examined) -> tuple[Observation, ...]:
    """A register that only rises (energy, charge, volume) and falls: reset where it falls near its beginning."""
    row, stream = rule("register_reset", subject.day), subject.stream
    if not _register(stream, subject.day):
        return ()
    time, value = subject.course
    at = np.flatnonzero(~np.isnan(value))
    if len(at) < 3:
        return ()
    step = np.diff(value[at])
    down = step < -float(row["counts"]) * subject.resolution
    if not down.any() or np.count_nonzero(step >= 0.0) < OFTEN * len(step) or not (step > 0.0).any():
        return ()
    mask = np.zeros(len(time), np.bool_)
    mask[at[1:][down]] = True
    after, before = value[at[1:]][down], value[at[:-1]][down]
    start = float(value[at[0]])
    resets = int(np.count_nonzero(np.abs(after - min(start, 0.0)) <= 0.05 * np.abs(before) + subject.resolution))
    return seen(subject, row, in_order(subject, mask), "series_quality.register.reset", resets=resets,
                falls=int(down.sum()), before=f"{float(before[0]):g}", after=f"{float(after[0]):g}",
                unit=stream.unit)  # fmt: skip


def _register(stream: Stream, day: date) -> bool:
    """Whether a stream's text names a register."""
    text = stream.quantity.casefold()
    return any(word.casefold() in text for row in rows_of("registers", day) for word in row["words"])


def is_current(stream: Stream) -> bool:
    """Whether a stream is of electric current."""
    kind = kind_of(stream.quantity)
    return kind is not None and kind.en[0] == "electric current"


def current_sign(subject: Examined) -> tuple[Observation, ...]:
    """The sign of a current against a register of charge that grows with it: which blocks count the other way.

    In each block Σ I·ΔQ over neighbouring readings is positive where charging is positive. A block whose sign is not
    that of the most readings is told; if all count discharging as positive, that convention is told as a note.
    """
    row, other = rule("current_sign", subject.day), subject.around.companion
    if other is None or not is_current(subject.stream) or len(other.time) < 2:
        return ()
    signs = [_sign(subject, number, float(row["share"])) for number in range(len(subject.blocks))]
    sizes = np.array([len(block) for block in subject.blocks])
    up, down = (int(sizes[np.array(signs) == s].sum()) for s in (1, -1))
    if not down:
        return ()
    mixed = bool(up)
    told = (1 if up < down else -1) if mixed else -1
    mask = np.repeat(np.array(signs) == told, sizes)
    return seen(subject, row, mask, "series_quality.sign.mixed" if mixed else "series_quality.sign.discharge",
                "warning" if mixed else "note", companion=other.stream, blocks=int(signs.count(told)))  # fmt: skip


def _sign(subject: Examined, number: int, share: float) -> int:
    """+1 where current and charge of a block rise together, −1 where one rises as the other falls, 0 unknown."""
    block, other = subject.blocks[number], subject.around.companion
    assert other is not None
    value, time = block.value, block.time
    known = ~np.isnan(value) & (time >= other.time[0]) & (time <= other.time[-1])
    if np.count_nonzero(known) < 3:
        return 0
    t, i = time[known], value[known]
    order = np.argsort(t, kind="stable")
    t, i = t[order], i[order]
    dq = np.diff(np.interp(t / SECOND, other.time / SECOND, other.value))
    dt = np.diff(t) / SECOND
    moved = 0.5 * (i[1:] + i[:-1]) * dt
    work, size = float(np.sum(moved * dq)), float(np.sqrt(np.sum(moved**2) * np.sum(dq**2)))
    return 0 if size == 0.0 or abs(work) < share * size else 1 if work > 0.0 else -1
