"""Rules of use: which flags let a reading be used, and which speak against it without taking it out.

One formula for arrays and for columns of an engine, so that both count alike. A rule of use is a dated row; the rule
«unflagged» also says what is meant by a reading that is flagged: the device, a rule or a person speaks against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from suyuan.quantity.finding import Finding, Refused, finding
from suyuan.quantity.table import Row
from suyuan.series.asof import Status
from suyuan.series.quality.examined import Bools, Ints
from suyuan.series.quality.flags import CHAIN, SEVERITIES, VERDICTS, Flagged
from suyuan.series.quality.marks import meanings
from suyuan.series.quality.rows import of_chain, rows_of
from suyuan.series.view import View

DEVICE, RULES, PEOPLE, OUT = 1, 2, 4, 8
"""Bits of the mark of a reading: who speaks against it, and that a rule of use takes it out."""
KINDS = {DEVICE: "reported", RULES: "computed", PEOPLE: "human"}
"""Words for who speaks, as columns have them."""
FLAGGED = "unflagged"
"""The rule of use that says what a flagged reading is."""


def usable_rule(day: date, name: str = "") -> Row:
    """The rule of a name, or the one that counts where nobody names any. Raises Refused for a name that none has.

    >>> usable_rule(date(2026, 11, 29))["id"]
    'all'
    """
    rows = rows_of("usable", day)
    for row in rows:
        if row["id"] == name or (not name and row["default"]):
            return row
    known = ", ".join(str(row["id"]) for row in rows)
    raise Refused(finding("series_quality.usable.unknown", name, given=name[:40], known=known))


@dataclass(frozen=True, slots=True)
class Said:
    """What flags say of readings, as masks (n,) of one kind: arrays, or columns of an engine; None where none does.

    reported: meaning of the device's mark → mask; computed: word of `flags.SPOKEN` → readings of which some rule
    says so; unasked: no run has examined them; good, bad: the newest word of a person.
    """

    reported: Mapping[str, Any] = field(default_factory=dict)
    computed: Mapping[str, Any] = field(default_factory=dict)
    unasked: Any = None
    good: Any = None
    bad: Any = None


def _any(masks: Iterable[Any]) -> Any:
    found = None
    for mask in masks:
        if mask is not None:
            found = mask if found is None else found | mask
    return found


def _but(mask: Any, good: Any) -> Any:
    return mask if mask is None or good is None else mask & ~good


def against(said: Said, rule: Row) -> Any:
    """The readings that a rule of use takes out, as a mask; None where it takes out none.

    A person's «good» stands before computed and reported flags where the rule says so; a «bad» always counts where the
    rule asks people at all. Where the rule wants readings examined, one that no run has examined is not usable yet.
    """
    found = _any([*(said.reported.get(m) for m in rule["reported"]), *(said.computed.get(w) for w in rule["computed"]),
                  said.unasked if rule["examined"] else None])  # fmt: skip
    if rule["human_good"]:
        found = _but(found, said.good)
    return _any([found, said.bad]) if rule["human_bad"] else found


def marked(said: Said, rule: Row, day: date, weigh: Callable[[Any, int], Any]) -> Any:
    """The marks of readings: who speaks against each, and whether the rule takes it out; None where nobody does.

    weigh: (mask, bit) → the bit where the mask is true, else 0, in the kind of the masks.
    """
    row = usable_rule(day, FLAGGED)
    masks = {
        DEVICE: _but(_any(said.reported.get(m) for m in row["reported"]), said.good),
        RULES: _but(_any(said.computed.get(w) for w in row["computed"]), said.good),
        PEOPLE: said.bad,
        OUT: against(said, rule),
    }
    found = None
    for bit, mask in masks.items():
        if mask is not None:
            found = weigh(mask, bit) if found is None else found + weigh(mask, bit)
    return found


# ---------------------------------------------------------------- arrays


def said_of(flags: Flagged, day: date) -> Said:
    """What flags say, as arrays (n,); a kind that is silent is left out."""
    texts, code = flags.readings.marks
    reported: dict[str, NDArray[np.bool_]] = {}
    for at, text in enumerate(texts):
        for meaning in meanings(text, day):
            reported.setdefault(meaning, np.zeros(len(texts), np.bool_))[at] = True
    masks = {meaning: own[code] for meaning, own in reported.items()}
    own = [column for name, column in flags.computed.items() if name not in of_chain()]
    computed = {word: _any(column == rank for column in own) for rank, word in enumerate(SEVERITIES) if rank}
    computed[CHAIN] = _any(column > 0 for name, column in flags.computed.items() if name in of_chain())
    verdict = np.array([VERDICTS.index(p.verdict) for p in flags.people] + [-1], np.int64)[flags.human]
    good, bad = (_some(verdict == VERDICTS.index(word)) for word in ("good", "bad"))
    return Said({m: x for m, x in masks.items() if x.any()}, computed, _some(flags.unasked), good, bad)


def _some(mask: Bools) -> Bools | None:
    return mask if mask.any() else None


def marks(flags: Flagged, rule: Row, day: date) -> NDArray[np.uint8] | None:
    """The marks of readings (n,), sums of bits; None where nobody speaks against any."""
    found = marked(said_of(flags, day), rule, day, lambda mask, bit: mask.astype(np.uint8) * np.uint8(bit))
    return None if found is None or not found.any() else np.asarray(found)


def usable(flags: Flagged, rule: Row, day: date) -> Bools:
    """Which readings a rule lets be used (n,): neither the device nor a rule nor a person speaks against."""
    found = against(said_of(flags, day), rule)
    return np.ones(len(flags.readings), np.bool_) if found is None else np.asarray(~found)


def words_of(mark: NDArray[np.uint8]) -> NDArray[Any]:
    """Who speaks against each reading (n,), as words with a blank between them; «» for nobody.

    >>> words_of(np.array([0, 4, 7], np.uint8)).tolist()
    ['', 'human', 'reported computed human']
    """
    every = np.array([" ".join(w for bit, w in KINDS.items() if code & bit) for code in range(2 * OUT)], object)
    return np.asarray(every[mark])


# ---------------------------------------------------------------- findings


def counted(mark: Ints, number: Ints) -> dict[int, int]:
    """Bit → readings, from marks (m,) and how many readings have each (m,); 0: those with any word against them."""
    held = {bit: int(number[(mark & bit) > 0].sum()) for bit in KINDS}
    return {**held, 0: int(number[(mark & ~np.int64(OUT)) > 0].sum())}


def counted_in(seen: Iterable[View]) -> tuple[dict[int, int], int, int]:
    """Of views: what `counted` says of readings with a value, how many have one, and how many a rule took out."""
    marks, total, out = [np.zeros(0, np.uint8)], 0, 0
    for view in seen:
        total += view.counts.get(Status.VALID, 0)
        out += view.counts.get(Status.FLAGGED, 0)
        if view.marks is not None:
            marks.append(view.marks[view.status == Status.VALID])
    mark, number = np.unique(np.concatenate(marks).astype(np.int64), return_counts=True)
    return counted(mark, number), total, out


def findings(stream: str, rule: Row, some: Mapping[int, int], total: int, out: int) -> tuple[Finding, ...]:
    """What a result must say of flags: how many flagged readings are in it, and how many a rule of use took out.

    some: see `counted`, of the readings in the result; total: of them; out: taken out.
    """
    found = []
    if some.get(0):
        about = {"count": some[0], "total": total, "people": some[PEOPLE], "rules": some[RULES]}
        found.append(finding("series_quality.flagged.counted", stream, "warning", "", device=some[DEVICE], **about))
    if out:
        title = {"title_zh": rule["title_zh"], "title_en": rule["title_en"]}
        found.append(finding("series_quality.flagged.out", stream, "note", "", count=out, usable=rule["id"], **title))
    return tuple(found)
